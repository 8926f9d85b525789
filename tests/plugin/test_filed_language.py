"""Whoever asks, in whatever language: what is stored, filed and published is Vietnamese, word for word."""

import gettext
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa

from congkhai.plugin import text
from congkhai.plugin.desk import exclude_matter
from congkhai.plugin.feedback import enter
from congkhai.plugin.store import tables as t
from congkhai.plugin.tagging import clerk
from tests.plugin.way.conftest import at_stage, offices, open_office, pki, stages
from tests.plugin.way.office import CLERK, Office
from tests.plugin.way.script import Script, paper, plan_paper

__all__ = ["at_stage", "offices", "open_office", "pki", "stages"]

MARK = "‹"
REVIEWED = "Cử cán bộ đi bồi dưỡng"


class Strange(gettext.NullTranslations):
    """A language in which every sentence stands between marks that no text of ours has."""

    def gettext(self, message: str) -> str:
        return f"{MARK}{message}›"


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the process and its visitors speak the strange language."""
    known = text.catalogue
    monkeypatch.setattr(text, "catalogue", lambda name: known(name) if name == text.SOURCE else Strange())
    text.set_language("xx")
    yield
    text.set_language(text.SOURCE)


def words_of(data: bytes) -> str:
    """Return what a file says: PDF pages, members of a container, or the bytes as text."""
    if data.startswith(b"%PDF-"):
        with pypdfium2.PdfDocument(data) as document:
            return "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            return "".join(words_of(container.read(name)) for name in container.namelist())
    return data.decode("utf-8", "replace")


def spoken_in(office: Office) -> list[str]:
    """Return where the strange language stands: rows, files of the vault, and files given to the outside."""
    found = []
    with office.house.store.read() as connection:
        for table in t.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [f"{table.name}.{name}: {value}" for name, value in row._mapping.items() if MARK in str(value)]
    for file in office.folder.rglob("*"):
        if file.is_file() and file.suffix not in (".sqlite", ".p12") and "sqlite" not in file.name:
            said = words_of(file.read_bytes())
            if MARK in said:
                place = said.index(MARK)
                found.append(f"{file.relative_to(office.folder)}: {said[max(0, place - 80) : place + 200]!r}")
    return found


@pytest.mark.usefixtures("strange")
def test_a_whole_way_in_another_language_files_vietnamese_alone(open_office: Any) -> None:
    office: Office = open_office(script=Script(keys={REVIEWED: "?personnel/personnel.people"}))
    assert text._("Hồ sơ").startswith(MARK)
    office.receive(plan_paper(), paper())
    office.wait(hours=2)
    office.confirm()
    enter(office.house, office.matter().id, CLERK, "Xin hỏi về mục 2.")
    office.sign()
    office.wait(days=24)
    office.take_down_all()
    office.sign()
    office.sign()
    office.wait(hours=2)
    found = office.dossier()
    assert found is not None
    assert found.sealed_at is not None
    office.receive(paper("61", REVIEWED))
    clerk.correct(office.house, office.documents()[-1].id, ["policy"], by=CLERK)
    exclude_matter(office.house, office.matters()[-1].id, CLERK, "không thuộc diện")
    assert spoken_in(office) == []
