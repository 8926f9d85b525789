"""A paper whose file came damaged is kept, not published, asked for again, and completed while nobody has decided."""

import pytest

from congkhai.plugin import desk
from congkhai.plugin.errors import InputError, NotAllowedError
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t

from .office import CLERK, Office
from .script import paper

BROKEN = InputError("tệp rỗng", advice="Mở tệp trên hệ thống nguồn.", code="file_empty")


def _opened(office: Office) -> int:
    return sum(call.startswith("open") for call in office.source.calls)


def _problems(office: Office) -> list[str]:
    return [row.code for row in office.rows(t.problem)]


def test_a_paper_without_its_file_is_not_published_and_is_completed_when_the_file_comes(office: Office) -> None:
    office.source.spares = True
    office.source.files["1"] = {"a.txt": BROKEN}
    office.receive(paper())
    matter = office.matter()
    assert matter.state is DisclosureState.REVIEW
    assert office.journal("publish.planned") == []
    assert "file-damaged" in [one["what"] for one in status(office.house)["stuck"]]
    with pytest.raises(NotAllowedError, match=r"a\.txt") as refused:
        desk.confirm_matter(office.house, matter.id, CLERK)
    assert refused.value.code == "congkhai-E830"
    office.source.files["1"] = {"a.txt": b"tot"}
    office.pull()
    assert (_opened(office), _problems(office)) == (1, ["file-damaged"])  # once a day is often enough
    office.wait(days=1)
    office.pull()
    office.pull()
    assert (_opened(office), _problems(office)) == (2, [])
    (document,) = office.documents()
    assert [(file.problem, file.size, bool(file.sha256)) for file in document.attachments] == [("", 3, True)]
    assert [body["facts"]["files"] for body in office.journal("document.completed")] == [
        [document.attachments[0].sha256]
    ]
    desk.confirm_matter(office.house, matter.id, CLERK)
    office.work()
    assert office.posting("intranet").posted_from is not None


def test_a_paper_whose_only_file_is_too_large_may_be_put_on_the_board_by_a_clerk(office: Office) -> None:
    office.source.spares = True
    office.source.files["1"] = {"ban-quet.pdf": InputError("quá lớn", code="file_too_large")}
    office.receive(paper())
    assert (office.matter().state, _problems(office)) == (DisclosureState.REVIEW, [])
    office.wait(days=2)
    office.pull()
    assert _opened(office) == 1  # another try would change nothing
    desk.confirm_matter(office.house, office.matter().id, CLERK)
    office.work()
    office.confirm()
    assert office.paper("posting") is not None


def test_a_file_that_never_comes_is_tried_once_a_day_and_no_more(office: Office) -> None:
    office.source.spares = True
    office.source.files["1"] = {"a.txt": BROKEN}
    office.receive(paper())
    for _day in range(3):
        office.wait(days=1)
        office.pull()
        office.pull()
    assert (_opened(office), _problems(office)) == (4, ["file-damaged"])
    assert office.journal("document.completed") == []


def test_what_a_clerk_confirmed_without_one_of_its_files_is_not_changed_afterwards(office: Office) -> None:
    office.source.files["1"] = {"a.txt": b"tot", "b.txt": BROKEN}
    office.receive(paper())
    assert office.matter().state is DisclosureState.REVIEW
    desk.confirm_matter(office.house, office.matter().id, CLERK)
    office.work()
    office.confirm()
    office.source.files["1"] = {"a.txt": b"tot", "b.txt": b"den muon"}
    office.wait(days=2)
    office.pull()
    (document,) = office.documents()
    assert [file.problem for file in document.attachments] == ["", "file_empty"]
    made = office.paper("posting")
    assert made is not None
    said = read_minutes(office.house.store.vault.read(made.file_sha256))
    assert [[file.name for file in one.attachments] for one in said.documents] == [["a.txt"]]
