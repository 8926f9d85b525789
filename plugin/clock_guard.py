"""
The guard of the clock: notices when the machine's time cannot be right, and holds back what binds until it can.

A wrong clock could close a posting too early or date minutes falsely, so while the clock is not believed no work is
done that writes a time (publishing, closing, signing, sealing, filing, and the scan for due deadlines); reading,
checking and the work list go on. The wall clock is compared with a clock that nobody can set (monotonic, counting
sleep where the system has such a clock), with the last time this store saw, with the newest journal entry, with the
database server's time, and with the release date of this program. A hold is a row of the store, so that a restart does
not escape it. It ends by itself when the time is plausible again, or by a person, with a reason.

Simulated time (a row of the store that only moves forward) is never doubted.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .clock import ZONE
from .errors import NotAllowedError
from .store import Store
from .store import tables as t
from .store.engine import SimulatedClock
from .text import _

if TYPE_CHECKING:
    from .house import House

log = logging.getLogger(__name__)

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No right clock shows a time before this program existed."""
_SEEN, _HOLD, _TRUSTED = "clock-seen", "clock-hold", "clock-trusted"
_WRITE_EVERY = 60.0  # seconds of unstoppable time between two notes of the last time seen
_LOOK_EVERY = 1.0
_VOUCHED = timedelta(hours=1)  # how long another process has time to notice a person's word


