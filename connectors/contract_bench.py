"""The bench on which a connector keeps its contract, and the house that is played there; see `contract`."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from congkhai.plugin.errors import InputError, OutsideError, PassingError
from congkhai.plugin.interfaces import Connector
from congkhai.plugin.records import AttachmentRef, Filing, Outcome, Pulled, PulledDocument, PulledProblem

PATIENCE = 12
"""Pulls after which a source whose faults have ended must have delivered everything."""


def must(held: object, sentence: str) -> None:
    """Fail the test with the sentence of the contract that does not hold."""
    if not held:
        raise AssertionError(sentence)


def _nothing() -> None:
    return None


def _none_of(_remote_ids: Collection[str]) -> None:
    return None


def _always(_remote_id: str) -> bool:
    return True


@dataclass(slots=True)
class ConnectorBench:
    """
    A simulated system with a connector to it.

    Attributes:
        make: returns a new connector over the same system and the same folder, as after a restart; its waits are short.
        folder: the connector's own folder (`Context.folder`).
        kept: remote ids that the house must come to hold.
        refused: remote ids of papers that the secrecy gate must refuse; at least one where the system can show any.
        subjects: words of the papers that may stand nowhere under `folder` after a pull.
        faults: what can be planted, by name: each call makes the system misbehave for a while.
        heal: ends every planted fault.
        again: puts every paper there anew, where what was taken in has been moved away.
        later: lets time pass until the connector looks at everything again, where it does so from time to time.
        calls: how many calls have reached the system so far.
        fetched: how many files have been asked for so far; always 0 where files travel inside the document.
        tripwires: how many forbidden calls have reached the system.
        there: tells whether a paper is still where its sender put it.
        filing: a dossier to file, or None where nothing can be filed.
        lose_reply: makes the system act on the next filing and break the connection instead of answering.
        filed: keys of the filings that the system holds, as often as it holds them.
        vanish: makes the system take papers back without a word, by remote id; None where it cannot be asked
            (`congkhai.plugin.interfaces.Searching`).
        deny: takes the right to these papers from our account.
    """

    make: Callable[[], Connector]
    folder: Path
    kept: frozenset[str]
    refused: frozenset[str] = frozenset()
    subjects: tuple[str, ...] = ()
    faults: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    heal: Callable[[], None] = _nothing
    again: Callable[[], None] = _nothing
    later: Callable[[], None] = _nothing
    calls: Callable[[], int] = int
    fetched: Callable[[], int] = int
    tripwires: Callable[[], int] = int
    there: Callable[[str], bool] = _always
    filing: Filing | None = None
    lose_reply: Callable[[], None] | None = None
    filed: Callable[[], list[str]] = list
    vanish: Callable[[Collection[str]], None] | None = None
    deny: Callable[[Collection[str]], None] = _none_of


@dataclass(slots=True)
class Intake:
    """
    What the house does with offers, and what it remembers; a `Known`.

    Attributes:
        held: fingerprint and file digests of the newest version, by remote id.
        taken: remote id and fingerprint of everything that was taken in, in order.
    """

    held: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refusals: set[str] = field(default_factory=set)
    taken: list[tuple[str, str]] = field(default_factory=list)
    problems: list[PulledProblem] = field(default_factory=list)
    cursor: str | None = None
    whole: bool = True

    def fingerprint(self, remote_id: str) -> str | None:
        """Return the fingerprint of the newest held version, or None."""
        return self.held.get(remote_id)

    def lacks_files(self, remote_id: str) -> bool:  # noqa: ARG002 - nothing is held
        """Return False."""
        return False

    def refused(self, remote_id: str) -> bool:
        """Tell whether the paper was refused before."""
        return remote_id in self.refusals

    def ticket(self, remote_id: str) -> str:
        """Return an opaque id."""
        return hashlib.sha256(f"ticket {remote_id}".encode()).hexdigest()

    def refused_ticket(self, ticket: str) -> bool:
        """Tell whether the paper behind an opaque id was refused."""
        return ticket in {self.ticket(one) for one in self.refusals}

    def pull(self, connector: Connector, most: int | None = None) -> list[PulledDocument]:
        """
        Pull once, as the house does.

        Args:
            most: stop as if killed after this many items; None goes to the end.

        Returns:
            The documents that were offered.

        Raises:
            CongkhaiError: as the connector.
        """
        offered = list[PulledDocument]()
        self.whole = True
        for number, item in enumerate(connector.pull(self.cursor, self), start=1):
            if isinstance(item, PulledDocument):
                offered.append(item)
            self.take(connector, item)
            if number == most:
                break
        return offered

    def take(self, connector: Connector, item: Pulled) -> None:
        """Do with one item what the house does: a mark counts only while no paper of this run waits for a file."""
        if isinstance(item, PulledDocument):
            self.whole &= self._received(connector, item)
        elif isinstance(item, PulledProblem):
            self.problems.append(item)
        elif self.whole:
            self.cursor = item.value

    def patiently(self, bench: ConnectorBench) -> None:
        """Pull until everything is held, time passing in between; the fault that one pull meets costs another pull."""
        for _turn in range(PATIENCE):
            try:
                self.pull(bench.make())
            except OutsideError:
                continue
            if set(self.held) == set(bench.kept):
                return
            bench.later()

    def _received(self, connector: Connector, item: PulledDocument) -> bool:
        if not connector.plain(item.secrecy):
            self.refusals.add(item.remote_id)
            connector.settle(item, Outcome.REFUSED, "secrecy-field")
            return True
        digests = []
        for ref in connector.list_attachments(item):
            try:
                digests.append(self._digest(connector, ref))
            except PassingError:
                return False
            except InputError as error:
                digests.append(f"!{error.code}")
        same = self.held.get(item.remote_id) == item.fingerprint
        if not same:
            self.held[item.remote_id], self.files[item.remote_id] = item.fingerprint, tuple(digests)
            self.taken.append((item.remote_id, item.fingerprint))
        connector.settle(item, Outcome.DUPLICATE if same else Outcome.ACCEPTED, "same-paper-again" if same else "new")
        return True

    @staticmethod
    def _digest(connector: Connector, ref: AttachmentRef) -> str:
        content = connector.open_attachment(ref)
        must(isinstance(content, bytes), "open_attachment MUST return the whole file as bytes")
        return hashlib.sha256(content).hexdigest()
