"""A file that is still being written when pulls are hours apart: looked at again soon, and not for ever."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from congkhai.connectors.edxml_folder import DropFolder
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .office import STAFF_PAGE, Office
from .packets import INBOX, PROVINCE, packet

SETTLED = INBOX.replace("renamed", "settled") + "settle-time = 10 s\n"
SECOND = 1_000_000_000


def next_pull(office: Office) -> datetime:
    d = t.deadline.c
    with office.house.store.read() as connection:
        found = connection.scalar(sa.select(d.due).where(d.kind == "pull", d.subject == "truc", d.state == "open"))
    assert found is not None
    return found  # type: ignore[no-any-return]  # SQLAlchemy's scalar


def test_the_second_look_comes_when_the_file_is_quiet_and_pulls_stay_as_rare_as_they_were(
    open_office: OpenOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_office(STAFF_PAGE, SETTLED)
    inbox = office.folder / "hop-thu"
    inbox.mkdir()
    path = inbox / "a.edxml"
    path.write_bytes(packet("12/KH-UBND", "Kế hoạch", "Kế hoạch thử", PROVINCE, "2026/07/03"))
    written = max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
    quiet = [3 * SECOND]  # how long the file has been quiet, by its file system
    monkeypatch.setattr(DropFolder, "_file_system_now", lambda _self: written + quiet[0])
    office.work()
    assert office.documents() == []
    waits = []
    for quiet[0] in (1 * SECOND, 2 * SECOND, 1 * SECOND):  # it grows again each time that somebody looks
        waits.append(next_pull(office) - office.house.clock.now())
        office.wait_until(next_pull(office))
    assert office.documents() == []
    assert waits == [timedelta(seconds=one) for one in (8, 21, 41)]  # ever rarer
    quiet[0] = 10 * SECOND
    office.wait_until(next_pull(office))
    assert [one.number for one in office.documents()] == ["12/KH-UBND"]
    assert next_pull(office) - office.now == timedelta(days=90)