def steady_seconds() -> float:
    """Return seconds of a clock that nobody can set; on Linux it counts the machine's sleep as well."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Hold:
    """
    Why the clock is not believed.

    Attributes:
        why: ``before-release``, ``before-journal``, ``before-seen``, ``jump-back``, ``jump-forward``, ``long-gap`` or
            ``database``.
        shown: what the wall clock showed when that was noticed.
        known: the time that it contradicts.
    """

    why: str
    shown: datetime
    known: datetime

    def say(self) -> str:
        """Say what is wrong, in Vietnamese."""
        words = {
            "before-release": _("Đồng hồ máy chỉ {shown}, trước ngày phát hành phần mềm này ({known})."),
            "before-journal": _("Đồng hồ máy chỉ {shown}, trước mục nhật ký mới nhất ({known})."),
            "before-seen": _("Đồng hồ máy chỉ {shown}, trước giờ đã ghi nhận gần nhất ({known})."),
            "jump-back": _("Đồng hồ máy vừa lùi về {shown}; lẽ ra khoảng {known}."),
            "jump-forward": _("Đồng hồ máy vừa nhảy tới {shown}; lẽ ra khoảng {known}."),
            "long-gap": _("Đồng hồ máy chỉ {shown}, rất xa giờ đã ghi nhận gần nhất ({known})."),
            "database": _("Đồng hồ máy chỉ {shown}, khác giờ của máy chủ cơ sở dữ liệu ({known})."),
        }[self.why]
        return words.format(shown=_local(self.shown), known=_local(self.known))

    @property
    def advice(self) -> str:
        """Say what to do, in Vietnamese."""
        return _(
            "Kiểm tra giờ máy chủ và dịch vụ NTP. Khi giờ hợp lý trở lại, phần mềm tự làm tiếp; nếu giờ hiện tại là"
            " đúng, chạy congkhai work clock --by TÊN --reason LÝ-DO."
        )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M:%S %d/%m/%Y}"


class ClockGuard:
    """
    Watches the clock of one process; safe to be asked from several threads.

    Args:
        steady: seconds of a clock that nobody can set.
        database_now: the database server's time, or None where it runs on this machine's clock (SQLite).
    """

    def __init__(
        self, steady: Callable[[], float] = steady_seconds,
        database_now: Callable[[Store], datetime | None] | None = None,
    ) -> None:  # fmt: skip
        self._steady = steady
        self._database_now = database_now or _server_time
        self._anchor: tuple[datetime, float] | None = None
        self._looked: float | None = None
        self._written: float | None = None
        self._trusted: datetime | None = None
        self._hold: Hold | None = None
        self._lock = threading.Lock()

    def look(self, store: Store, agency: str, *, tolerance: timedelta, longest_gap: timedelta) -> Hold | None:
        """
        Say whether the clock can be believed now.

        Args:
            tolerance: differences up to here are nothing (clocks drift, NTP slews).
            longest_gap: a longer time than this since the last one seen must be confirmed by a person.

        Returns:
            None when it can; else why not. At most once a second the facts are looked at anew.
        """
        if isinstance(store.clock, SimulatedClock):
            return None
        with self._lock:
            tick = self._steady()
            if self._looked is not None and 0 <= tick - self._looked < _LOOK_EVERY:
                return self._hold
            self._looked = tick
            self._hold = self._judge(store, agency, tick, tolerance, longest_gap)
            return self._hold

    def _judge(
        self, store: Store, agency: str, tick: float, tolerance: timedelta, longest_gap: timedelta
    ) -> Hold | None:  # fmt: skip
        wall = store.clock.now()
        with store.read() as connection:
            facts = _facts(connection, agency)
        if facts.trusted is not None and facts.trusted != self._trusted:
            if self._anchor is not None and -tolerance <= wall - facts.trusted <= _VOUCHED:
                self._anchor = (wall, tick)  # a person, perhaps in another process, has vouched for the time
            self._trusted = facts.trusted
        found = self._contradiction(store, wall, tick, facts, tolerance, longest_gap)
        if found is None:
            self._anchor = (wall, tick)
            if facts.hold is not None:
                _end_hold(store, agency, "congkhai", facts.hold, wall, "")
                log.warning("clock believed again")
            self._note(store, wall, tick)
        elif facts.hold is None:
            _write_meta(store, _HOLD, json.dumps([found.why, found.shown.isoformat(), found.known.isoformat()]))
            log.error("clock not believed, acts that bind are held", extra={"why": found.why})
        return found

    def _contradiction(
        self, store: Store, wall: datetime, tick: float, facts: "_Facts", tolerance: timedelta, longest_gap: timedelta
    ) -> Hold | None:  # fmt: skip
        """Return the first fact that the wall clock contradicts."""
        if wall < RELEASED:
            return Hold("before-release", wall, RELEASED)
        if facts.journal is not None and wall < facts.journal - tolerance:
            return Hold("before-journal", wall, facts.journal)
        server = self._database_now(store)
        if server is not None and abs(wall - server) > tolerance:
            return Hold("database", wall, server)
        if self._anchor is not None:
            expected = self._anchor[0] + timedelta(seconds=tick - self._anchor[1])
            if abs(wall - expected) > tolerance:
                return Hold("jump-forward" if wall > expected else "jump-back", wall, expected)
            return None
        held = facts.hold
        if held is not None and held.why in ("jump-forward", "long-gap") and wall >= held.shown - tolerance:
            return held  # a restart forgets the steady clock: held until the wall clock has gone back, or a person
        if facts.seen is not None and wall < facts.seen - tolerance:
            return Hold("before-seen", wall, facts.seen)
        if facts.seen is not None and wall > facts.seen + longest_gap:
            return Hold("long-gap", wall, facts.seen)
        return None

    def _note(self, store: Store, wall: datetime, tick: float) -> None:
        """Keep the last time seen, from time to time."""
        if self._written is None or not 0 <= tick - self._written < _WRITE_EVERY:
            _write_meta(store, _SEEN, wall.isoformat())
            self._written = tick

    def forget(self) -> None:
        """Look anew at the next question, as after a person's release."""
        with self._lock:
            self._looked = None
            self._hold = None
            self._anchor = None


def clock_hold(house: "House") -> Hold | None:
    """Return why the clock of a house is not believed, or None."""
    work = house.configuration.work
    return house.guard.look(
        house.store, house.agency, tolerance=work.clock_tolerance, longest_gap=work.clock_longest_gap
    )


