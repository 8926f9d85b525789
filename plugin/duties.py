"""
Duties (nghĩa vụ): what the agency owes at a moment besides its disclosures, as rows that somebody settles.

They come from the regulation's periodic duties, from tasks with a due date in the e-office, from certificates that
expire, from dossiers to be handed over to the archive, and from people. Planning is work of its own, once a day: it
writes what comes within the horizon, moves what a changed calendar moves, and never writes the same duty twice.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from congkhai.schedules import Occurrence, act_by, latest_before, occurrences

from .clock import ZONE, local_date
from .errors import CongkhaiError, InputError, NotAllowedError
from .house import House
from .kinds_matters import match_papers
from .regulation_duties import rhythm_of
from .regulation_records import Duty as DutyRule
from .signer_check import trust_in
from .store import Transaction
from .store import tables as t
from .text import _
from .work import Step

ARCHIVE_NOTICE = 30
"""Days before the archive hand-over at which to remind (NĐ 30/2020/NĐ-CP Điều 30; Lưu trữ)."""
_PLANNED = "duties-planned-to"
_EARLIEST = 7  # a daily look that planned nothing for this many days looks back over the whole gap


@dataclass(frozen=True, slots=True)
class Duty:
    """
    One thing owed.

    Attributes:
        id: stable: the same duty of the same period always has the same.
        kind: ``periodic``, ``task``, ``certificate``, ``archive`` or ``own`` (entered by a person).
        key: what it is, e.g. the key of the regulation's duty; `period`: which time of it.
        who: who owes it, in words; `source`: clause or origin.
        subject: id of what it is about; empty for periodic duties.
        last_day: last local day in time; `late_from`: first moment that is too late; `target`: working day to aim at.
        assumed: nobody has named the day; it is a proposal and never "overdue".
        meeting: it is held on a day, and past afterwards.
        note: what is uncertain, in Vietnamese.
        state: ``open``, ``done``, ``dropped`` or ``past``.
    """

    id: str
    kind: str
    key: str
    period: str
    title: str
    who: str
    source: str
    subject: str
    last_day: date
    late_from: datetime
    target: date
    assumed: bool
    meeting: bool
    note: str
    state: str

    def is_late(self, now: datetime) -> bool:
        """Tell whether its time is over; an assumed day and a meeting are never late."""
        return self.state == "open" and now >= self.late_from and not self.assumed and not self.meeting


def duty_id(agency: str, key: str, period: str) -> str:
    """Return the id of a duty."""
    return "n" + hashlib.sha256(f"{agency}\x1f{key}\x1f{period}".encode()).hexdigest()[:15]


def read_duties(connection: sa.Connection, agency: str, *states: str) -> list[Duty]:
    """Return the duties in these states (all when none is named), soonest first."""
    query = sa.select(t.duty).where(t.duty.c.agency == agency)
    if states:
        query = query.where(t.duty.c.state.in_(states))
    return [_duty(row) for row in connection.execute(query.order_by(t.duty.c.late_from, t.duty.c.id))]


def read_duty(connection: sa.Connection, id_: str) -> Duty:
    """Return one duty. Raises InputError when there is none."""
    row = connection.execute(sa.select(t.duty).where(t.duty.c.id == id_)).one_or_none()
    if row is None:
        raise InputError(
            what=_("Không có nghĩa vụ nào mang mã này."), where=id_, code="congkhai-E596",
            advice=_("Xem mã bằng congkhai duties list."),
        )  # fmt: skip
    return _duty(row)


def _duty(row: "sa.Row[tuple[object, ...]]") -> Duty:
    names = Duty.__dataclass_fields__
    return Duty(**{name: value for name, value in row._mapping.items() if name in names})


def write_duty(tx: Transaction, duty: Duty) -> bool:
    """
    Write a duty, or move an open one whose day has changed; a settled one stays as it is.

    Returns:
        True when something was written.
    """
    values = {name: getattr(duty, name) for name in Duty.__dataclass_fields__}
    present = tx.connection.execute(sa.select(t.duty).where(t.duty.c.id == duty.id)).one_or_none()
    if present is None:
        more = {"agency": tx.agency, "opened_at": tx.now, "settled_by": "", "reason": "", "evidence_sha256": ""}
        tx.connection.execute(sa.insert(t.duty).values(**values, **more))
        tx.journal("duty.opened", duty.id, kind=duty.kind, key=duty.key, late_from=duty.late_from)
        return True
    if present.state != "open" or (present.late_from, present.target) == (duty.late_from, duty.target):
        return False
    tx.connection.execute(sa.update(t.duty).where(t.duty.c.id == duty.id).values(**values))
    tx.journal("duty.moved", duty.id, key=duty.key, before=present.late_from, late_from=duty.late_from)
    return True


def settle_duty(house: House, id_: str, by: str, *, done: bool, reason: str = "", evidence: bytes = b"") -> None:
    """
    Let a person say that a duty is done, or that it is not owed this time.

    Args:
        reason: what was done, or why it is not owed; required unless there is evidence of what was done.
        evidence: bytes of a paper that shows it, kept in the vault.

    Raises:
        InputError: no such duty (E596).
        NotAllowedError: it is settled already (E597), or neither reason nor evidence was given (E598).
    """
    if not reason.strip() and not (done and evidence):
        raise NotAllowedError(
            what=_("Cần nêu lý do hoặc kèm tệp chứng minh."), where=id_, code="congkhai-E598",
            advice=_("Thêm --reason, hoặc --evidence TỆP khi báo đã làm."),
        )  # fmt: skip
    sha256 = house.store.vault.put(evidence)[0] if evidence else ""
    with house.store.write(house.agency, by) as tx:
        duty = read_duty(tx.connection, id_)
        if duty.state not in ("open", "past"):
            raise NotAllowedError(
                what=_("Nghĩa vụ này đã được ghi nhận xong trước đó."), where=id_, code="congkhai-E597",
                advice=_("Xem lại bằng congkhai duties list --all."),
            )  # fmt: skip
        state = "done" if done else "dropped"
        tx.connection.execute(
            sa.update(t.duty)
            .where(t.duty.c.id == id_)
            .values(state=state, settled_at=tx.now, settled_by=by, reason=reason, evidence_sha256=sha256)
        )
        late = done and duty.is_late(tx.now)
        tx.journal(f"duty.{state}", id_, key=duty.key, late=late, evidence=sha256, reason=tx.remark(id_, reason))
        tx.drop_deadlines(id_, "remind")


def add_duty(
    house: House, by: str, title: str, last_day: date, *, before_event: bool = False, count: int = 0,
    unit: str = "calendar_day", source: str = "",
) -> Duty:  # fmt: skip
    """
    Let a person enter a duty: by a day, so many days after a day, or so many days before an event.

    Args:
        last_day: the day itself (`count` 0), the day that starts the period, or the day of the event.
        before_event: count back from `last_day` ("báo trước N ngày"), else forward ("trong N ngày kể từ").
        count: number of `unit`, ``working_day`` or ``calendar_day``; 0: `last_day` is the last day.

    Raises:
        RangeError, RuleError: a day or count that cannot be.
    """
    if count and before_event:
        limit = latest_before(last_day, count, unit, house.calendar)  # type: ignore[arg-type]  # checked there
    elif count:
        limit = act_by(last_day, count, unit, house.calendar, house.rule)  # type: ignore[arg-type]  # checked there
    else:
        limit = None
    day = limit.legal_day if limit else last_day
    found = Occurrence(
        day.isoformat(), day, datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE),
        house.calendar.roll_back(limit.target if limit else day), False, limit.notes if limit else (),
    )  # fmt: skip
    key = "own-" + hashlib.sha256(f"{title}\x1f{source}".encode()).hexdigest()[:12]
    duty = _from(house, "own", key, found, title, who=by, source=source)
    with house.store.write(house.agency, by) as tx:
        write_duty(tx, duty)
    return duty


def open_task(tx: Transaction, house: House, document: str, number: str, due: date, *, origin: str) -> None:
    """
    Write the task that the e-office gives the agency with a paper (hạn giải quyết), in the caller's transaction.

    A date before the paper came, or absurdly far ahead, is a guess of somebody's: it is reported and never acts.

    Args:
        origin: what stays the same over the versions of the paper.

    Source: iOffice ``hanGiaiQuyet``; Quy chế 64/QĐ-SCT (Lạng Sơn) Điều 13 khoản 3.
    """
    today = local_date(tx.now)
    if (
        not today - house.configuration.reminders.longest_due
        <= due
        <= today + house.configuration.reminders.longest_due
    ):
        tx.record_fault(
            "due-date", document, _("Hạn giải quyết {due:%d/%m/%Y} không hợp lý, không dùng.").format(due=due),
            _("Hỏi lại hạn rồi nhập bằng congkhai duties add."),
        )  # fmt: skip
        return
    late = datetime.combine(due + timedelta(days=1), datetime.min.time(), ZONE)
    found = Occurrence(
        hashlib.sha256(origin.encode()).hexdigest()[:16], due, late, house.calendar.roll_back(due),
        notes=house.calendar.notes(min(today, due), due),
    )  # fmt: skip
    title = _("Giải quyết văn bản đến {number}").format(number=number or _("không số"))
    write_duty(
        tx, _from(house, "task", "task", found, title, source=_("hạn giải quyết trên e-office"), subject=document)
    )


def _from(
    house: House, kind: str, key: str, found: Occurrence, title: str, *, who: str = "", source: str = "",
    subject: str = "", meeting: bool = False,
) -> Duty:  # fmt: skip
    return Duty(
        duty_id(house.agency, key, found.period), kind, key, found.period, title, who, source, subject, found.last_day,
        found.late_from.astimezone(ZONE), found.target, found.assumed, meeting, " ".join(found.notes), "open",
    )  # fmt: skip


def planned(house: House, today: date, since: date) -> Iterator[Duty]:
    """
    Give every duty of the agency from `since` up to the horizon: periodic ones and expiring certificates.

    Source: the regulation's ``[duty:…]``; ``[reminders] days`` and ``without``.
    """
    settings = house.configuration.reminders
    last = today + settings.horizon
    for rule in house.regulation.duties:
        if rule.key in settings.without:
            continue
        rhythm = rhythm_of(rule, ((one.day, one.month) for one in settings.days if one.key == rule.key))
        if rhythm is None:
            continue
        for found in occurrences(rhythm, since, last, house.calendar, house.rule):
            yield _from(
                house, "periodic", rule.key, found, _titled(rule, found.period), who=rule.who, source=rule.source,
                meeting=rhythm.bound == "on",
            )  # fmt: skip
    yield from _certificates(house, today)


def _titled(rule: DutyRule, period: str) -> str:
    return f"{rule.title} ({period})" + (f" → {rule.to}" if rule.to else "")


def _certificates(house: House, today: date) -> Iterator[Duty]:
    """Give the certificates of signers and of the trust folder that run out within the configured time."""
    until = today + house.configuration.reminders.certificate_before
    found: list[tuple[str, x509.Certificate]] = []
    for signer in house.signers.values():
        try:
            found.append((signer.person or signer.role, x509.load_der_x509_certificate(signer.certificate())))
        except (CongkhaiError, OSError, ValueError):
            continue  # a key that cannot be read is what `congkhai check` reports; a token may just not be plugged in
    folder = house.configuration.trust.folder
    if folder.is_dir():
        found += [("", x509.load_der_x509_certificate(anchor)) for anchor in trust_in(folder).anchors]
    for person, certificate in found:
        ends = certificate.not_valid_after_utc.astimezone(ZONE)
        if local_date(ends) > until or local_date(ends) < today - timedelta(days=_EARLIEST):
            continue
        print_ = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()[:16]
        day = local_date(ends)
        what = (
            _("Chứng thư của {person} hết hạn").format(person=person) if person
            else _("Chứng thư gốc tin cậy hết hạn")
        )  # fmt: skip
        occurrence = Occurrence(print_, day, ends, house.calendar.roll_back(day - timedelta(days=1)))
        yield _from(house, "certificate", "certificate", occurrence, what, source=_("chứng thư"))


def plan(step: Step) -> None:
    """Write what is owed up to the horizon, and see to it that everybody is reminded. Work kind ``duties``."""
    from .reminders import plan_reminders
    from .reports_due import plan_reports

    house = step.house
    now = house.clock.now()
    today = local_date(now)
    with house.store.read() as connection:
        before = connection.scalar(sa.select(t.meta.c.value).where(t.meta.c.name == _planned_name(house)))
    since = min(today, date.fromisoformat(before) + timedelta(days=1)) if before else today
    wanted = list(planned(house, today, since)) if house.configuration.reminders.enabled else []
    with step.commit() as tx:
        for duty in wanted:
            write_duty(tx, duty)
        _plan_hand_overs(tx, house, today)
        _pass_meetings(tx, today)
        match_papers(tx, house)
        plan_reports(tx, house, today)
        _set_meta(tx, _planned_name(house), (today + house.configuration.reminders.horizon).isoformat())
        if house.configuration.reminders.enabled:
            plan_reminders(tx, house)
            tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), ZONE)
            tx.set_deadline("duties", house.agency, tomorrow, "every day at 00:00")


def plan_duties(house: House) -> None:
    """Let the duties be planned now, as at every start; the planning then comes back every day by itself."""
    if not house.configuration.reminders.enabled:
        return
    with house.store.write(house.agency, "congkhai") as tx:
        tx.set_deadline("duties", house.agency, tx.now, "at start")


def _planned_name(house: House) -> str:
    return f"{_PLANNED}:{house.agency}"


def _set_meta(tx: Transaction, name: str, value: str) -> None:
    changed = tx.connection.execute(sa.update(t.meta).where(t.meta.c.name == name).values(value=value)).rowcount
    if not changed:
        tx.connection.execute(sa.insert(t.meta).values(name=name, value=value))


def _plan_hand_overs(tx: Transaction, house: House, today: date) -> None:
    """Write the hand-over of filed dossiers to the archive: within a year from the end of the work."""
    last = today + house.configuration.reminders.horizon + timedelta(days=ARCHIVE_NOTICE)
    soonest = datetime.combine(last, datetime.min.time(), ZONE) - timedelta(days=365)
    known = sa.select(t.duty.c.subject).where(t.duty.c.agency == tx.agency, t.duty.c.kind == "archive")
    query = (
        sa.select(t.dossier.c.id, t.dossier.c.filed_at)
        .join(t.disclosure, t.disclosure.c.id == t.dossier.c.disclosure)
        .where(t.disclosure.c.agency == tx.agency, t.dossier.c.filed_at <= soonest, t.dossier.c.id.not_in(known))
    )
    for row in tx.connection.execute(query).all():
        limit = act_by(local_date(row.filed_at), 1, "year", house.calendar, house.rule)
        found = Occurrence(row.id, limit.legal_day, limit.legal_until, limit.target, notes=limit.notes)
        title = _("Nộp hồ sơ {id} vào lưu trữ cơ quan").format(id=row.id)
        source = _("khoản 2 Điều 30 Nghị định 30/2020/NĐ-CP")
        write_duty(tx, _from(house, "archive", "archive", found, title, source=source, subject=row.id))


def _pass_meetings(tx: Transaction, today: date) -> None:
    """Let meetings whose day is over be past: nobody can still hold them in time."""
    over = sa.and_(t.duty.c.agency == tx.agency, t.duty.c.state == "open", t.duty.c.meeting, t.duty.c.last_day < today)
    tx.connection.execute(sa.update(t.duty).where(over).values(state="past"))
