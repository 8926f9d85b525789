"""A clerk works the list for review at the command line, on a store that the rules have tagged."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import _open, group
from congkhai.plugin.records import Direction, DisclosureState

from .conftest import OpenOffice
from .office import CLERK, Office
from .script import paper

Desk = Callable[..., Result]
SUBJECTS = (
    "Bổ nhiệm ông Nguyễn Văn Mẫu giữ chức Trưởng phòng",
    "Nâng bậc lương thường xuyên đối với công chức",
    "Khen thưởng cá nhân có thành tích xuất sắc",
    "Điều động viên chức Trần Thị Mẫu",
)


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    """Four decisions about people wait for a person."""
    office = open_office()
    office.edit("use = script", "use = script-rules")
    office.receive(
        *(paper(str(n), subject, direction=Direction.OUT, type="Quyết định", number=f"{n}/QĐ-UBND", arrived=None)
          for n, subject in enumerate(SUBJECTS, 1))
    )  # fmt: skip
    return office


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Desk:
    @contextmanager
    def opened(_ini: object) -> Iterator[Any]:
        yield office.house

    monkeypatch.setattr(_open, "opened", opened)

    def run(*words: str) -> Result:
        return CliRunner().invoke(group, ["tag", *words])

    return run


def rows(desk: Desk) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(desk("review", "--json").output)
    return listed


def test_each_row_names_the_paper_the_proposal_and_why(desk: Desk) -> None:
    shown = desk("review").output
    assert "4 văn bản chờ xem lại." in shown
    for row in rows(desk):
        assert row["document"] in shown
        assert row["subject"] in shown
        assert f"{row['number']}  02/07/2026" in shown
        assert row["tags"][0]["why"][0] in shown


def test_accept_change_and_exclude_each_take_a_row_off_the_list(desk: Desk, office: Office) -> None:
    first, second, third, fourth = rows(desk)
    assert desk("accept", first["document"], "--by", CLERK).exit_code == 0
    assert desk("change", second["document"], "personnel.programmes", "--by", CLERK).exit_code == 0
    assert desk("exclude", third["document"], "--by", CLERK, "--reason", "việc nội bộ của đoàn thể").exit_code == 0
    assert [row["document"] for row in rows(desk)] == [fourth["document"]]
    matters = {matter.documents[0]: matter for matter in office.matters()}
    assert matters[first["document"]].state is not DisclosureState.REVIEW
    assert matters[second["document"]].key == "personnel.programmes"
    assert matters[third["document"]].state is DisclosureState.EXCLUDED
    assert office.said(office.journal("disclosure.state")[-1]["facts"]["reason"]) == "việc nội bộ của đoàn thể"


def test_a_clerk_may_name_an_item_by_its_clause(desk: Desk, office: Office) -> None:
    document = rows(desk)[0]["document"]
    assert desk("change", document, "9", "2", "--by", CLERK).exit_code == 0
    (matter,) = [one for one in office.matters() if one.documents[0] == document]
    assert matter.key == "internal_rules"


def test_an_unknown_item_names_the_possible_ones_and_changes_nothing(desk: Desk) -> None:
    document = rows(desk)[0]["document"]
    result = desk("change", document, "nhan-su", "--by", CLERK)
    assert result.exit_code != 0
    assert "personnel" in result.exception.advice  # type: ignore[union-attr] - any error would have failed above
    assert document in {row["document"] for row in rows(desk)}


def test_what_a_clerk_said_is_listed_and_can_be_taken_back(desk: Desk) -> None:
    document = rows(desk)[0]["document"]
    desk("exclude", document, "--by", CLERK, "--reason", "không thuộc diện")
    (line,) = desk("corrections").output.splitlines()
    number = line.split()[0]
    assert "không thuộc diện công khai" in line
    assert desk("revoke", number, "--by", CLERK, "--reason", "nhầm").exit_code == 0
    assert desk("corrections").output == ""
