"""
The guard before a public channel: what would leave is examined, and what looks like personal data stops the posting.

Examined are the fields of the papers, the names of their files and the text of their first pages. Nothing of it is
kept: the journal holds kinds, counts and a digest, and the findings are worked out anew whenever a person asks for
them. A person may overrule a finding, with a reason; never for a declaration of assets and income, which may not go to
a public channel whatever anybody says. An internal channel is not examined.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from .errors import NotAllowedError
from .firstpage import first_text
from .house import House
from .interfaces import Channel
from .planning import NEVER_PUBLIC, PUBLIC, audience_of, keys_of
from .privacy import PersonalFact, kind_words, personal_facts, redacted
from .records import Attachment, Disclosure, DisclosureState, Document, Posting, PostingState
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step

HELD = "privacy"
"""`Posting.mode` of a posting that waits because of a finding."""
_OVERRULED = "overruled:"
"""Beginning of `Posting.mode` where a person overruled the findings; the digest of what was examined follows."""
_AROUND = 60
"""Characters of the line that are shown before and after a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One passage that a person must look at.

    Attributes:
        where: which part, in words: ``trích yếu``, ``tên tệp``, ``trang đầu của tệp …``.
        line: number of the line in that part, from 1; 0 when the part has no text that could be read.
        column: place of its first character in the line, from 1.
        kind: as `PersonalFact.kind`, or ``unreadable``.
        proposal: the passage with its surroundings, personal data covered.
        sensitive: True for what the law calls sensitive.
    """

    where: str
    line: int
    column: int
    kind: str
    proposal: str
    sensitive: bool

    @property
    def words(self) -> str:
        """The kind, for people."""
        return _("không đọc được chữ") if self.kind == "unreadable" else kind_words(self.kind)


@dataclass(frozen=True, slots=True)
class Report:
    """
    What was found in a matter that is to leave.

    Attributes:
        never: True when nobody may let it out.
        digest: SHA-256 of everything that was examined; an overruling holds for this and nothing else.
    """

    findings: tuple[Finding, ...]
    never: bool
    digest: str

    @property
    def clean(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.findings and not self.never


@dataclass(frozen=True, slots=True)
class Held:
    """A posting on a public channel with what speaks against it."""

    posting: Posting
    matter: Disclosure
    report: Report


def examine(house: House, matter: Disclosure) -> Report:
    """
    Look through everything of a matter that a public channel would show.

    Raises:
        StoreError: a kept file cannot be read; then nothing may leave.
    """
    digest = hashlib.sha256()
    findings: list[Finding] = []
    with house.store.read() as connection:
        keys = keys_of(connection, matter)
        papers = [read.document(connection, id_) for id_ in matter.documents]
    own = house.configuration.publication.contacts
    for where, text in _parts(house, matter, papers):
        composed = unicodedata.normalize("NFC", text)
        digest.update(f"{where}\x1f{composed}\x1e".encode())
        if composed.strip():
            facts = personal_facts(composed, own)
            findings += [_finding(where, composed, fact, facts) for fact in facts]
        else:
            findings.append(Finding(where, 0, 0, "unreadable", "", sensitive=False))
    never = any(key in NEVER_PUBLIC for key in (matter.key, *keys))
    return Report(tuple(findings), never, digest.hexdigest())


def _parts(house: House, matter: Disclosure, papers: list[Document]) -> Iterator[tuple[str, str]]:
    yield _("tiêu đề"), matter.title
    for paper in papers:
        for where, text in ((_("trích yếu"), paper.subject), (_("cơ quan ban hành"), paper.issuer)):
            if text.strip() and text != matter.title:
                yield where, text
        for file in paper.attachments:
            if not file.problem:
                yield _("tên tệp"), file.name
                yield _("trang đầu của tệp {name}").format(name=file.name), _first_page(house, file)


def _first_page(house: House, file: Attachment) -> str:
    return first_text(house.store.vault.read(file.sha256), file.media_type)


def _finding(where: str, text: str, fact: PersonalFact, facts: tuple[PersonalFact, ...]) -> Finding:
    begins = text.rfind("\n", 0, fact.start) + 1
    ends = text.find("\n", fact.end)
    ends = len(text) if ends < 0 else ends
    first, last = max(begins, fact.start - _AROUND), min(ends, fact.end + _AROUND)
    proposal = redacted(text, facts)[first:last].strip()
    line = text.count("\n", 0, fact.start) + 1
    return Finding(where, line, fact.start - begins + 1, fact.kind, proposal, fact.sensitive)


def stops(house: House, matter: Disclosure, posting: Posting, channel: Channel) -> Report | None:
    """
    Return what keeps a posting from leaving, or None when it may leave.

    Returns:
        None for an internal channel, where nothing was found, and where a person has overruled exactly these findings.
    """
    if audience_of(channel) != PUBLIC:
        return None
    report = examine(house, matter)
    overruled = posting.mode == f"{_OVERRULED}{report.digest}" and not report.never
    return None if report.clean or overruled else report


def is_overruled(house: House, matter: Disclosure) -> bool:
    """Tell whether a person has let out exactly what the papers of a matter show now."""
    modes = {posting.mode for posting in matter.postings if posting.mode.startswith(_OVERRULED)}
    if not modes:
        return False
    report = examine(house, matter)
    return not report.never and f"{_OVERRULED}{report.digest}" in modes


def is_clean_file(house: House, file: Attachment) -> bool:
    """Tell whether nothing speaks against a file: its name and its first pages were read and name no personal data."""
    own = house.configuration.publication.contacts
    if file.problem or personal_facts(file.name, own):
        return False
    text = _first_page(house, file)
    return bool(text.strip()) and not personal_facts(text, own)


def holds(step: Step, matter: Disclosure, posting: Posting, channel: Channel) -> bool:
    """
    Stop a posting that must not leave by itself: it then waits for a person, and the work is done.

    A posting whose publication is undecided has passed here before and is left to the outbox.

    Returns:
        True when it was stopped; the step is then finished.
    """
    report = stops(step.house, matter, posting, channel) if posting.state is PostingState.PLANNED else None
    if report is None:
        return False
    with step.commit() as tx:
        _set(tx, posting.id, state=PostingState.WAITING.value, mode=HELD)
        kinds = dict(sorted(Counter(finding.kind for finding in report.findings).items()))
        tx.journal("posting.held", posting.id, kinds=kinds, never=report.never, examined=report.digest)
    return True


def require_passed(house: House, matter: Disclosure, posting: Posting, channel: Channel) -> None:
    """
    Let a notice that goes up anew (after a pause, with corrected papers) pass only where nothing stops it.

    Raises:
        NotAllowedError: something was found (E523).
    """
    if stops(house, matter, posting, channel) is not None:
        raise NotAllowedError(
            _("Có thể có dữ liệu cá nhân trong nội dung sắp đăng lại; chưa đăng."), where=posting.id,
            advice=_("Xem bằng congkhai privacy list, quyết định bằng privacy release, rồi chạy lại việc này."),
            code="congkhai-E523",
        )  # fmt: skip


def refuse_never_public(house: House, connection: sa.Connection, matter: Disclosure, posting: Posting) -> None:
    """
    Refuse that a person confirms a posting of what may never be public on a public channel.

    Raises:
        NotAllowedError: it is such a matter and such a channel (E520).
    """
    channel = house.channels.get(posting.channel)
    public = channel is not None and audience_of(channel) == PUBLIC
    if public and any(key in NEVER_PUBLIC for key in (matter.key, *keys_of(connection, matter))):
        raise _never(posting)


def held(house: House) -> list[Held]:
    """Return the postings of due matters on public channels that something speaks against, attended ones included."""
    with house.store.read() as connection:
        matters = list(read.disclosures(connection, house.agency, DisclosureState.DUE, DisclosureState.POSTED))
    found = []
    for matter in matters:
        waiting = [posting for posting in matter.postings if _concerns(house, posting)]
        report = examine(house, matter) if waiting else None
        if report is None or report.clean:
            continue
        mode = f"{_OVERRULED}{report.digest}"
        found += [Held(posting, matter, report) for posting in waiting if report.never or posting.mode != mode]
    return found


def _concerns(house: House, posting: Posting) -> bool:
    channel = house.channels.get(posting.channel)
    return channel is not None and audience_of(channel) == PUBLIC and posting.state is not PostingState.DOWN


def overrule(house: House, posting: str, by: str, reason: str) -> Report:
    """
    Let a person send a posting out in spite of what was found; it holds for exactly what was examined.

    Args:
        reason: why it may be public; kept beside the journal, which holds its digest.

    Returns:
        What was overruled.

    Raises:
        NotAllowedError: it may never be public (E520), nothing speaks against it (E521), or no reason was given (E522).
    """
    if not reason.strip():
        raise NotAllowedError(
            _("Cần nêu lý do khi cho công khai nội dung có thể chứa dữ liệu cá nhân."), where=posting,
            advice=_("Ghi căn cứ: ai đồng ý, điều khoản nào cho phép."), code="congkhai-E522",
        )  # fmt: skip
    one = next((one for one in held(house) if one.posting.id == posting), None)
    if one is None:
        raise NotAllowedError(
            _("Không có dữ liệu cá nhân nào đang giữ lần công khai này."), where=posting,
            advice=_("Xem danh sách bằng congkhai privacy list."), code="congkhai-E521",
        )  # fmt: skip
    if one.report.never:
        raise _never(one.posting)
    with house.store.write(house.agency, by) as tx:
        present = read.posting(tx.connection, posting)
        mode = f"{_OVERRULED}{one.report.digest}"
        tx.journal(
            "posting.overruled", posting, examined=one.report.digest, findings=len(one.report.findings),
            reason=tx.remark(posting, reason),
        )  # fmt: skip
        channel = house.channels[present.channel]
        if present.state is PostingState.WAITING and not channel.attended:  # whoever overrules also lets it go
            _set(tx, posting, state=PostingState.PLANNED.value, mode=mode)
            tx.enqueue("publish", f"{posting}:overruled:{one.report.digest[:16]}", posting=posting)
        else:
            _set(tx, posting, mode=mode)
    return one.report


def _never(posting: Posting) -> NotAllowedError:
    return NotAllowedError(
        _("Bản kê khai tài sản, thu nhập không được đưa ra kênh công cộng."), where=posting.id,
        advice=_("Niêm yết tại trụ sở hoặc công bố tại cuộc họp theo quy định về kiểm soát tài sản, thu nhập."),
        code="congkhai-E520",
    )  # fmt: skip


def _set(tx: Transaction, posting: str, **values: object) -> None:
    tx.connection.execute(sa.update(t.posting).where(t.posting.c.id == posting).values(**values))
