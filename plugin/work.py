"""Doing the work: claim a row, run its handler, finish it in one transaction with everything that follows from it."""

import logging
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field

import sqlalchemy as sa

from .errors import AccessError, CongkhaiError, NotAllowedError, OurError, OutsideError, StoreError
from .house import House
from .log_context import about, ids_of
from .store import Transaction, work
from .store import tables as t
from .store.nodes import Held
from .text import SOURCE, _, speaking

log = logging.getLogger(__name__)


class LeaseLostError(Exception):
    """Another worker has this row now: roll back, do nothing more."""


@dataclass
class Step:
    """
    One claimed piece of work, as its handler sees it.

    A handler does slow things outside any transaction and ends with exactly one `commit`.
    """

    house: House
    job: work.Job
    finished: bool = False
    held: Held = field(default_factory=Held)

    @property
    def args(self) -> dict[str, str]:
        """The ids that the work is about."""
        return self.job.args

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction within the work; it holds only while the lease does. Raises LeaseLostError."""
        with self.house.store.write(self.house.agency, "congkhai") as tx:
            if not (self.held.stands(tx.connection) and work.renew(tx.connection, self.job, _lease(self.house))):
                raise LeaseLostError
            yield tx

    @contextmanager
    def commit(self) -> Iterator[Transaction]:
        """Open the last transaction: what is written in it and the end of the work stand or fall together."""
        with self.house.store.write(self.house.agency, "congkhai") as tx:
            if not self.held.stands(tx.connection):
                raise LeaseLostError
            yield tx
            done = work.advance(
                tx.connection, self.job, state="done", lease_owner=None, lease_until=None, last_error=None
            )
            if not done:
                raise LeaseLostError
        self.finished = True


Handler = Callable[[Step], None]


def _lease(house: House) -> float:
    return house.configuration.work.lease.total_seconds()


def work_once(house: House, handlers: Mapping[str, Handler], owner: str) -> bool:
    """
    Claim and do one piece of due work.

    Returns:
        False when nothing was due.
    """
    with house.store.read() as connection:  # looking does not wait for writers
        if not work.anything_due(connection, list(handlers)):
            return False
    with house.store.write(house.agency, "congkhai") as tx:
        jobs = work.claim(tx.connection, owner=owner, kinds=list(handlers), lease=_lease(house))
    if not jobs:
        return False
    step = Step(house, jobs[0])
    with about(**ids_of(house.store, step.job)), _renewed(step):
        _run(step, handlers[step.job.kind])
    return True


@contextmanager
def _renewed(step: Step) -> Iterator[None]:
    """Hold the lease from a side thread while the handler works; it stops renewing when the lease was lost."""
    stop = threading.Event()
    lease = _lease(step.house)

    def renew() -> None:
        while not stop.wait(lease / 3):
            try:
                with step.house.store.engine.begin() as connection:
                    if not work.renew(connection, step.job, lease):
                        return
            except sa.exc.OperationalError:  # tried again; meanwhile the lease may run out, and the fence holds
                log.warning("lease not renewed", extra={"job": step.job.key})

    said = copy_context()  # its lines are about the same work
    thread = threading.Thread(target=said.run, args=(renew,), name=f"renew-{step.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(step: Step, handler: Handler) -> None:
    job = step.job
    try:
        with speaking(SOURCE):  # what comes of it is stored, filed or sent
            _done(step, handler)
        log.info("done")
    except LeaseLostError:
        log.warning("lease lost", extra={"job": job.key})
    except Exception as error:
        log.warning("step failed", exc_info=not isinstance(error, CongkhaiError), extra={"job": job.key})
        _fail(step, error)


def _done(step: Step, handler: Handler) -> None:
    _check_attempts(step)
    resource = _resource(step)
    with step.house.using(resource), step.house.store.alone(step.house.agency, resource) as step.held:
        handler(step)
    _check_finished(step)


def _check_attempts(step: Step) -> None:
    """Stop work that killed its worker again and again: attempts count at the claim, so such deaths count too."""
    if step.job.attempts > step.house.configuration.work.attempts:
        raise NotAllowedError(
            what=_("Việc này đã làm dở {count} lần mà chưa xong.").format(count=step.job.attempts - 1),
            advice=_("Xem lỗi bằng congkhai work list, sửa nguyên nhân rồi chạy congkhai work retry."),
            code="congkhai-E421",
        )  # fmt: skip


def _resource(step: Step) -> str:
    """
    Name what must not be used by two workers at once: the connector that is pulled, or everything that binds.

    Pulling is slow and independent, so that one slow source never keeps the rest waiting.
    """
    if step.job.kind in ("pull", "still-there", "pull-feedback"):
        return f"{'reading' if step.job.kind == 'pull-feedback' else 'connector'}:{step.args['subject']}"
    if step.job.kind == "remote-sign":
        return f"signer:{step.args['signer']}"
    return "orphans" if step.job.kind == "orphans" else "acts"


def _check_finished(step: Step) -> None:
    if not step.finished:
        raise OurError(what=f"the handler of {step.job.kind} ended without commit", code="congkhai-E446")


def explain(error: Exception) -> tuple[str, str]:
    """Return the sentence and the advice of any error of ours or of our libraries."""
    if hasattr(error, "what"):
        return str(error), str(getattr(error, "advice", ""))
    return f"{type(error).__name__}: {error}", _("Gửi báo cáo lỗi kèm nhật ký kỹ thuật của congkhai.")


def _fail(step: Step, error: Exception) -> None:
    """Keep the error with the row; outside faults are tried again, ever slower; everything else waits for a person."""
    settings = step.house.configuration.work
    what, advice = explain(error)
    again = _may_retry(error) and step.job.attempts < settings.attempts
    delay = min(
        settings.retry_first.total_seconds() * 2 ** (step.job.attempts - 1), settings.retry_longest.total_seconds()
    )
    with step.house.store.write(step.house.agency, "congkhai") as tx:
        held = work.advance(
            tx.connection, step.job, state="ready" if again else "dead", lease_owner=None, lease_until=None,
            last_error=f"{what}\n{advice}".strip(),
            run_at=work.database_now(tx.connection) + delay * random.uniform(0.8, 1.2),  # noqa: S311 - jitter, not a secret
        )  # fmt: skip
        if held and not again:
            tx.journal(
                "work.stuck", step.job.key, kind=step.job.kind, code=getattr(error, "code", type(error).__name__)
            )


def _may_retry(error: Exception) -> bool:
    return isinstance(error, (OutsideError, StoreError, OSError, sa.exc.OperationalError)) and not isinstance(
        error, AccessError
    )


def retry(house: House, key: str, by: str) -> bool:
    """
    Let stuck or failing work run again at once, from its first attempt, or a paused source be asked again.

    Args:
        key: key of the work, or name of the source.

    Returns:
        False when nothing stuck or failing has this key.
    """
    with house.store.write(house.agency, by) as tx:
        failing = sa.and_(t.job.c.state == "ready", t.job.c.attempts > 0)
        query = sa.update(t.job).where(t.job.c.key == key, sa.or_(t.job.c.state == "dead", failing))
        changed = tx.connection.execute(query.values(state="ready", run_at=0.0, attempts=0)).rowcount == 1
        source = sa.update(t.source).where(t.source.c.name == key, t.source.c.paused)
        if tx.connection.execute(source.values(paused=False)).rowcount == 1:
            tx.set_deadline("pull", key, tx.now, f"asked again by {by}")
            changed = True
        if changed:
            tx.journal("work.retry", key)
    return changed


def skip(house: House, key: str, by: str, reason: str) -> bool:
    """
    Give up stuck work, or mark a fault as seen to, for a reason that goes into the journal.

    Args:
        key: key of the work, or ``fault:`` and its number, as `status` shows them.

    Returns:
        False when nothing stuck has this key.
    """
    with house.store.write(house.agency, by) as tx:
        family, _colon, number = key.partition(":")
        if family == "fault" and number.isdigit():
            query = sa.update(t.fault).where(t.fault.c.id == int(number), t.fault.c.settled.is_(False))
            changed = tx.connection.execute(query.values(settled=True)).rowcount == 1
        else:
            stuck = sa.update(t.job).where(t.job.c.key == key, t.job.c.state == "dead")
            changed = tx.connection.execute(stuck.values(state="done")).rowcount == 1
        if changed:
            tx.journal("work.skip", key, reason=tx.remark(key, reason))
    return changed
