"""The technical log says what each line is about, and never what a paper, a person or a secret said."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from congkhai.plugin.log_context import ids_of
from congkhai.plugin.logs import configure_logs
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t
from congkhai.plugin.store import work
from congkhai.plugin.work import Step, work_once

from .conftest import OpenOffice
from .office import PEOPLE, SCRIPTED, Office
from .script import paper

PLANTED = (
    "Hoàng Thị Bí Danh", "024091012345", "0912345678", "bidanh@example.vn", "mat-khau-cay-trong-the",
    "Kết luận về việc riêng",
)  # fmt: skip
"""What papers, outside systems and secrets say in this test; none of it may reach a log."""


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """Leave logging as it was found."""
    root, ours = logging.getLogger(), logging.getLogger("congkhai")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _fail(words: str, kind: type[Exception]) -> Any:
    def call(*_anything: object, **_named: object) -> Any:
        try:
            return {}[words]
        except KeyError as error:
            raise kind(f"{words}: {error}") from error

    return call


def _live_through_failures(open_office: OpenOffice) -> Office:
    """Take papers in, publish, sign and close while source, channel and plugins fail with telling words."""
    office = open_office(SCRIPTED)
    subject = f"{PLANTED[5]} của bà {PLANTED[0]}, CCCD {PLANTED[1]}, ĐT {PLANTED[2]}, {PLANTED[3]}"
    office.source.fails = ValueError(f"{subject} {PLANTED[4]}")
    office.receive(paper("mat", subject, secrecy="Mật"), paper("1", subject))
    office.source.fails = None
    office.pull()
    office.place.publishing = _fail(subject, RuntimeError)
    office.work()
    return office


def test_no_line_holds_personal_data_or_a_secret_and_each_names_its_work(
    open_office: OpenOffice, capsys: pytest.CaptureFixture[str], logging_kept: None
) -> None:
    configure_logs("debug", "json")
    office = _live_through_failures(open_office)
    matter = office.matter()

    def handler(step: Step) -> None:
        logging.getLogger("urllib3.connectionpool").warning("Retrying /tim?ten=%s", PLANTED[0])
        logging.getLogger("some.library").info("read %s", PLANTED[0])
        logging.getLogger("congkhai.connectors.thử").info("half way")
        _fail(" ".join(PLANTED), RuntimeError)()

    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("thử", "1", disclosure=matter.id)
    assert work_once(office.house, {"thử": handler}, "a:1")

    said = capsys.readouterr().err
    lines = _lines(said)
    passwords = [file.read_text(encoding="utf-8").strip() for file in (office.folder / "keys").glob("*.password")]
    assert [one for one in (*PLANTED, *PEOPLE.values()) if one in json.dumps(lines, ensure_ascii=False)] == []

    half = next(line for line in lines if line["event"] == "half way")
    assert half["matter"] == matter.id
    assert half["document"] == matter.documents[0]
    assert half["kind"] == "thử"
    failed = next(line for line in lines if line["event"] == "step failed" and line["work"] == half["work"])
    assert failed["error_at"].startswith("RuntimeError < ")
    assert "| from KeyError < " in failed["error_at"]
    assert "test_logs.py" in failed["error_at"]
    about_work = [line for line in lines if line["event"] in {"done", "step failed", "source failed"}]
    assert {"pull", "tag"} <= {line["kind"] for line in about_work}
    assert all(line["work"] for line in about_work)
    assert all(line["document"] for line in about_work if line["kind"] in {"tag", "publish", "minutes"})

    _no_secret_is_shown(office, passwords, said)
    _ids_lead_to_matter_and_paper(office)


def _no_secret_is_shown(office: Office, passwords: list[str], said: str) -> None:
    """Look for the keys' passwords in the log and in what people of IT see."""
    assert all(len(one) >= 8 for one in passwords), "too short to look for"
    shown = said + repr(status(office.house)) + repr(office.house.configuration)
    shown += repr(office.rows(t.job)) + repr(office.rows(t.journal))
    assert [one for one in passwords if one in shown] == []


def _ids_lead_to_matter_and_paper(office: Office) -> None:
    matter = office.matter()
    document, posting = matter.documents[0], matter.postings[0].id
    made = office.paper("posting")
    assert made is not None
    known = {"matter": matter.id, "document": document}
    cases: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"document": document}, {"document": document}),
        ({"disclosure": matter.id, "kind": "closing"}, known),
        ({"subject": matter.id}, known),
        ({"subject": posting}, {**known, "posting": posting}),
        ({"posting": posting}, {**known, "posting": posting}),
        ({"minutes": made.id, "signer": "seal"}, {**known, "minutes": made.id}),
        ({"subject": "nguon"}, {}),
    ]
    for args, wanted in cases:
        job = work.Job(7, "k", office.house.agency, "thử", 1, dict(args), 1, "a:1")
        assert ids_of(office.house.store, job) == {"work": "7", "kind": "thử", **wanted}, args


def test_a_verb_without_a_log_of_its_own_tells_no_words_of_an_error_either() -> None:
    code = (
        "import logging; from congkhai.plugin.bare_log import keep_bare\n"
        "keep_bare()\n"
        "try: {}['%s']\n"
        "except KeyError: logging.getLogger('congkhai.plugin.work').warning('step failed', exc_info=True)"
    )
    said = subprocess.run([sys.executable, "-c", code % PLANTED[0]], capture_output=True, text=True, check=True).stderr
    assert said.startswith("step failed\nKeyError < <string>:3")
    assert PLANTED[0] not in said
