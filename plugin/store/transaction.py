"""One act: its rows, its journal entry, its deadlines and its follow-up work, in one database transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from . import journal, work
from .tables import deadline, fault, remark


@dataclass
class Transaction:
    """
    What a step may do inside its transaction.

    Attributes:
        connection: the open connection, holding the write lock.
        now: the legal moment of the act.
        tell: hands an event to the plugins, ``tell(hook, **facts)``.
        afterwards: calls to make once the commit stands; never for evidence.
    """

    connection: sa.Connection
    agency: str
    actor: str
    now: datetime
    node: str
    tell: Callable[..., object] = field(repr=False)
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    def journal(self, act: str, subject: str, /, **facts: Any) -> journal.Head:
        """Record the act: ids and digests only. `facts` must be JSON without floats."""
        body = {"act": act, "subject": subject, "at": self.now, "actor": self.actor, "node": self.node}
        return journal.append(self.connection, self.agency, {**body, "facts": facts})

    def enqueue(self, kind: str, key: str, /, **args: Any) -> bool:
        """
        Plan work of one kind; `args` hold ids and small scalars only.

        Returns:
            False when work with this key was planned before, whatever became of it.
        """
        return work.enqueue(self.connection, agency=self.agency, kind=kind, key=f"{kind}:{key}", args=args)

    def set_deadline(self, kind: str, subject: str, due: datetime, rule: str) -> None:
        """
        Write the moment at which `kind` falls due for `subject`; an open deadline at another moment is superseded.

        Args:
            rule: the rule and inputs that `due` was computed from, in words.
        """
        same = sa.and_(deadline.c.kind == kind, deadline.c.subject == subject)
        self.connection.execute(
            sa.update(deadline)
            .where(same, deadline.c.state == "open", deadline.c.due != due)
            .values(state="superseded")
        )
        states = dict(
            self.connection.execute(
                sa.select(deadline.c.due, deadline.c.state).where(same, deadline.c.due >= due)
            ).all()
        )
        while states.get(due) == "done":  # a moment that was used up gives way to the next second
            due += timedelta(seconds=1)
        if states.get(due) == "superseded":
            self.connection.execute(
                sa.update(deadline).where(same, deadline.c.due == due).values(state="open", rule=rule)
            )
        elif due not in states:
            self.connection.execute(
                sa.insert(deadline).values(
                    agency=self.agency, kind=kind, subject=subject, due=due, rule=rule, state="open"
                )
            )

    def has_deadline(self, kind: str, subject: str) -> bool:
        """Tell whether `kind` is still open for `subject`, due or not."""
        same = sa.and_(deadline.c.kind == kind, deadline.c.subject == subject, deadline.c.state == "open")
        return self.connection.execute(sa.select(deadline.c.id).where(same)).first() is not None

    def drop_deadlines(self, subject: str, *kinds: str) -> None:
        """Supersede what is still open for `subject`: the matter took another way."""
        self.connection.execute(
            sa.update(deadline)
            .where(deadline.c.subject == subject, deadline.c.kind.in_(kinds), deadline.c.state == "open")
            .values(state="superseded")
        )

    def remark(self, subject: str, text: str) -> str:
        """
        Keep what was said about `subject` beside the journal, where it can be deleted without breaking the chain.

        Returns:
            SHA-256 of the text, for the journal entry; empty for an empty text.
        """
        if not text:
            return ""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        values = {"agency": self.agency, "subject": subject, "by": self.actor, "text": text, "sha256": sha256}
        self.connection.execute(sa.insert(remark).values(at=self.now, **values))
        return sha256

    def announce(self, hook: str, **facts: object) -> None:
        """Tell the plugins about an event once the commit stands."""
        self.afterwards.append(partial(self.tell, hook, **facts))

    def record_fault(self, place: str, subject: str, error: str, advice: str = "") -> None:
        """Keep what went wrong where clerk and IT look."""
        self.connection.execute(
            sa.insert(fault).values(
                agency=self.agency, place=place, subject=subject, error=error, advice=advice, at=self.now, settled=False
            )
        )
