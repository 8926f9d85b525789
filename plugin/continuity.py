"""Continuity of a posting: what each look found, the gaps it opens and ends, and what a person makes of them."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from .disclosures import note
from .errors import NotAllowedError
from .house import House
from .periods import gap_cost, recount
from .records import Break, Disclosure, DisclosureState, Evidence, Look, Posting, PostingState, Probe
from .store import Transaction, read
from .store import tables as t
from .text import _

CONCLUSIVE = frozenset({"seen", "gone", "changed"})
_GAPS = {"gone": "gap", "changed": "change"}
LATE = timedelta(hours=1)
"""A planned look that comes later than this was missed; what is seen then is a look of its own."""


def add_evidence(tx: Transaction, posting: str, proof: Evidence) -> None:
    """Keep a proof with its posting, and its digest in the journal."""
    tx.connection.execute(
        sa.insert(t.evidence).values(
            posting=posting, kind=proof.kind, at=proof.at, by=proof.by, address=proof.address, sha256=proof.sha256,
            note=proof.note,
        )
    )  # fmt: skip
    tx.journal("evidence.added", posting, kind=proof.kind, sha256=proof.sha256)


def open_break(breaks: tuple[Break, ...], *kinds: str) -> Break | None:
    """Return the interruption of one of these kinds (any when none is named) that still lasts, or None."""
    return next((one for one in breaks if one.ended is None and (not kinds or one.kind in kinds)), None)


def judge(seen: Probe, looks: tuple[Look, ...], since: datetime) -> str:
    """
    Say what a probe found: ``seen``, ``gone``, ``changed`` or ``unknown``.

    Args:
        looks: earlier ones; the first conclusive content since `since` is what should be there.
    """
    if seen.visible is None:
        return "unknown"
    if not seen.visible:
        return "gone"
    stood = next((one.sha256 for one in looks if one.result == "seen" and one.sha256 and one.at >= since), "")
    return "changed" if seen.sha256 and stood and seen.sha256 != stood else "seen"


def content_since(posting: Posting, breaks: tuple[Break, ...]) -> datetime:
    """Return since when the present content stands: its posting, or the last pause, correction or accepted change."""
    ends = [one.ended for one in breaks if one.ended is not None and one.kind != "gap"]
    return max([moment for moment in (posting.posted_from, *ends) if moment is not None])


def record_look(
    tx: Transaction, house: House, posting: Posting, seen: Probe, *, planned: datetime | None, by: str
) -> str:
    """
    Keep one look at a posting; a gap or other content opens an interruption, its return ends it.

    What a place could not tell is kept as ``unknown`` and proves nothing in either direction.

    Returns:
        The result, as `judge` says it.
    """
    looks, breaks = read.looks(tx.connection, posting.id), read.breaks(tx.connection, posting.id)
    result = judge(seen, looks, content_since(posting, breaks))
    _keep(tx, posting.id, result, seen, planned, by)
    last = next((one for one in reversed(looks) if one.result in CONCLUSIVE), None)
    if result not in CONCLUSIVE:
        return result
    if last is None or last.result != result:
        words = {"seen": _("còn hiển thị"), "gone": _("không còn hiển thị"), "changed": _("nội dung đã khác")}
        add_evidence(
            tx, posting.id, Evidence("probe", seen.at, by, seen.address, seen.sha256, words[result])
        )  # fmt: skip
    if open_break(breaks, "pause", "correction") is not None:
        return result
    lasting = open_break(breaks, "gap", "change")
    if result == "seen":
        if lasting is not None:
            end_break(tx, house, posting, lasting, seen.at)
    elif lasting is None:
        surely = [one.at for one in looks if one.result == "seen"]
        _open_gap(tx, house, posting, result, seen, max([content_since(posting, breaks), *surely]))
    return result


def _keep(tx: Transaction, posting: str, result: str, seen: Probe, planned: datetime | None, by: str) -> None:
    tx.connection.execute(
        sa.insert(t.probe).values(
            posting=posting, planned=planned, at=seen.at, by=by, result=result, address=seen.address,
            sha256=seen.sha256, message=seen.message, status=seen.status, certificate_sha256=seen.certificate_sha256,
            certificate_until=seen.certificate_until, latency_ms=seen.latency_ms,
        )
    )  # fmt: skip
    tx.journal(
        "posting.looked", posting, result=result, sha256=seen.sha256, status=seen.status,
        certificate=seen.certificate_sha256, planned=planned,
    )  # fmt: skip


def record_missed(tx: Transaction, posting: str, moments: list[datetime]) -> None:
    """Keep the looks that nobody took because we were down: they say neither that it stood nor that it did not."""
    words = _("congkhai không chạy vào lúc này")
    for moment in moments:
        tx.connection.execute(
            sa.insert(t.probe).values(
                posting=posting, planned=moment, at=moment, by="congkhai", result="missed", address="", sha256="",
                message=words, certificate_sha256="",
            )
        )  # fmt: skip
    if moments:
        tx.journal("posting.not-looked", posting, first=moments[0], last=moments[-1], count=len(moments))


def begin_break(
    tx: Transaction, posting: str, kind: str, started: datetime, seen_before: datetime, effect: str, reason: str
) -> None:
    """Open an interruption, in the name of who acts in this transaction."""
    tx.connection.execute(
        sa.insert(t.interruption).values(
            posting=posting, kind=kind, started=started, seen_before=seen_before, ended=None, effect=effect,
            reason=reason, by=tx.actor,
        )
    )  # fmt: skip
    tx.journal("interruption.began", posting, kind=kind, since=seen_before, effect=effect,
               reason=tx.remark(posting, reason))  # fmt: skip


def _open_gap(
    tx: Transaction, house: House, posting: Posting, result: str, seen: Probe, seen_before: datetime
) -> None:  # fmt: skip
    gone = result == "gone"
    text = (
        _("Không còn thấy nội dung trên {place}: kiểm tra và đăng lại.")
        if gone
        else _("Nội dung trên {place} đã khác: kiểm tra, khôi phục hoặc ghi nhận.")
    ).format(place=posting.place)
    begin_break(tx, posting.id, _GAPS[result], seen.at, seen_before, gap_cost(house), text)
    note(tx, read.disclosure(tx.connection, posting.disclosure), text)
    tx.record_fault(
        "probe", posting.id, f"{text} {seen.message}".strip(),
        _("Khôi phục tại {place}; congkhai tự nhận ra khi có lại.").format(place=posting.place),
    )  # fmt: skip
    recount(tx, house, posting.id, _GAPS[result])


def end_break(tx: Transaction, house: House, posting: Posting, lasting: Break, moment: datetime) -> None:
    """End an interruption at the moment at which the right content was there again, and count anew."""
    tx.connection.execute(
        sa.update(t.interruption).where(t.interruption.c.id == lasting.id).values(ended=max(moment, lasting.started))
    )
    tx.journal("interruption.ended", posting.id, kind=lasting.kind, at=moment, effect=lasting.effect)
    recount(tx, house, posting.id, lasting.kind)


def require_up(tx: Transaction, posting: str) -> tuple[Posting, Disclosure]:
    """Return a posting that is up and whose matter is public, with the matter. Raises NotAllowedError."""
    present = read.posting(tx.connection, posting)
    matter = read.disclosure(tx.connection, present.disclosure)
    public = matter.state in (DisclosureState.DUE, DisclosureState.POSTED, DisclosureState.FILED)
    if present.state is not PostingState.UP or not public:
        raise NotAllowedError(
            what=_("Nội dung này không đang được công khai ở đây."), where=posting, code="congkhai-E502",
            advice=_("Xem trạng thái bằng congkhai disclosure show {id}.").format(id=present.disclosure),
        )  # fmt: skip
    return present, matter


def require_reason(reason: str, where: str) -> str:
    """Return the reason, trimmed. Raises NotAllowedError when there is none: the journal must say why."""
    if not reason.strip():
        raise NotAllowedError(
            what=_("Việc này phải có lý do."), where=where, code="congkhai-E503", advice=_("Ghi lý do bằng --reason.")
        )
    return reason.strip()


def confirm_seen(
    house: House, posting: str, by: str, *, at: datetime, visible: bool, photo: bytes = b"", remark: str = ""
) -> str:
    """
    Let a person say that they looked at a posting: it stands there, or it does not.

    Args:
        at: when they looked; not ahead, not before it was posted or before their last look.
        photo: image bytes, kept in the vault and as evidence.

    Returns:
        What it counts as: ``seen`` or ``gone``.

    Raises:
        NotAllowedError: it is not up, or the moment is impossible.
    """
    sha256 = house.store.vault.put(photo)[0] if photo else ""
    with house.store.write(house.agency, by) as tx:
        present, _matter = require_up(tx, posting)
        looks = [one.at for one in read.looks(tx.connection, posting) if one.result in CONCLUSIVE]
        if present.posted_from is None or not max([present.posted_from, *looks]) <= at <= tx.now:
            raise NotAllowedError(
                what=_("Thời điểm xem phải sau lúc niêm yết, sau lần xem trước và không ở tương lai."), where=posting,
                code="congkhai-E504", advice=_("Ghi đúng thời điểm đã xem."),
            )  # fmt: skip
        if photo:
            add_evidence(tx, posting, Evidence("photo", at, by, "", sha256, remark))
        # A photo differs every time: it proves the look and is no digest of the content.
        return record_look(tx, house, present, Probe(at, visible, message=remark), planned=None, by=by)


def decide_break(house: House, interruption: int, by: str, *, effect: str, reason: str, accept: bool = False) -> None:
    """
    Let a person decide what a gap costs: "liên tục" is a reading, and they know what happened.

    Args:
        effect: ``note``, ``extend`` or ``restart``.
        reason: why; kept beside the journal.
        accept: what stands there now is right (an edit that does not matter): the interruption ends now.

    Raises:
        NotAllowedError: no such gap, the posting is not public any more, or no reason.
    """
    reason = require_reason(reason, str(interruption))
    with house.store.write(house.agency, by) as tx:
        query = sa.select(t.interruption.c.posting).where(
            t.interruption.c.id == interruption, t.interruption.c.kind.in_(("gap", "change"))
        )
        posting = tx.connection.scalar(query)
        if posting is None or effect not in ("note", "extend", "restart"):
            raise NotAllowedError(
                what=_("Không có lần gián đoạn nào mang số này để quyết định như vậy."), where=str(interruption),
                code="congkhai-E505", advice=_("Xem số của lần gián đoạn bằng congkhai disclosure show."),
            )  # fmt: skip
        present, _matter = require_up(tx, posting)
        tx.connection.execute(
            sa.update(t.interruption).where(t.interruption.c.id == interruption).values(effect=effect)
        )
        tx.journal("interruption.decided", posting, number=interruption, effect=effect, accept=accept,
                   reason=tx.remark(posting, reason))  # fmt: skip
        lasting = next(one for one in read.breaks(tx.connection, posting) if one.id == interruption)
        if accept and lasting.kind == "change" and lasting.ended is None:
            end_break(tx, house, present, lasting, tx.now)
        else:
            recount(tx, house, posting, lasting.kind)
