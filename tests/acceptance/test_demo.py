"""The main job as its users see it: one demo, then every question a clerk or an inspector would ask of it."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from running import AGENCY, congkhai, disclosures, opened, pushed

from congkhai.plugin.clock import local_date
from congkhai.plugin.demo.people import UNSIGNED
from congkhai.plugin.demo.scenario import CANARY, load_scenario
from congkhai.plugin.records import DisclosureState, DocumentStatus
from congkhai.plugin.store import read


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any], str]]:
    folder = tmp_path_factory.mktemp("demo") / "congkhai-demo"
    done = congkhai("demo", "--dir", str(folder), "--json", "--no-serve")
    assert done.returncode == 0, done.stderr
    yield folder, json.loads(done.stdout), done.stdout + done.stderr
    shutil.rmtree(folder.parent, ignore_errors=True)


def _ini(demo: tuple[Path, dict[str, Any], str]) -> str:
    return str(demo[0] / "congkhai.ini")


def test_eight_or_more_dossiers_end_complete_and_verified(demo: tuple[Path, dict[str, Any], str]) -> None:
    dossiers = demo[1]["dossiers"]
    assert len(dossiers) >= 8
    assert all(dossier["complete"] and dossier["indication"] == "TOTAL_PASSED" for dossier in dossiers)
    assert all(Path(dossier["path"]).is_file() for dossier in dossiers)


def test_the_json_has_the_promised_shape(demo: tuple[Path, dict[str, Any], str]) -> None:
    result = demo[1]
    counts = {"documents", "refused", "tagged", "disclosures", "minutes", "signatures"}
    assert set(result) == counts | {"dossiers", "seconds"}
    assert all(isinstance(result[name], int) and result[name] > 0 for name in counts)
    assert set(result["dossiers"][0]) == {"id", "title", "complete", "path", "indication"}
    assert result["documents"] >= 60


def test_disclosed_matters_are_of_many_categories(demo: tuple[Path, dict[str, Any], str]) -> None:
    store = opened(demo[0])
    found = {matter.category for matter in disclosures(store)}
    store.close()
    assert len(found) >= 10


def _texts(path: Path) -> Iterator[bytes]:
    """Every way in which a file could hold a text: as it is, unpacked, or on the pages of a PDF."""
    data = path.read_bytes()
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    if data.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(data)
        for page in document:
            text = page.get_textpage()
            yield text.get_text_bounded().encode()
            text.close()
            page.close()
        document.close()


def test_no_byte_of_a_secret_is_under_the_work_folder_or_in_any_output(
    demo: tuple[Path, dict[str, Any], str],
) -> None:
    folder, _result, output = demo
    secrets = [entry for entry in load_scenario().entries if entry.expect.refused]
    needles = [CANARY, *(entry.subject for entry in secrets), *(entry.number for entry in secrets)]
    forms = [needle.encode(code) for needle in needles for code in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    for path in files:
        for text in _texts(path):
            assert not any(form in text for form in forms), path
    assert not any(needle in output for needle in needles)


def test_the_search_for_secrets_finds_what_is_there(demo: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    planted = tmp_path / "planted.zip"
    with zipfile.ZipFile(planted, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", f"... {CANARY} ...")
    assert any(CANARY.encode() in text for text in _texts(planted))


def test_every_secret_or_unmarked_paper_was_refused(demo: tuple[Path, dict[str, Any], str]) -> None:
    assert demo[1]["refused"] == sum(entry.expect.refused for entry in load_scenario().entries)


def test_a_refused_packet_stays_where_the_sender_put_it(demo: tuple[Path, dict[str, Any], str]) -> None:
    inbox = demo[0].with_name(f"{demo[0].name}-outside") / "edxml" / "inbox"
    assert any(CANARY in path.read_text(encoding="utf-8") for path in inbox.iterdir() if path.is_file())


def test_one_matter_stays_open_for_lack_of_a_signature_and_says_so(demo: tuple[Path, dict[str, Any], str]) -> None:
    done = congkhai("-c", _ini(demo), "status", "--json")
    waiting = [row for row in json.loads(done.stdout)["waiting"] if row["what"] == "signature"]
    assert [row["role"] for row in waiting] == ["front_chair"]
    store = opened(demo[0])
    with store.read() as connection:
        matter = read.disclosure(connection, waiting[0]["id"])
        assert read.document(connection, matter.documents[0]).number == UNSIGNED
    store.close()


def test_the_recalled_paper_is_locked_and_its_matter_withdrawn(demo: tuple[Path, dict[str, Any], str]) -> None:
    store = opened(demo[0])
    with store.read() as connection:
        for matter in read.disclosures(connection, AGENCY):
            document = read.document(connection, matter.documents[0])
            if document.status is DocumentStatus.RECALLED:
                assert matter.state in (DisclosureState.WITHDRAWN, DisclosureState.EXCLUDED)
                break
        else:
            pytest.fail("no recalled paper")
    store.close()


def test_the_twin_from_the_other_source_is_not_disclosed_twice(demo: tuple[Path, dict[str, Any], str]) -> None:
    store = opened(demo[0])
    titles = [matter.title for matter in disclosures(store)]
    store.close()
    assert len(titles) == len(set(titles))


def test_no_posting_ended_before_twenty_full_days(demo: tuple[Path, dict[str, Any], str]) -> None:
    store = opened(demo[0])
    ended = [p for matter in disclosures(store) for p in matter.postings if p.posted_to and p.required_days]
    withdrawn = [m.id for m in disclosures(store) if m.state is DisclosureState.WITHDRAWN]
    store.close()
    assert len(ended) > 20
    for posting in ended:
        if posting.disclosure in withdrawn or posting.posted_from is None or posting.posted_to is None:
            continue
        first, last = local_date(posting.posted_from), local_date(posting.posted_to)
        assert last - first > timedelta(days=posting.required_days), posting.id
        assert last.weekday() < 5, "closed on a day off"


def test_every_sealed_dossier_was_filed_exactly_once(demo: tuple[Path, dict[str, Any], str]) -> None:
    filed = pushed(demo[0].with_name(f"{demo[0].name}-outside"))
    assert len(filed) == len(set(filed)) == len(demo[1]["dossiers"])


def test_the_journal_holds_after_the_kill_in_the_middle(demo: tuple[Path, dict[str, Any], str]) -> None:
    done = congkhai("-c", _ini(demo), "journal", "verify", "--json")
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["broken"]) == (0, [])
    assert verdict["entries"] > 500


def test_bad_packets_are_recorded_and_cost_nothing_else(demo: tuple[Path, dict[str, Any], str]) -> None:
    done = congkhai("-c", _ini(demo), "work", "list", "--json")
    codes = {row["what"] for row in json.loads(done.stdout)}
    assert {"leading_junk", "dtd", "not_wellformed"} <= codes
    rejected = demo[0].with_name(f"{demo[0].name}-outside") / "edxml" / "inbox-rejected"
    assert len(list(rejected.glob("*.reason.txt"))) == 3


def test_an_inspector_verifies_the_whole_folder_with_one_command(demo: tuple[Path, dict[str, Any], str]) -> None:
    folder = demo[0]
    done = congkhai("verify", str(folder / "dossiers"), "--trust", str(folder / "trust"), "--json")
    assert done.returncode == 0, done.stdout[-2000:]
    assert json.loads(done.stdout)["indication"] == "TOTAL_PASSED"


def test_without_anchors_nothing_is_trusted(demo: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    path = demo[1]["dossiers"][0]["path"]
    (tmp_path / "empty").mkdir()
    assert congkhai("verify", path, "--trust", str(tmp_path / "empty")).returncode == 3


def test_a_changed_paper_in_a_dossier_fails(demo: tuple[Path, dict[str, Any], str], tmp_path: Path) -> None:
    source, forged = Path(demo[1]["dossiers"][0]["path"]), tmp_path / "forged.asice"
    with zipfile.ZipFile(source) as good, zipfile.ZipFile(forged, "w") as bad:
        for info in good.infolist():
            data = good.read(info)
            if info.filename.endswith("danh-sach.json"):
                data = re.sub(rb"2026", b"2025", data, count=1)
            bad.writestr(info, data)
    done = congkhai("verify", str(forged), "--trust", str(demo[0] / "trust"), "--json")
    assert (done.returncode, json.loads(done.stdout)["indication"]) == (1, "TOTAL_FAILED")


def test_another_pass_over_the_finished_demo_changes_nothing(demo: tuple[Path, dict[str, Any], str]) -> None:
    before = congkhai("-c", _ini(demo), "journal", "verify", "--json").stdout
    done = congkhai("-c", _ini(demo), "once", "--json")
    assert done.returncode == 0, done.stderr
    assert congkhai("-c", _ini(demo), "journal", "verify", "--json").stdout == before


def test_the_demo_ini_passes_the_check(demo: tuple[Path, dict[str, Any], str]) -> None:
    done = congkhai("-c", _ini(demo), "check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
