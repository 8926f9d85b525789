"""The queue as the house uses it: errors keep their advice, unknown work stays, a lost lease writes nothing more."""

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from congkhai.plugin.errors import NotAllowedError, OutsideError
from congkhai.plugin.status import stuck_work
from congkhai.plugin.store import tables as t
from congkhai.plugin.store import work as rows
from congkhai.plugin.work import Step, retry, skip, work_once

from .office import Office
from .script import paper


def _plan(office: Office, kind: str = "thử", key: str = "1", **args: str) -> None:
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue(kind, key, **args)


def _job(office: Office, kind: str = "thử") -> Any:
    (row,) = [row for row in office.rows(t.job) if row.kind == kind]
    return row


def test_a_handler_s_last_transaction_and_the_end_of_the_work_stand_or_fall_together(office: Office) -> None:
    _plan(office)

    def handler(step: Step) -> None:
        with step.commit() as tx:
            tx.journal("thử.xong", "1")
            raise OutsideError("hỏng giữa chừng")

    assert work_once(office.house, {"thử": handler}, "a:1")
    assert office.journal("thử.xong") == []
    assert _job(office).state == "ready"


def test_a_handler_that_ends_without_a_commit_is_a_fault_that_is_shown(office: Office) -> None:
    _plan(office)
    assert work_once(office.house, {"thử": lambda _step: None}, "a:1")
    assert _job(office).state == "dead"
    assert "without commit" in _job(office).last_error


def test_an_unforeseen_error_is_kept_with_the_work_and_told_to_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(_step: Step) -> None:
        raise ZeroDivisionError("lỗi lập trình")

    caplog.set_level(logging.WARNING, logger="congkhai")
    _plan(office)
    assert work_once(office.house, {"thử": handler}, "a:1")
    assert _job(office).state == "dead"
    assert "ZeroDivisionError" in _job(office).last_error
    assert "ZeroDivisionError" in caplog.text


def test_after_a_lost_lease_nothing_is_written(office: Office) -> None:
    _plan(office)

    def handler(step: Step) -> None:
        with office.house.store.write(office.house.agency, "other") as tx:  # the lease ran out and another node has it
            tx.connection.execute(sa.update(t.job).values(lease_owner="b:2", attempts=t.job.c.attempts + 1))
        with step.commit() as tx:
            tx.journal("thử.xong", "1")

    assert work_once(office.house, {"thử": handler}, "a:1")
    assert office.journal("thử.xong") == []
    assert (_job(office).state, _job(office).lease_owner) == ("leased", "b:2")


def test_work_of_a_kind_that_nobody_knows_stays_and_the_rest_is_done(office: Office) -> None:
    _plan(office, "của-plugin-vắng", "1")
    office.receive(paper())
    assert _job(office, "của-plugin-vắng").state == "ready"
    assert len(office.documents()) == 1


def test_work_that_killed_its_worker_too_often_is_given_to_a_person(office: Office) -> None:
    _plan(office)
    attempts = office.house.configuration.work.attempts
    done: list[str] = []
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.connection.execute(sa.update(t.job).where(t.job.c.kind == "thử").values(attempts=attempts))
    assert work_once(office.house, {"thử": lambda step: done.append(step.job.key)}, "a:1")
    assert done == []
    assert _job(office).state == "dead"
    assert str(attempts) in _job(office).last_error


def test_slow_work_keeps_its_lease(office: Office) -> None:
    office.edit("retry-first", "lease = 300 ms\nretry-first")
    _plan(office)
    taken: list[object] = []

    def handler(step: Step) -> None:
        threading.Event().wait(0.7)  # longer than two leases
        with office.house.store.write(office.house.agency, "other") as tx:
            taken.extend(rows.claim(tx.connection, owner="b:2", kinds=["thử"], lease=1))
        with step.commit():
            pass

    assert work_once(office.house, {"thử": handler}, "a:1")
    assert taken == []
    assert _job(office).state == "done"


def test_work_that_goes_on_failing_is_shown_while_it_still_tries_and_a_person_may_hurry_it(office: Office) -> None:
    def down(_step: Step) -> None:
        raise OutsideError("mất mạng")

    def shown() -> list[str]:
        with office.house.store.read() as connection:
            return [one["next"] for one in stuck_work(connection, office.house) if one["id"] == "thử:1"]

    _plan(office)
    for attempts in (6, 7):
        assert shown() == []
        with office.house.store.write(office.house.agency, "test") as tx:
            tx.connection.execute(sa.update(t.job).where(t.job.c.kind == "thử").values(attempts=attempts, run_at=0.0))
        work_once(office.house, {"thử": down}, "a:1")
    [said] = shown()
    assert "8 lần" in said
    assert "mất mạng" in said
    assert _job(office).state == "ready"
    assert retry(office.house, "thử:1", "Quản trị")
    assert (_job(office).attempts, _job(office).run_at, shown()) == (0, 0.0, [])


def test_stuck_work_is_retried_or_given_up_by_a_named_person_and_other_work_is_not(office: Office) -> None:
    def refused(_step: Step) -> None:
        raise NotAllowedError("không được")

    for key in ("1", "2", "3"):
        _plan(office, key=key)
    for _time in range(2):
        work_once(office.house, {"thử": refused}, "a:1")
    assert retry(office.house, "thử:1", "Quản trị")
    assert skip(office.house, "thử:2", "Quản trị", "không cần nữa")
    assert [row.state for row in office.rows(t.job) if row.kind == "thử"] == ["ready", "done", "ready"]
    entries = office.journal("work.retry", "work.skip")
    assert [(entry["actor"], entry["subject"]) for entry in entries] == [("Quản trị", "thử:1"), ("Quản trị", "thử:2")]
    assert office.said(entries[1]["facts"]["reason"]) == "không cần nữa"
    assert not retry(office.house, "thử:3", "Quản trị")  # not stuck
    assert not skip(office.house, "không-có", "Quản trị", "x")
    assert len(office.journal("work.retry", "work.skip")) == 2


def test_a_simulated_clock_does_not_move_leases_or_retries(office: Office) -> None:
    _plan(office)

    def failing(_step: Step) -> None:
        raise OutsideError("lỗi")

    office.edit("retry-first = 10 ms\nretry-longest = 20 ms", "retry-first = 1 h\nretry-longest = 1 h")
    assert work_once(office.house, {"thử": failing}, "a:1")
    office.set_time(office.now + timedelta(days=30))
    assert not work_once(office.house, {"thử": failing}, "a:1")
