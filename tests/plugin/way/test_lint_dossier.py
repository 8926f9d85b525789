"""The checks on our own dossiers: before they are sealed, and read again from container and folder."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from congkhai.plugin.cli import group
from congkhai.plugin.dossier_checks import findings_of
from congkhai.plugin.dossier_parts import items_of, parts_of
from congkhai.plugin.errors import PluginError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host
from congkhai.plugin.lint import PaperKind, PaperSet, Remark, Rule
from congkhai.plugin.lint.of_xml import paper_of_xml
from congkhai.plugin.minuting import load_matter
from congkhai.plugin.records import Severity

from .conftest import OpenOffice
from .office import Office


@pytest.fixture
def sealed(at_stage: OpenOffice) -> Office:
    """An office whose dossier has been sealed."""
    office = at_stage("last")
    office.sign("head")
    return office


def _lint(path: Path) -> tuple[int, list[dict[str, str]]]:
    result = CliRunner().invoke(group, ["lint", str(path), "--json"])
    return result.exit_code, json.loads(result.stdout)["findings"]


def test_a_complete_dossier_has_no_error_in_container_and_folder(sealed: Office) -> None:
    made = sealed.dossier()
    assert made is not None
    container = Path(made.path)
    for path in (container, container.with_suffix("")):
        code, findings = _lint(path)
        assert code == 0, findings
        assert {one["severity"] for one in findings} <= {"warn", "info"}


def test_our_own_papers_are_read_as_papers(sealed: Office) -> None:
    made = sealed.dossier()
    assert made is not None
    folder = Path(made.path).with_suffix("")
    kinds = {}
    for file in sorted(folder.rglob("*.xml")):
        if file.name != "dossier.xml" and "META-INF" not in file.parts:
            paper = paper_of_xml(file.read_bytes(), file.name)
            kinds[file.stem] = paper.kind
            assert [signer.name for signer in paper.signers]
            assert paper.own_day is not None
    assert kinds == {
        "bien-ban-niem-yet": PaperKind.POSTING,
        "bien-ban-ket-thuc": PaperKind.CLOSING,
        "bao-cao-ket-qua": PaperKind.REPORT,
    }


def test_a_part_whose_file_has_gone_from_the_folder_is_missing(sealed: Office) -> None:
    made = sealed.dossier()
    assert made is not None
    folder = Path(made.path).with_suffix("")
    shutil.rmtree(folder / "ke-hoach")
    code, findings = _lint(folder)
    assert code == 1
    assert [one["where"] for one in findings if one["id"] == "A23"] == ["9.1"]


class _Strict:
    """A province that wants no dossier with closing minutes made before nine."""

    @hookimpl
    def register_checks(self, register: object) -> None:
        def look(papers: PaperSet) -> list[Remark]:
            return [Remark(paper.whole, "luôn hỏng", "không") for paper in papers.of(PaperKind.CLOSING)]

        register(Rule("P01", Severity.ERROR, "Thử", "Quy định mẫu", papers=look))  # type: ignore[operator]


def _findings(office: Office) -> tuple[str, ...]:
    house = office.house
    with house.store.read() as connection:
        matter = load_matter(house, connection, office.matter().id)
    items = items_of(house, matter)
    return tuple(one.id for one in findings_of(house, matter, items, parts_of(house, matter, items)))


def test_a_foreign_check_sees_the_papers_of_our_dossiers(sealed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "P01" not in _findings(sealed)
    host = Host(["congkhai.plugin.lint.plugin", "congkhai.plugin.kinds"], {"strict": _Strict()})
    object.__setattr__(sealed.house, "host", host)
    assert "P01" in _findings(sealed)


def test_without_the_built_in_checks_no_dossier_is_judged(sealed: Office) -> None:
    object.__setattr__(sealed.house, "host", Host(["congkhai.plugin.kinds"]))
    with pytest.raises(PluginError) as raised:
        _findings(sealed)
    assert raised.value.code == "congkhai-E679"
