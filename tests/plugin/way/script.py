"""A plugin in memory that plays the outside: a source, a place to file, a channel and a tagger, all scripted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import Field

from congkhai.plugin.config.settings import Settings
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.interfaces import Context, Known
from congkhai.plugin.records import (
    AttachmentRef,
    CheckResult,
    Decision,
    Direction,
    Disclosure,
    Document,
    Dossier,
    Filing,
    Minutes,
    Notice,
    Outcome,
    Probe,
    Pulled,
    PulledDocument,
    Receipt,
    Tag,
    TagDecision,
)
from congkhai.plugin.tagging.plugin import make

CLAUSES = {
    "workplan": "2", "budget": "3", "personnel": "6", "integrity": "7", "internal_rules": "9", "superior_docs": "11",
}  # fmt: skip


def paper(remote_id: str = "1", subject: str = "Về việc triển khai nhiệm vụ", **fields: Any) -> PulledDocument:
    """Make an incoming paper of 02/7/2026 that no mark forbids to keep; a changed field changes its fingerprint."""
    values: dict[str, Any] = {
        "remote_id": remote_id, "direction": Direction.IN, "type": "Công văn", "number": f"{remote_id}/UBND-VP",
        "issued": date(2026, 7, 2), "arrived": date(2026, 7, 3), "issuer": "UBND tỉnh Lạng Sơn", "subject": subject,
        "secrecy": "Thường", "ref": remote_id, **fields,
    }  # fmt: skip
    values.setdefault("fingerprint", sha256(repr(sorted(values.items(), key=str)).encode()).hexdigest())
    return PulledDocument(**values)


def plan_paper() -> PulledDocument:
    """Make the agency's disclosure plan of 2026, which every disclosure dossier of the year needs."""
    return paper(
        "plan", "Kế hoạch thực hiện công khai thông tin năm 2026", direction=Direction.OUT, type="Kế hoạch",
        number="12/KH-UBND", issuer="UBND xã Mẫu Sơn", issued=date(2026, 1, 12), arrived=None,
    )  # fmt: skip


class NoSettings(Settings):
    """No keys."""


class ChannelSettings(Settings):
    """Keys of ``type = script-channel``."""

    form: str = Field("intranet", description="Hình thức.")
    place: str = Field("Kênh thử", description="Nơi đăng.")


