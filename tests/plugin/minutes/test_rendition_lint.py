"""Our own PDF, read like a stranger's paper, says what its XML says; so do the checks on both."""

from datetime import UTC, datetime

import pytest

from congkhai.plugin.lint.files import read_bytes
from congkhai.plugin.lint.of_xml import paper_of
from congkhai.plugin.lint.parse import parse
from congkhai.plugin.lint.records import Paper
from congkhai.plugin.minutes import MinutesContent, ReportContent, minutes_pdf, minutes_xml, report_pdf, report_xml

MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)


def _facts(paper: Paper) -> dict[str, object]:
    return {
        "kind": paper.kind,
        "number": paper.own.key if paper.own else None,
        "day": paper.own_day,
        "hours": (paper.start and paper.start.value, paper.end and paper.end.value),
        "agency": (paper.agency.casefold(), paper.superior.casefold()),
        "people": [(person.name, person.title) for person in paper.people],
        "signers": [(signer.name, signer.capacity) for signer in paper.signers],
        "recipients": [one.text.rstrip(".") for one in paper.recipients],
        "drafts": [one.draft for one in paper.posting if one.section == "list"],
        "motto": paper.motto,
        "silence": bool(paper.silence),
        "comments": bool(paper.comments),
    }


@pytest.mark.parametrize("which", ["posting", "closing"])
def test_minutes_read_from_the_pdf_say_what_the_xml_says(which: str, request: pytest.FixtureRequest) -> None:
    content: MinutesContent = request.getfixturevalue(which)
    read = parse(read_bytes(minutes_pdf(content, minutes_xml(content), MADE), "a.pdf"))
    ours = paper_of(content, "a.xml")
    assert _facts(read) == _facts(ours)
    assert read.period is not None
    assert ours.period is not None
    assert (read.period.days, read.period.first, read.period.last) == (
        ours.period.days,
        ours.period.first,
        ours.period.last,
    )


def test_a_report_read_from_the_pdf_says_what_the_xml_says(report: ReportContent) -> None:
    read = parse(read_bytes(report_pdf(report, report_xml(report), MADE), "a.pdf"))
    ours = paper_of(report, "a.xml")
    wanted = _facts(ours)
    wanted["drafts"] = []  # a report lists what was disclosed in a section of another name
    assert _facts(read) == wanted
    assert [(name, proof) for name, proof, _place in read.remote] == [("portal", True)]
