"""
Asking a source whether a paper that is public, or about to be, still stands there.

An e-office may take a paper back without a word: it is only not there any more. Nothing of it is believed lightly. Only
what was seen there before can vanish; it must be missed several times over days, each time by a source that answered
well; and when many papers of one source vanish together, the source or our rights have changed, not the papers. What is
believed then is only told (`vanished`): a person asks who issued it and decides, since vanishing proves nothing in law.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Any

import sqlalchemy as sa

from .config.schema import VanishedSettings
from .errors import CongkhaiError, OutsideError, StoreError
from .house import House
from .intake import HeldPapers
from .interfaces import Presence, Searching, Sought
from .recall import ASKED, WATCHED
from .records import Direction, DisclosureState, DocumentStatus, PostingState
from .store import Transaction
from .store import tables as t
from .text import _
from .work import LeaseLostError, Step

log = logging.getLogger(__name__)

LIVE = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE, DisclosureState.POSTED)
SHOWS_LESS = "source-shows-less"
_LEAST = 20
"""Papers that one round may ask for; more only where pulls are rarer than looks."""
_STALE = 4
"""Looks after which a paper that was missed and then could not be told of counts as never missed."""
_FEW = 2
"""So many may vanish together without being doubted."""
_v, _o = t.vanishing.c, t.document.c


@dataclass(slots=True)
class _Round:
    """What one round learnt; `well` is False once the source failed: what it did not show then counts for nothing."""

    found: dict[str, Presence] = field(default_factory=dict)
    well: bool = True


def plan_round(tx: Transaction, house: House, name: str) -> None:
    """Plan a round of questions after a pull that went well; does nothing where nobody is to be asked for."""
    settings = house.configuration.vanished
    if not settings.enabled or not isinstance(house.connectors.get(name), Searching):
        return
    _enrol(tx, name, settings)
    if tx.connection.execute(_due(tx.agency, name, tx.now, settings).limit(1)).first() is not None:
        tx.enqueue("still-there", f"{name}:{tx.now.isoformat()}", subject=name)


def is_live() -> sa.ColumnElement[bool]:
    """Return whether a disclosure is public or about to be."""
    d, p = t.disclosure.c, t.posting.c
    up = sa.exists().where(p.disclosure == d.id, p.state == PostingState.UP.value)
    return sa.or_(d.state.in_([one.value for one in LIVE]), sa.and_(d.state == DisclosureState.FILED.value, up))


def _asked_for(agency: str, now: datetime, settings: VanishedSettings) -> sa.ColumnElement[bool]:
    """
    Return whether a paper is worth asking for: young, not recalled, in a matter that is public or about to be.

    A permanent posting of a filed matter is public too. A matter is opened after its paper came: its own index finds
    the few that are young enough among many years of them.
    """
    d, dd, since = t.disclosure.c, t.disclosure_document.c, now - settings.until
    matters = sa.select(dd.document).join(t.disclosure, d.id == dd.disclosure)
    matters = matters.where(d.agency == agency, is_live(), d.opened_at > since)
    return sa.and_(_o.received_at > since, _o.status != DocumentStatus.RECALLED.value, _o.id.in_(matters))


def _enrol(tx: Transaction, name: str, settings: VanishedSettings) -> None:
    """Watch what became public or is about to be; the first look comes at once, since only what was seen can vanish."""
    fresh = sa.select(_o.id).where(_o.source == name, _asked_for(tx.agency, tx.now, settings))
    fresh = fresh.where(~sa.exists().where(_v.document == _o.id))
    rows = [
        {"document": id_, "agency": tx.agency, "source": name, "state": WATCHED, "next_look": tx.now, "gone_times": 0}
        for id_ in tx.connection.scalars(fresh)
    ]
    if rows:
        tx.connection.execute(sa.insert(t.vanishing), rows)


def _due(agency: str, name: str, now: datetime, settings: VanishedSettings) -> "sa.Select[Any]":
    """Return the papers of a source to be asked for now, the longest waiting first."""
    return (
        sa.select(t.vanishing, _o.remote_id, _o.direction, _o.number, _o.issued, _o.subject)
        .join(t.document, _o.id == _v.document)
        .where(_v.source == name, _v.state.in_((WATCHED, ASKED)), _v.next_look <= now)
        .where(_asked_for(agency, now, settings))
        .order_by(_v.next_look, _v.document)
    )


def look(step: Step) -> None:
    """Ask one source for some of its papers. Work kind ``still-there``; args: subject (connector name)."""
    house, name = step.house, step.args["subject"]
    connector, settings = house.connectors.get(name), house.configuration.vanished
    rows: Sequence[Any] = ()
    if isinstance(connector, Searching) and settings.enabled:
        with house.store.read() as connection:
            source = connection.execute(sa.select(t.source).where(t.source.c.name == name)).one_or_none()
            if source is not None and not source.paused and source.failing_since is None:
                most = _most(connection, house, name)
                query = _due(house.agency, name, house.clock.now(), settings).limit(most)
                rows = connection.execute(query).all()
    learnt = _asked(house, name, connector, rows) if isinstance(connector, Searching) else _Round()
    with step.commit() as tx:
        _write(tx, settings, name, rows, learnt)
        mine = (t.job.c.kind == "still-there", t.job.c.agency == house.agency, t.job.c.state == "done")
        tx.connection.execute(sa.delete(t.job).where(*mine))  # their keys never come again


def _most(connection: sa.Connection, house: House, name: str) -> int:
    """Return how many papers one round asks for: enough that each has its turn although pulls are far apart."""
    watched = connection.scalar(sa.select(sa.func.count()).where(_v.source == name, _v.state.in_((WATCHED, ASKED))))
    share = house.configuration.work.pull_every / house.configuration.vanished.look_every
    return max(_LEAST, min(int(watched or 0), ceil(int(watched or 0) * share * 1.5)))


def _asked(house: House, name: str, connector: Searching, rows: Sequence[Any]) -> _Round:
    learnt, known = _Round(), HeldPapers(house, name)
    for row in rows:
        try:
            said = connector.still_there(_sought(row), known)
            for twin in _twins(house, name, row.document) if said is Presence.GONE else ():
                said = connector.still_there(_sought(twin), known)
                if said is not Presence.GONE:
                    break
            learnt.found[row.document] = said
        except (StoreError, LeaseLostError):
            raise
        except OutsideError as error:  # AccessError too: the next pull tells people about the source
            log.info("source failed while papers were looked for", extra={"source": name, "reason": error.code})
            learnt.found[row.document] = Presence.UNKNOWN
            learnt.well = False
            break
        except Exception as failure:
            log.warning("look failed", exc_info=not isinstance(failure, CongkhaiError), extra={"source": name})
            learnt.found[row.document] = Presence.UNKNOWN
    return learnt


def _sought(row: Any) -> Sought:
    return Sought(row.remote_id, Direction(row.direction), row.number, row.issued, row.subject)


def _twins(house: House, name: str, document: str) -> Sequence[Any]:
    """Return the same paper as its source showed it again under other ids: entered anew, it has not vanished."""
    columns = (_o.remote_id, _o.direction, _o.number, _o.issued, _o.subject)
    query = sa.select(*columns).join(t.link, t.link.c.document == _o.id)
    query = query.where(t.link.c.other == document, t.link.c.kind == "duplicate", _o.source == name)
    with house.store.read() as connection:
        return connection.execute(query.order_by(_o.received_at.desc(), _o.id)).all()


def _write(tx: Transaction, settings: VanishedSettings, name: str, rows: Sequence[Any], learnt: _Round) -> None:
    found = dict(learnt.found)
    gone = [row for row in rows if found.get(row.document) is Presence.GONE]
    believed = learnt.well and not _too_many(tx, settings, name, gone)
    for row in rows:
        said = found.get(row.document)
        if said is None:
            continue  # the round ended before its turn
        if said is Presence.GONE and (not believed or row.seen_at is None):
            said = Presence.UNKNOWN
        _note(tx, settings, row, said)


def _too_many(tx: Transaction, settings: VanishedSettings, name: str, gone: Sequence[Any]) -> bool:
    """Tell whether more papers are missed together than ever vanish: then somebody must look at the source itself."""
    since = tx.now - settings.over - _STALE * settings.look_every
    query = sa.select(_v.document).where(
        _v.source == name, _v.state == WATCHED, _v.gone_times > 0, _v.gone_last >= since
    )  # fmt: skip
    missed = {row.document for row in gone if row.state == WATCHED and row.seen_at is not None}
    missed |= set(tx.connection.scalars(query))
    known = sa.select(sa.func.count()).where(_v.source == name, _v.state == WATCHED, _v.seen_at.is_not(None))
    if not gone or len(missed) <= max(_FEW, settings.share * int(tx.connection.scalar(known) or 0)):
        return False
    f = t.fault.c
    told = sa.select(f.id).where(f.agency == tx.agency, f.place == SHOWS_LESS, f.subject == name, f.settled.is_(False))
    if tx.connection.execute(told).first() is None:
        tx.record_fault(
            SHOWS_LESS, name,
            _("Nguồn cùng lúc không còn cho thấy {count} văn bản đang hoặc sắp công khai.").format(count=len(missed)),
            _("Kiểm tra quyền của tài khoản và việc tra cứu ở hệ thống nguồn; chưa coi văn bản nào là bị thu hồi."),
        )  # fmt: skip
    tx.connection.execute(
        sa.update(t.vanishing)
        .where(_v.source == name, _v.state == WATCHED, _v.document.in_(missed))
        .values(gone_since=None, gone_last=None, gone_times=0)
    )
    return True


def _note(tx: Transaction, settings: VanishedSettings, row: Any, said: Presence) -> None:
    """Keep what one question brought, unless a person decided meanwhile; the paper is asked for again a look later."""
    values: dict[str, Any] = {"next_look": tx.now + settings.look_every * _spread(row.document)}
    if said is Presence.THERE:
        values |= {"seen_at": tx.now, "gone_since": None, "gone_last": None, "gone_times": 0, "state": WATCHED}
    elif said is Presence.GONE:
        # Missed long ago and not known of since: that was another time, and the count begins anew.
        stale = row.gone_last is None or tx.now - row.gone_last > settings.over + _STALE * settings.look_every
        since, times = (tx.now, 1) if stale else (row.gone_since, row.gone_times + 1)
        values |= {"gone_since": since, "gone_last": tx.now, "gone_times": times}
        if row.state == WATCHED and times >= settings.times and tx.now - since >= settings.over:
            values["state"] = ASKED
    same = (_v.document == row.document, _v.state == row.state)
    if not tx.connection.execute(sa.update(t.vanishing).where(*same).values(**values)).rowcount:
        return
    after = values.get("state", row.state)
    if (row.state, after) == (ASKED, WATCHED):
        tx.journal("document.seen-again", row.document, source=row.source, gone_since=row.gone_since)
    elif (row.state, after) == (WATCHED, ASKED):
        tx.journal(
            "document.vanished", row.document, source=row.source, seen_at=row.seen_at,
            gone_since=values["gone_since"], gone_times=values["gone_times"],
        )  # fmt: skip


def _spread(document: str) -> float:
    """Return 0.9 to 1.1 by the paper's id, so that papers that were enrolled together part and do not meet again."""
    return 0.9 + 0.2 * int(hashlib.sha256(document.encode()).hexdigest()[:4], 16) / 0xFFFF