@dataclass(eq=False)
class Source:
    """
    A source that offers everything anew at each pull, and a place where dossiers can be filed.

    Attributes:
        files: names and bytes of the files of a paper, by remote id; an exception instead of bytes is raised.
        told: what `settle` was told: remote id, outcome, reason.
        calls: every call but `plain`, in order.
        spares: offer no paper that is held as it is, as real connectors do.
        fails: raised by the pull once its papers were offered.
        filing, finding, settling: called instead of the plain behaviour when set.
    """

    papers: list[Pulled] = field(default_factory=list)
    files: dict[str, dict[str, bytes | Exception]] = field(default_factory=dict)
    told: list[tuple[str, Outcome, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: Exception | None = None
    spares: bool = False
    filed: dict[str, Receipt] = field(default_factory=dict)
    filings: list[Filing] = field(default_factory=list)
    filing: Callable[[Filing], Receipt] | None = None
    finding: Callable[[str], Receipt | None] | None = None
    settling: Callable[[PulledDocument, Outcome], None] | None = None
    context: Context | None = None

    def offer(self, *papers: Pulled) -> None:
        """Add papers to what is offered; each brings one text file unless it has files already."""
        self.papers += papers
        for one in papers:
            if isinstance(one, PulledDocument):
                self.files.setdefault(one.remote_id, {"van-ban.txt": f"Nội dung văn bản {one.remote_id}".encode()})

    def plain(self, secrecy: str | None) -> bool:
        return secrecy == "Thường"

    def pull(self, cursor: str | None, known: Known) -> Iterator[Pulled]:
        self.calls.append("pull")
        for one in self.papers:
            held = isinstance(one, PulledDocument) and known.fingerprint(one.remote_id) == one.fingerprint
            if not (self.spares and held and not known.lacks_files(one.remote_id)):
                yield one
        if self.fails is not None:
            raise self.fails

    def list_attachments(self, document: PulledDocument) -> Sequence[AttachmentRef]:
        self.calls.append(f"list {document.remote_id}")
        names = enumerate(self.files[document.remote_id], 1)
        return [AttachmentRef(n, name, "text/plain", f"{document.remote_id}#{name}") for n, name in names]

    def open_attachment(self, attachment: AttachmentRef) -> bytes:
        self.calls.append(f"open {attachment.ref}")
        remote_id, _hash, name = attachment.ref.partition("#")
        data = self.files[remote_id][name]
        if isinstance(data, Exception):
            raise data
        return data

    def settle(self, document: PulledDocument, outcome: Outcome, reason: str) -> None:
        if self.settling is not None:
            self.settling(document, outcome)
        self.told.append((document.remote_id, outcome, reason))

    def file_dossier(self, filing: Filing) -> Receipt:
        self.calls.append(f"file {filing.key}")
        self.filings.append(filing)
        if self.filing is not None:
            return self.filing(filing)
        assert self.context is not None
        self.filed[filing.key] = Receipt(filing.key, f"hs-{len(self.filed) + 1}", self.context.clock.now())
        return self.filed[filing.key]

    def forget_filing(self, key: str) -> None:
        self.calls.append(f"forget {key}")

    def find_filed(self, key: str) -> Receipt | None:
        self.calls.append(f"find {key}")
        return self.filed.get(key) if self.finding is None else self.finding(key)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        return ()


@dataclass(eq=False)
class Place:
    """A channel that acts by itself; `publishing`, `withdrawing`, `finding`, `answer` replace its plain behaviour."""

    form: str
    place: str
    context: Context
    attended: bool = False
    calls: list[str] = field(default_factory=list)
    shown: dict[str, Notice] = field(default_factory=dict)
    publishing: Callable[[Notice], Receipt] | None = None
    withdrawing: Callable[[str], None] | None = None
    finding: Callable[[str], Receipt | None] | None = None
    visible: bool | None = True
    digest: str = ""
    answer: Probe | None = None

    def receipt(self, key: str) -> Receipt:
        return Receipt(key, f"tin-{key[:8]}", self.context.clock.now(), "/tin")

    def publish(self, notice: Notice) -> Receipt:
        self.calls.append("publish")
        if self.publishing is not None:
            return self.publishing(notice)
        self.shown[notice.key] = notice
        return self.receipt(notice.key)

    def instructions(self, key: str) -> str:
        return ""

    def find(self, key: str) -> Receipt | None:
        self.calls.append("find")
        if self.finding is not None:
            return self.finding(key)
        return self.receipt(key) if key in self.shown else None

    def probe(self, key: str) -> Probe:
        self.calls.append("probe")
        now = self.context.clock.now()
        return replace(self.answer, at=now) if self.answer else Probe(now, self.visible, "/tin", self.digest, "")

    def withdraw(self, key: str) -> None:
        self.calls.append("withdraw")
        if self.withdrawing is not None:
            self.withdrawing(key)
        self.shown.pop(key, None)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        return ()


@dataclass(eq=False)
class Script:
    """
    The plugin: the outside world outlives the house, so one object serves all its openings.

    Attributes:
        keys: category key that the tagger gives a subject, with its sub-key after a slash; ``None``: no disclosure,
            ``?`` in front: a person must look. A subject that is not named is ``superior_docs`` without doubt, and the
            annual plan is no disclosure.
        events: what the plugin was told, as (hook, subject).
    """

    source: Source = field(default_factory=Source)
    second: Source = field(default_factory=Source)
    place: Place | None = None
    keys: dict[str, str | None] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)

    @hookimpl
    def register_connectors(self, register: Callable[..., None]) -> None:
        def connector(source: Source) -> Callable[[Any, Context], Source]:
            def build(_settings: Any, context: Context) -> Source:
                source.context = context
                return source

            return build

        register("script", NoSettings, connector(self.source))
        register("script-2", NoSettings, connector(self.second))

    @hookimpl
    def register_channels(self, register: Callable[..., None]) -> None:
        def build(settings: ChannelSettings, context: Context) -> Place:
            if self.place is None:
                self.place = Place(settings.form, settings.place, context)
            self.place.context = context
            return self.place

        register("script-channel", ChannelSettings, build)

    @hookimpl
    def register_taggers(self, register: Callable[..., None]) -> None:
        register("script", lambda _regulation: self)
        register("script-rules", make)

    def tag(self, document: Document, text: str) -> TagDecision | None:
        key = (
            None
            if "thực hiện công khai thông tin" in document.subject
            else self.keys.get(document.subject, "superior_docs")
        )
        if key is None:
            return TagDecision(Decision.NONE, decided_by="script")
        doubt = key.startswith("?")
        name = key.lstrip("?") or "superior_docs"
        root, _slash, sub = name.partition("/")
        tag = Tag(CLAUSES[root], root, 0.99, ("kịch bản",), sub or None)
        return TagDecision(Decision.REVIEW if doubt else Decision.AUTO, (tag,), decided_by="script")

    @hookimpl
    def document_received(self, document: Document) -> None:
        self.events.append(("document_received", document.id))

    @hookimpl
    def disclosure_changed(self, disclosure: Disclosure) -> None:
        self.events.append(("disclosure_changed", disclosure.state.value))

    @hookimpl
    def minutes_signed(self, minutes: Minutes, role: str) -> None:
        self.events.append(("minutes_signed", f"{minutes.kind}:{role}"))

    @hookimpl
    def dossier_filed(self, dossier: Dossier) -> None:
        self.events.append(("dossier_filed", dossier.id))
