"""
Outward acts: planned in one transaction, read back before sending, settled in another.

At least once outside, exactly once inside: the key of an act is a digest of who, where, what and which content, so the
same act again gives the same key, and what was changed is a new act. An act that was sent and brought no answer is
looked for again a few times, and never sent again by itself; when that does not decide it either, it is ``unsure`` and
shown to a person.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from .errors import UndecidedError
from .house import House
from .interfaces import Forgetful
from .records import Receipt
from .store import Transaction
from .store import tables as t
from .text import _
from .work import Step

_open = t.outbox.c.state.in_(("unsure", "undecided"))


LOOKS = 5
"""Attempts after which an act whose outcome is not known goes to a person."""


@dataclass(frozen=True, slots=True)
class Act:
    """
    One outward act.

    Attributes:
        target: what it is done to, e.g. ``channel:intranet``.
        act: ``publish``, ``withdraw`` or ``file``.
        subject: id of the posting or dossier.
        content: digest of what is sent.
    """

    agency: str
    target: str
    act: str
    subject: str
    content: str

    @property
    def key(self) -> str:
        """Idempotency key: 32 hexadecimal digits."""
        parts = (self.agency, self.target, self.act, self.subject, self.content)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def carry_out(
    step: Step, act: Act, *, find: Callable[[str], Receipt | None], send: Callable[[str], Receipt],
    settle: Callable[[Transaction, Receipt], None], unsure: Callable[[Transaction, str], None],
) -> None:  # fmt: skip
    """
    Do an outward act and finish the step with it.

    Args:
        find: read-back by key; raises UndecidedError when it cannot tell.
        send: the act itself; OutsideError leaves the step to be retried.
        settle: what to write, in the last transaction, once the act is certain.
        unsure: what to write when it cannot be decided.

    Raises:
        OutsideError: it did not happen; the queue tries again.
        UndecidedError: it is not known yet whether it happened; the queue has it looked at again.
    """
    state = _plan(step, act)
    if state == "unsure":
        with step.commit():
            return  # shown to people; `settle_by_person` puts it back to work
    try:
        receipt = _confirmed(step, act) if state == "confirmed" else find(act.key) or _send(step, act, state, send)
    except UndecidedError as error:
        if step.job.attempts < min(LOOKS, step.house.configuration.work.attempts):
            raise
        with step.commit() as tx:
            _write(tx, act.key, state="unsure", error=str(error))
            tx.journal(f"{act.act}.unsure", act.subject, key=act.key)
            unsure(tx, error.what)
        return
    with step.commit() as tx:
        _write(tx, act.key, state="done", receipt=receipt.remote_id, done_at=tx.now)
        tx.journal(f"{act.act}.done", act.subject, key=act.key, receipt=receipt.remote_id)
        settle(tx, receipt)


def _plan(step: Step, act: Act) -> str:
    with step.transaction() as tx:
        state = tx.connection.scalar(sa.select(t.outbox.c.state).where(t.outbox.c.key == act.key))
        if state is None:
            tx.connection.execute(
                sa.insert(t.outbox).values(
                    key=act.key, agency=act.agency, target=act.target, act=act.act, subject=act.subject,
                    state="planned", planned_at=tx.now, receipt="", error="",
                )
            )  # fmt: skip
            tx.journal(f"{act.act}.planned", act.subject, key=act.key, target=act.target)
    return state or "planned"


def _confirmed(step: Step, act: Act) -> Receipt:
    """Return the receipt of an act that a person has confirmed: nothing outside is asked again."""
    with step.house.store.read() as connection:
        row = connection.execute(sa.select(t.outbox).where(t.outbox.c.key == act.key)).one()
    return Receipt(act.key, row.receipt, step.house.clock.now(), detail=row.error, by=row.receipt)


def _send(step: Step, act: Act, state: str, send: Callable[[str], Receipt]) -> Receipt:
    if state == "undecided":
        # Not seen now is not "not done": a system may show what it accepted later than it shows the rest.
        raise UndecidedError(_("Đã gửi nhưng không có trả lời, và nơi nhận chưa cho thấy."), where=act.target)
    with step.transaction() as tx:
        _write(tx, act.key, state="sent")
    try:
        return send(act.key)
    except UndecidedError as error:
        with step.transaction() as tx:
            _write(tx, act.key, state="undecided", error=str(error))
        raise


def _write(tx: Transaction, key: str, **values: object) -> None:
    tx.connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(**values))


def settle_unsure(tx: Transaction, subject: str, act: str) -> None:
    """Close an undecided act whose outcome is now known from elsewhere: a person saw it, or it was done again."""
    row = sa.and_(t.outbox.c.subject == subject, t.outbox.c.act == act, _open)
    tx.connection.execute(sa.update(t.outbox).where(row).values(state="done", done_at=tx.now, receipt=tx.actor))


def settle_by_person(house: House, key: str, *, happened: bool, by: str, reason: str) -> bool:
    """
    Let a person decide an ``unsure`` act, or one still looked for: it happened, or it did not and may be done again.

    Args:
        by: who decided; `reason`: on what grounds. Both go into the journal.

    Returns:
        False when no act with this key is undecided.
    """
    with house.store.read() as connection:
        row = connection.execute(sa.select(t.outbox).where(t.outbox.c.key == key, _open)).one_or_none()
    if row is None:
        return False
    family, _colon, name = row.target.partition(":")
    if not happened and family == "connector" and name in house.connectors:
        house.connectors[name].forget_filing(key)
    channel = house.channels.get(name) if family == "channel" else None
    if not happened and isinstance(channel, Forgetful):
        channel.forget(key)
    with house.store.write(house.agency, by) as tx:
        state = "confirmed" if happened else "planned"
        _write(tx, key, state=state, receipt=by if happened else "", error=reason if happened else "")
        tx.journal(f"{row.act}.decided", row.subject, key=key, happened=happened, reason=tx.remark(row.subject, reason))
        _work_again(tx, row.act, row.subject)
    return True


def _work_again(tx: Transaction, act: str, subject: str) -> None:
    """Put the finished or waiting work of an act back, so that it settles what the person decided."""
    # Work that carries an act out bears its name; a notice put up anew is a publication too, with its revision.
    keys = [f"{act}:{subject}", *(f"{act}:{subject}:{tail}" for tail in ("ended", "ending", "released"))]
    numbered = [f"{kind}:{subject}:" for kind in (("republish",) if act == "publish" else (act,))]
    mine = sa.or_(t.job.c.key.in_(keys), *(t.job.c.key.startswith(head, autoescape=True) for head in numbered))
    again = sa.update(t.job).where(mine, t.job.c.state.in_(("done", "ready")))
    tx.connection.execute(again.values(state="ready", run_at=0.0, attempts=0))
