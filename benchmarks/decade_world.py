"""The outside of the simulated decade: a source, a channel that fails and loses notices, a clerk's memory, no keys."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import Field

from congkhai.plugin.clock import Clock
from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import ConfigurationError, OutsideError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    Decision,
    Disclosure,
    Document,
    Filing,
    Notice,
    Outcome,
    Probe,
    Pulled,
    PulledDocument,
    Receipt,
    Tag,
    TagDecision,
)

Window = tuple[datetime, datetime]


class NoSettings(Settings):
    """No keys."""


class SignerSettings(Settings):
    """Keys of ``type = decade-signer``."""

    role: str = Field(description="Vai trò.")
    person: str = Field(description="Tên.")


@dataclass(eq=False)
class World:
    """
    The plugin.

    Attributes:
        outages: when the channel's system does not answer.
        asleep: when the daemon is down; nothing is lost from the channel then, so that every loss can be found.
        waiting: papers not yet pulled.
        lost: by key of the notice, when it could not be seen, and whether it was gone or changed.
        looks: by key, each look and what it was told.
        closing: disclosures that began to close since the clerk last asked.
    """

    dice: random.Random
    outages: list[Window]
    asleep: list[Window]
    waiting: list[Pulled] = field(default_factory=list)
    lost: dict[str, tuple[datetime, datetime, str]] = field(default_factory=dict)
    looks: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    shown: dict[str, Receipt] = field(default_factory=dict)
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    closing: list[str] = field(default_factory=list)
    clock: Clock | None = None

    @hookimpl
    def register_connectors(self, register: Callable[..., None]) -> None:
        """Offer the source."""
        register("decade-source", NoSettings, lambda _settings, _context: _Source(self))

    @hookimpl
    def register_channels(self, register: Callable[..., None]) -> None:
        """Offer the channel."""
        register("decade-channel", NoSettings, lambda _settings, context: _Channel(self, context))

    @hookimpl
    def register_signers(self, register: Callable[..., None]) -> None:
        """Offer roles without keys."""
        register("decade-signer", SignerSettings, lambda settings, _context: _Person(settings.role, settings.person))

    @hookimpl
    def register_taggers(self, register: Callable[..., None]) -> None:
        """Offer the tagger."""
        register("decade-tagger", lambda _regulation: self)

    @hookimpl
    def disclosure_changed(self, disclosure: Disclosure) -> None:
        """Remember what begins to close."""
        if disclosure.state.value == "closing":
            self.closing.append(disclosure.id)

    def tag(self, document: Document, text: str) -> TagDecision | None:  # noqa: ARG002 - the contract's argument
        """Call every paper a directive from above, without doubt."""
        return TagDecision(Decision.AUTO, (Tag("11", "superior_docs", 0.99, ("mô phỏng",)),), decided_by="decade")

    def down(self, moment: datetime) -> bool:
        """Tell whether the channel's system does not answer."""
        return any(first <= moment < last for first, last in self.outages)

    def lose(self, key: str, posted: datetime) -> None:
        """Let chance decide whether a notice vanishes or is changed for some days while it should be seen."""
        if self.dice.random() >= 0.12:
            return
        first = posted + timedelta(days=self.dice.uniform(4.5, 16))  # after the first look: it says what should stand
        last = first + timedelta(days=self.dice.uniform(5.5, 9))
        troubled = [*self.outages, *self.asleep]
        margin = timedelta(days=1)
        if not any(first - margin < end and start < last + margin for start, end in troubled):
            self.lost[key] = (first, last, self.dice.choice(("gone", "changed")))


@dataclass(eq=False)
class _Source:
    world: World

    def plain(self, secrecy: str | None) -> bool:
        return secrecy == "Thường"

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:  # noqa: ARG002 - the contract's arguments
        papers, self.world.waiting = self.world.waiting, []
        yield from papers

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        return [AttachmentRef(1, "van-ban.txt", "text/plain", document.remote_id)]

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        return f"Văn bản {attachment.ref}".encode()

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        """Keep nothing: every paper is offered once."""

    def file_dossier(self, filing: Filing) -> Receipt:
        raise NotImplementedError(filing.key)  # no dossier is filed here: nothing is signed

    def find_filed(self, key: str) -> Receipt | None:
        raise NotImplementedError(key)

    def forget_filing(self, key: str) -> None:
        raise NotImplementedError(key)

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument
        return ()


@dataclass(eq=False)
class _Channel:
    world: World
    context: Context
    attended: bool = False
    form: str = "intranet"
    place: str = "Hệ thống thông tin nội bộ"

    def _now(self) -> datetime:
        return (self.world.clock or self.context.clock).now()

    def _answer(self) -> None:
        if self.world.down(self._now()):
            raise OutsideError(what="hệ thống nội bộ không trả lời", code="congkhai-E330")

    def publish(self, notice: Notice) -> Receipt:
        self._answer()
        receipt = Receipt(notice.key, notice.key, self._now(), "/tin")
        self.world.shown[notice.key] = receipt
        self.world.lose(notice.key, receipt.at)
        return receipt

    def instructions(self, key: str) -> str:  # noqa: ARG002 - the contract's argument
        return ""

    def find(self, key: str) -> Receipt | None:
        self._answer()
        return self.world.shown.get(key)

    def probe(self, key: str) -> Probe:
        now = self._now()
        if self.world.down(now):
            self.world.looks.setdefault(key, []).append((now, "unknown"))
            return Probe(now, None, message="không trả lời")
        first, last, how = self.world.lost.get(key, (now, now, ""))
        found = how if first <= now < last else "seen"
        self.world.looks.setdefault(key, []).append((now, found))
        content = sha256(f"{key}{'?' if found == 'changed' else ''}".encode()).hexdigest()
        return Probe(now, found != "gone", "/tin", "" if found == "gone" else content)

    def withdraw(self, key: str) -> None:
        self._answer()
        self.world.withdrawn.setdefault(key, self._now())
        self.world.shown.pop(key, None)

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument
        return ()


@dataclass(eq=False)
class _Person:
    """A role that somebody holds, whose key is not here: nothing is signed in the decade."""

    role: str
    person: str
    attended: bool = True

    @property
    def algorithm(self) -> str:
        raise self._no_key()

    def certificate(self) -> bytes:
        raise self._no_key()

    def chain(self) -> Sequence[bytes]:
        return ()

    def sign(self, octets: bytes) -> bytes:  # noqa: ARG002 - the contract's argument
        raise self._no_key()

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument
        return ()

    def _no_key(self) -> ConfigurationError:
        return ConfigurationError(what="không có khoá trong mô phỏng", where=self.role)
