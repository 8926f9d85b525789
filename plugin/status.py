"""What is due, overdue, waiting or stuck, each with its next step."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .clock import ZONE
from .clock_guard import clock_hold
from .disclosures import STOPPED
from .duties import Duty, read_duties
from .feedback_status import feedback_stuck, feedback_waiting
from .guards import must_end
from .house import House
from .interfaces import Guarded
from .kinds_status import dossier_waiting
from .life_status import is_held, life_waiting, supply_waiting
from .orders import why_not_yet
from .orphans import orphans_waiting
from .papers_status import papers_waiting
from .privacy_guard import HELD as PRIVACY_HELD
from .probing import act_of
from .records import Disclosure, DisclosureState, Guard, Posting, PostingState
from .stamp_status import stamp_waiting
from .store import read, work
from .store import tables as t
from .text import _
from .vanished import vanished_waiting

_OPEN = (
    DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE, DisclosureState.POSTED,
    DisclosureState.CLOSING, DisclosureState.CLOSED,
)  # fmt: skip


def status(house: House) -> dict[str, Any]:
    """
    Return the work list.

    Returns:
        ``due``, ``overdue``, ``waiting``, ``stuck``, ``duties`` (lists of records with id, title and next step in
        Vietnamese) and ``oldest_due_seconds``: the age of the oldest work that is due and not done, real time.
    """
    now = house.clock.now()
    result: dict[str, Any] = {"due": [], "overdue": [], "waiting": [], "stuck": []}
    with house.store.read() as connection:
        for matter in read.disclosures(connection, house.agency, *_OPEN):
            if matter.state in (DisclosureState.REVIEW, DisclosureState.DUE):
                late = matter.publish_by <= now
                result["overdue" if late else "due"].append(_publish(matter))
            result["waiting"] += _waiting(house, connection, matter)
        for matter in read.disclosures(connection, house.agency, DisclosureState.FILED):
            result["waiting"] += life_waiting(house, connection, matter)
        result["waiting"] += supply_waiting(house, connection)
        for matter in read.disclosures(connection, house.agency, *STOPPED):
            result["waiting"] += [_take_down(matter, posting) for posting in left_up(house, matter)]
        result["waiting"] += feedback_waiting(house, connection)
        result["waiting"] += stamp_waiting(house, connection)
        result["waiting"] += dossier_waiting(house, connection)
        result["waiting"] += papers_waiting(house, connection)
        result["waiting"] += orphans_waiting(connection)
        result["waiting"] += vanished_waiting(house, connection)
        result["stuck"] = stuck_work(connection, house) + feedback_stuck(house, connection)
        result["duties"] = [_duty(duty, now) for duty in read_duties(connection, house.agency, "open")]
        oldest = connection.scalar(sa.select(sa.func.min(t.job.c.run_at)).where(t.job.c.state == "ready"))
        result["oldest_due_seconds"] = max(0, int(work.database_now(connection) - oldest)) if oldest else 0
    return result


def _duty(duty: Duty, now: datetime) -> dict[str, str]:
    step = _("Thực hiện rồi ghi nhận bằng congkhai duties done {id}.").format(id=duty.id)
    late = "overdue" if duty.is_late(now) else "assumed" if duty.assumed else "due"
    return {
        "id": duty.id, "title": duty.title, "what": duty.kind, "state": late, "due": _when(duty.late_from),
        "source": duty.source, "next": step, "note": duty.note,
    }  # fmt: skip


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
        if posting.state is PostingState.WAITING and not is_held(posting):
            channel = house.channels.get(posting.channel)
            step = channel.instructions(act_of(house, posting, "publish").key) if channel else ""
            if posting.mode == PRIVACY_HELD:
                step = _("Có thể có dữ liệu cá nhân: xem bằng congkhai privacy list rồi quyết định.")
            found.append({**base, "what": "posting", "subject": posting.id, "next": step})
        elif posting.state is PostingState.UNSURE:
            step = _("Kiểm tra trên {place} xem đã đăng chưa rồi xác nhận.").format(place=posting.place)
            found.append({**base, "what": "unsure", "subject": posting.id, "next": step})
    found += life_waiting(house, connection, matter)
    if matter.state is DisclosureState.CLOSING:
        found += [_take_down(matter, posting) for posting in left_up(house, matter)]
    for kind in ("posting", "closing", "report"):
        paper = read.minutes(connection, matter.id, kind)
        for role in paper.missing if paper else ():
            step = _("{who} ký {paper}.").format(who=_who(house, role), paper=_paper(kind))
            step = (why_not_yet(house, connection, paper, role) if paper else "") or step
            found.append(
                {**base, "what": "signature", "subject": paper.id if paper else "", "role": role, "next": step}
            )
    dossier = read.dossier(connection, matter.id)
    if dossier is not None and not dossier.complete and not dossier.sha256:
        lacking = "; ".join(finding.message for finding in dossier.findings if finding.severity == "error")
        found.append({**base, "what": "dossier", "subject": dossier.id, "next": lacking})
    return found


_SHOWN_FROM = 8
"""Attempts after which work that goes on trying is shown: about an hour with the usual pauses."""


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


def left_up(house: House, matter: Disclosure) -> list[Posting]:
    """Return the postings of a matter that closes or was stopped which a person must take down."""
    return [
        posting
        for posting in matter.postings
        if posting.state is PostingState.UP
        and (must_end(posting) or matter.state in STOPPED)
        and (posting.channel not in house.channels or house.channels[posting.channel].attended)
    ]


def _take_down(matter: Disclosure, posting: Posting) -> dict[str, str]:
    step = _("Gỡ khỏi {place} rồi xác nhận.").format(place=posting.place)
    return {"id": matter.id, "title": matter.title, "what": "take-down", "subject": posting.id, "next": step}


def guards(house: House) -> list[tuple[str, Guard]]:
    """Return the circuit breakers that are not closed, with the section they guard, as status and metrics show them."""
    sections = {**house.connectors, **house.channels}
    states = ((name, one.guard()) for name, one in sections.items() if isinstance(one, Guarded))
    return [(name, state) for name, state in states if state.state != "closed"]


def _breaker(state: Guard) -> str:
    return _("Tạm ngắt lời gọi sau {count} lần hỏng liên tiếp ({reason}); tự thử lại từ {when}.").format(
        count=state.failures, reason=state.reason, when=_when(state.until) if state.until else "?"
    )


def stuck_work(connection: sa.Connection, house: House) -> list[dict[str, str]]:
    """Return what gave up, fails or could not be decided: work, sources, papers, outward acts, faults, plugins."""
    found = [
        {"id": row.key, "what": row.kind, "next": row.last_error or ""}
        for row in connection.execute(sa.select(t.job).where(t.job.c.state == "dead").order_by(t.job.c.id))
    ]
    failing = sa.select(t.job).where(t.job.c.state == "ready", t.job.c.attempts >= _SHOWN_FROM).order_by(t.job.c.id)
    for row in connection.execute(failing):
        said = _("Đã thử {count} lần, vẫn tự thử lại: {error}").format(count=row.attempts, error=row.last_error)
        found.append({"id": row.key, "what": row.kind, "next": said})
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
    found += [{"id": name, "what": f"breaker-{state.state}", "next": _breaker(state)} for name, state in guards(house)]
    held = clock_hold(house)
    if held is not None:
        found.insert(0, {"id": "clock", "what": f"clock-{held.why}", "next": f"{held.say()} {held.advice}"})
    return found
