"""What is due, overdue, waiting or stuck, each with its next step."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .clock import ZONE
from .disclosures import STOPPED
from .house import House
from .publish import act_of
from .records import Disclosure, DisclosureState, Posting, PostingState
from .store import read, work
from .store import tables as t
from .text import _

_OPEN = (
    DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE, DisclosureState.POSTED,
    DisclosureState.CLOSING, DisclosureState.CLOSED,
)  # fmt: skip


def status(house: House) -> dict[str, Any]:
    """
    Return the work list.

    Returns:
        ``due``, ``overdue``, ``waiting``, ``stuck`` (lists of records with id, title and next step in Vietnamese) and
        ``oldest_due_seconds``: the age of the oldest work that is due and not done, real time.
    """
    now = house.clock.now()
    result: dict[str, Any] = {"due": [], "overdue": [], "waiting": [], "stuck": []}
    with house.store.read() as connection:
        for matter in read.disclosures(connection, house.agency, *_OPEN):
            if matter.state in (DisclosureState.REVIEW, DisclosureState.DUE):
                late = matter.publish_by <= now
                result["overdue" if late else "due"].append(_publish(matter))
            result["waiting"] += _waiting(house, connection, matter)
        for matter in read.disclosures(connection, house.agency, *STOPPED):
            result["waiting"] += [_take_down(matter, posting) for posting in _left_up(house, matter)]
        result["stuck"] = _stuck(connection, house)
        oldest = connection.scalar(sa.select(sa.func.min(t.job.c.run_at)).where(t.job.c.state == "ready"))
        result["oldest_due_seconds"] = max(0, int(work.database_now(connection) - oldest)) if oldest else 0
    return result


def _when(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()


def _publish(matter: Disclosure) -> dict[str, str]:
    step = (
        _("Văn thư xác nhận nội dung công khai.")
        if matter.state is DisclosureState.REVIEW
        else _("Công khai qua các kênh còn lại.")
    )
    return {
        "id": matter.id, "title": matter.title, "category": matter.category, "publish_by": _when(matter.publish_by),
        "next": step, "note": matter.note,
    }  # fmt: skip


def _waiting(house: House, connection: sa.Connection, matter: Disclosure) -> list[dict[str, str]]:
    base = {"id": matter.id, "title": matter.title}
    found: list[dict[str, str]] = []
    for posting in matter.postings:
        if posting.state is PostingState.WAITING:
            channel = house.channels.get(posting.channel)
            step = channel.instructions(act_of(house, posting, "publish").key) if channel else ""
            found.append({**base, "what": "posting", "subject": posting.id, "next": step})
        elif posting.state is PostingState.UNSURE:
            step = _("Kiểm tra trên {place} xem đã đăng chưa rồi xác nhận.").format(place=posting.place)
            found.append({**base, "what": "unsure", "subject": posting.id, "next": step})
    if matter.state is DisclosureState.CLOSING:
        found += [_take_down(matter, posting) for posting in _left_up(house, matter)]
    for kind in ("posting", "closing", "report"):
        paper = read.minutes(connection, matter.id, kind)
        for role in paper.missing if paper else ():
            step = _("{who} ký {paper}.").format(who=_who(house, role), paper=_paper(kind))
            found.append(
                {**base, "what": "signature", "subject": paper.id if paper else "", "role": role, "next": step}
            )
    dossier = read.dossier(connection, matter.id)
    if dossier is not None and not dossier.complete:
        lacking = "; ".join(finding.message for finding in dossier.findings if finding.severity == "error")
        found.append({**base, "what": "dossier", "subject": dossier.id, "next": lacking})
    return found


def _decide(key: str) -> str:
    return _("Kiểm tra ở nơi nhận xem đã có chưa, rồi chạy congkhai work decide {key}.").format(key=key)


def _who(house: House, role: str) -> str:
    """Name the person and the title of a role, as far as ini and regulation say them."""
    person = next((signer.person for signer in house.signers.values() if signer.role == role), role)
    title = next((rule.title for rule in house.regulation.signers if rule.role == role), "")
    return f"{person} ({title})" if title else person


def _paper(kind: str) -> str:
    names = {"posting": _("biên bản niêm yết"), "closing": _("biên bản kết thúc"), "report": _("báo cáo kết quả")}
    return names.get(kind, kind)


def _left_up(house: House, matter: Disclosure) -> list[Posting]:
    """Return the postings that a person must take down now."""
    return [
        posting
        for posting in matter.postings
        if posting.state is PostingState.UP
        and (posting.required_days or matter.state in STOPPED)
        and (posting.channel not in house.channels or house.channels[posting.channel].attended)
    ]


def _take_down(matter: Disclosure, posting: Posting) -> dict[str, str]:
    step = _("Gỡ khỏi {place} rồi xác nhận.").format(place=posting.place)
    return {"id": matter.id, "title": matter.title, "what": "take-down", "subject": posting.id, "next": step}


def _stuck(connection: sa.Connection, house: House) -> list[dict[str, str]]:
    found = [
        {"id": row.key, "what": row.kind, "next": row.last_error or ""}
        for row in connection.execute(sa.select(t.job).where(t.job.c.state == "dead").order_by(t.job.c.id))
    ]
    for row in connection.execute(sa.select(t.source).where(t.source.c.failing_since.is_not(None))):
        since = _("Không lấy được văn bản từ {when}: {error}").format(when=_when(row.failing_since), error=row.error)
        found.append({"id": row.name, "what": "source-paused" if row.paused else "source", "next": since})
    found += [
        {"id": row.ref, "what": row.code, "next": f"{row.message} {row.advice}".strip()}
        for row in connection.execute(sa.select(t.problem).where(t.problem.c.agency == house.agency))
    ]
    found += [
        {"id": row.key, "what": f"unsure-{row.act}", "next": f"{row.error} {_decide(row.key)}"}
        for row in connection.execute(sa.select(t.outbox).where(t.outbox.c.state == "unsure"))
    ]
    faults = sa.select(t.fault).where(t.fault.c.agency == house.agency, t.fault.c.settled.is_(False))
    found += [
        {"id": f"fault:{row.id}", "what": row.place, "next": f"{row.subject}: {row.error} {row.advice}".strip()}
        for row in connection.execute(faults.order_by(t.fault.c.id))
    ]
    found += [{"id": one.plugin, "what": "plugin", "next": one.error} for one in house.host.problems]
    return found