def require_clock(house: "House") -> None:
    """
    Refuse an act that binds while the clock is not believed.

    Raises:
        NotAllowedError: E590, with what is wrong and what to do; nothing was done.
    """
    held = clock_hold(house)
    if held is not None:
        raise NotAllowedError(
            what=_("Không thực hiện được vì giờ của máy không đáng tin. {why}").format(why=held.say()),
            where=str(house.store.folder), advice=held.advice, code="congkhai-E590",
        )  # fmt: skip


def release_clock(house: "House", by: str, reason: str) -> bool:
    """
    Let a person vouch that the clock is right now, with the reason; the journal keeps it.

    Returns:
        False when the clock was not held.

    Raises:
        NotAllowedError: E591, the clock shows a time before this program existed: no reason makes that right.
    """
    held = clock_hold(house)
    if held is None:
        return False
    if held.why == "before-release":
        raise NotAllowedError(
            what=_("Giờ này chắc chắn sai. {why}").format(why=held.say()), where=str(house.store.folder),
            advice=_("Chỉnh lại giờ máy chủ; phần mềm sẽ tự làm tiếp."), code="congkhai-E591",
        )  # fmt: skip
    wall = house.clock.now()
    _end_hold(house.store, house.agency, by, held, wall, reason)
    for name in (_TRUSTED, _SEEN):
        _write_meta(house.store, name, wall.isoformat())
    house.guard.forget()
    return True


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store knows about time."""

    seen: datetime | None
    trusted: datetime | None
    journal: datetime | None
    hold: Hold | None


def _facts(connection: sa.Connection, agency: str) -> _Facts:
    rows = connection.execute(sa.select(t.meta).where(t.meta.c.name.in_((_SEEN, _HOLD, _TRUSTED)))).all()
    texts = {row.name: row.value for row in rows if row.value}
    seen, trusted = (datetime.fromisoformat(texts[name]) if name in texts else None for name in (_SEEN, _TRUSTED))
    return _Facts(
        seen, trusted, _newest_entry(connection, agency), _read_hold(texts[_HOLD]) if _HOLD in texts else None
    )


def _newest_entry(connection: sa.Connection, agency: str) -> datetime | None:
    """Return the moment of the newest journal entry."""
    newest = (
        sa.select(t.journal.c.body)
        .join(t.journal_head, t.journal_head.c.agency == t.journal.c.agency)
        .where(t.journal_head.c.agency == agency, t.journal_head.c.seq == t.journal.c.seq)
    )
    body = connection.scalar(newest)
    at = json.loads(body).get("at") if body else None
    return datetime.fromisoformat(at) if at else None


def _read_hold(text: str) -> Hold:
    why, shown, known = json.loads(text)
    return Hold(why, datetime.fromisoformat(shown), datetime.fromisoformat(known))


def _server_time(store: Store) -> datetime | None:
    """Return the database server's time; None on SQLite, which has no clock but this machine's."""
    if store.reader.dialect.name == "sqlite":
        return None
    with store.read() as connection:
        seconds = connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
    return datetime.fromtimestamp(float(seconds or 0), UTC)


def _write_meta(store: Store, name: str, value: str) -> None:
    with store.engine.begin() as connection:
        changed = connection.execute(sa.update(t.meta).where(t.meta.c.name == name).values(value=value)).rowcount
        if not changed:
            connection.execute(sa.insert(t.meta).values(name=name, value=value))


def _end_hold(store: Store, agency: str, by: str, held: Hold, wall: datetime, reason: str) -> None:
    """End a hold: the journal says how long it lasted and who ended it."""
    with store.write(agency, by) as tx:
        tx.connection.execute(sa.update(t.meta).where(t.meta.c.name == _HOLD).values(value=""))
        tx.journal(
            "clock.released", "clock", why=held.why, shown=held.shown, known=held.known, now=wall,
            reason=tx.remark("clock", reason),
        )  # fmt: skip
