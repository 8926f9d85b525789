"""Looking for a paper in iOffice: what counts as gone, and everything that must not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from congkhai.connectors.still_there import UnsureError, shows
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.interfaces import Presence, Sought
from congkhai.plugin.records import Direction

OURS = {"lists": "search", "account-is-dedicated": "yes"}
THEIRS = {"lists": "search", "account-is-dedicated": "no"}
TWO = Sought("in-1002", Direction.IN, "2/KH-UBND", date(2026, 6, 30), "Kế hoạch thử 2")


@pytest.fixture
def ask(office: Callable[..., Any], house: Any, paper: Callable[..., Any]) -> Callable[..., Any]:
    """A pulled e-office of 25 papers; each question takes its switches, the paper and the connector's settings."""
    started = office(*(paper(str(number)) for number in range(1, 26)))
    started.take(started.connector(**OURS), house)

    def question(sought: Sought = TWO, settings: dict[str, str] = OURS, **switches: Any) -> tuple[Presence, list[str]]:
        before = len(started.calls())
        started.post("switch", **switches)
        said = started.connector(**settings).still_there(sought, house)
        asked = [call["path"] for call in started.calls()[before:] if "login" not in call["path"]]
        return said, asked

    return question


def details(asked: list[str]) -> list[str]:
    return [one for one in asked if "getdetaildocument" in one]


def test_what_stands_costs_one_call_and_opens_nothing(ask: Callable[..., Any]) -> None:
    assert ask() == (Presence.THERE, ["api/document/lookupdocument/"])


def test_in_the_name_of_an_official_lists_alone_are_asked(ask: Callable[..., Any]) -> None:
    said, asked = ask(TWO, THEIRS, vanished=["1002"])
    assert said is Presence.GONE
    assert set(asked) == {"api/document/lookupdocument/"}
    assert ask(TWO, {**THEIRS, "lists": "waiting, processed"}) == (Presence.UNKNOWN, [])


def test_our_own_account_asks_the_detail_too_and_that_of_another_paper(ask: Callable[..., Any]) -> None:
    said, asked = ask(vanished=["1002"])
    assert said is Presence.GONE
    assert details(asked)[0] == "api/document/getdetaildocument/1002/"
    assert len(details(asked)) == 2


@pytest.mark.parametrize("settings", [OURS, THEIRS], ids=["ours", "theirs"])
def test_a_corrected_number_or_date_or_subject_is_not_a_disappearance(
    ask: Callable[..., Any], settings: dict[str, str]
) -> None:
    for changed in (
        replace(TWO, number="99/KH-UBND", issued=date(2026, 1, 5)),
        replace(TWO, subject="Tên cũ", issued=None),
        replace(TWO, number="", subject=""),
    ):
        assert ask(changed, settings)[0] is Presence.THERE


@pytest.mark.parametrize(
    "habits",
    [
        {"paging": "border_repeat"}, {"paging": "extra_row"}, {"paging": "shift"}, {"paging": "stuck"}, {"cap": 2},
        {"search_ignores": ["soKyHieu", "trichYeu"]}, {"spelling": "newer", "ids": "int"}, {"nulls": "mixed"},
    ],
    ids=str,
)  # fmt: skip
def test_habits_of_a_deployment_hide_nothing_and_invent_nothing(
    ask: Callable[..., Any], habits: dict[str, Any]
) -> None:
    assert ask(**habits)[0] is Presence.THERE
    assert ask(**habits, vanished=["1002"])[0] in {Presence.GONE, Presence.UNKNOWN}
    others = [str(number) for number in range(1001, 1026) if number != 1002]
    assert ask(**habits, vanished=others)[0] is Presence.THERE


def test_missing_rights_a_moved_account_and_too_little_to_go_by_are_not_known(ask: Callable[..., Any]) -> None:
    assert ask(denied=["1002"])[0] is Presence.UNKNOWN
    everything = [str(number) for number in range(1001, 1026)]
    assert ask(denied=everything)[0] is Presence.UNKNOWN
    assert ask(denied=[], vanished=everything)[0] is Presence.UNKNOWN
    assert ask(TWO, THEIRS)[0] is Presence.UNKNOWN
    bare = replace(TWO, issued=None, subject="")
    assert ask(bare, THEIRS, vanished=["1002"])[0] is Presence.UNKNOWN  # a number alone may have been corrected
    assert ask(replace(bare, number=""), OURS)[0] is Presence.UNKNOWN


def test_a_search_that_is_refused_is_an_error_and_says_nothing(
    office: Callable[..., Any], house: Any, paper: Callable[..., Any]
) -> None:
    started = office(paper("1"), paper("2"))
    started.take(started.connector(**OURS), house)
    started.post("fault", fault="body_error", on="lookupdocument", times=9)
    with pytest.raises(OutsideError):
        started.connector(**OURS).still_there(TWO, house)


def test_a_list_that_cannot_be_read_whole_proves_nothing() -> None:
    assert shows(iter(["1", "2"]), "2")
    assert not shows(iter(["1", "3"]), "2")
    for rows in (["1", None], [str(number) for number in range(10, 1000)]):
        with pytest.raises(UnsureError):
            shows(iter(rows), "2")
