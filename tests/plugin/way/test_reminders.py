"""Duties and reminders: planned, told once to whom they concern, caught up after downtime, settled by people."""

import json
from datetime import date, datetime, timedelta
from importlib.resources import files

import icalendar
import pytest

from congkhai.plugin.clock import ZONE
from congkhai.plugin.duties import Duty, add_duty, read_duties, settle_duty
from congkhai.plugin.errors import InputError, NotAllowedError, OutsideError
from congkhai.plugin.icalendar_feed import feed
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t

from .conftest import OpenOffice
from .messages import MESSENGER, Post
from .office import CLERK, SCRIPTED, Office
from .script import paper


def duties(office: Office, *states: str) -> list[Duty]:
    with office.house.store.read() as connection:
        return read_duties(connection, office.house.agency, *(states or ("open",)))


def of_key(office: Office, key: str, *states: str) -> list[Duty]:
    return [duty for duty in duties(office, *states) if duty.key == key]


def told(office: Office, stage: str = "", messenger: str = "") -> list[tuple[str, str, str]]:
    return [
        (row.day.isoformat(), row.stage, row.role)
        for row in sorted(office.rows(t.reminder), key=lambda row: row.id)
        if row.messenger == messenger and stage in ("", row.stage) and not row.title.startswith("Ký văn bản")
    ]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def reminded(open_office: OpenOffice, post: Post) -> Office:
    """A house with a channel that never comes up by itself (a person must post), and a messenger."""
    return open_office("[channel:bang-tin]\ntype = attended\nplace = Bảng tin\n", MESSENGER, extra={"post": post})


def at(day: str, hour: int = 8) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=ZONE)


def test_a_limit_is_reminded_of_two_working_days_before_on_its_day_and_daily_after(
    reminded: Office, post: Post
) -> None:
    reminded.receive(paper())  # a paper of Thu 02/7/2026: due Thu 09/7/2026
    reminded.wait_until(at("2026-07-14"))
    assert told(reminded) == [
        ("2026-07-07", "before", "records_officer"),
        ("2026-07-09", "today", "records_officer"),
        *((f"2026-07-{day}", "overdue", role) for day in (10, 11, 12, 13, 14) for role in ("records_officer", "head")),
    ]
    assert [message.role for message in post.sent[:2]] == ["records_officer"] * 2
    assert len({message.key for message in post.sent}) == len(post.sent) == 12
    assert "QUÁ HẠN" in post.sent[-1].text
    assert "đến hết ngày 09/07/2026" in post.sent[0].text


def test_what_is_public_in_time_is_reminded_of_no_more(reminded: Office) -> None:
    reminded.receive(paper())
    reminded.wait_until(at("2026-07-07", 9))
    reminded.confirm()
    reminded.wait_until(at("2026-07-20"))
    assert told(reminded) == [("2026-07-07", "before", "records_officer")]


def test_weeks_of_downtime_are_made_up_by_one_reminder(reminded: Office, post: Post) -> None:
    reminded.receive(paper())
    reminded.set_time(at("2026-08-03"))
    reminded.restart()
    reminded.work()
    assert told(reminded) == [("2026-08-03", "overdue", role) for role in ("records_officer", "head")]
    assert len(post.sent) == 2
    reminded.restart()
    reminded.work()
    assert len(post.sent) == 2, "each act once"


def test_overdue_reminders_can_keep_to_working_days_or_stay_away(open_office: OpenOffice) -> None:
    for setting, count in (("working-days", 3), ("never", 0)):
        office = open_office("[channel:b]\ntype = attended\nplace = B\n", f"[reminders]\noverdue = {setting}\n")
        office.receive(paper())
        office.wait_until(at("2026-07-14"))
        assert len(told(office, "overdue")) == 2 * count


def test_a_messenger_that_fails_is_tried_again_with_the_same_key_and_nothing_is_lost(
    reminded: Office, post: Post
) -> None:
    reminded.receive(paper())
    post.fails = OutsideError(what="Máy chủ thư nghỉ", code="congkhai-E592")
    reminded.wait_until(at("2026-07-07"))
    assert post.sent == []
    unsent = [row for row in reminded.rows(t.reminder) if row.sent_at is None]
    assert len(unsent) == 1
    post.fails = None
    for _try in range(200):
        reminded.work()
        if post.sent:
            break
    (message,) = post.sent
    assert [row.message for row in reminded.rows(t.reminder) if row.messenger] == [message.key]


def test_many_things_due_at_once_make_one_message_for_each_role(reminded: Office, post: Post) -> None:
    reminded.receive(*(paper(str(number), f"Việc {number}") for number in range(1, 6)))
    reminded.wait_until(at("2026-07-07"))
    (message,) = post.sent
    assert message.text.count("  - ") == 5


def test_messages_and_journal_name_no_subjects(reminded: Office, post: Post) -> None:
    reminded.receive(paper("1", "Kỷ luật ông Phạm Văn Mẫu"))
    reminded.wait_until(at("2026-07-11"))
    said = " ".join(message.subject + message.text for message in post.sent) + json.dumps(
        reminded.journal(), ensure_ascii=False
    )
    assert post.sent
    assert "Phạm Văn Mẫu" not in said


def lang_son(open_office: OpenOffice, *, choose: str = "") -> Office:
    office = open_office(SCRIPTED)
    regulation = "lang-son-sct-2024"
    if choose:
        source = files("congkhai.plugin").joinpath("regulations/lang-son-sct-2024.ini").read_text(encoding="utf-8")
        target = office.folder / "so.ini"
        assert "[counting]\n" in source
        chosen = source.replace("[counting]\n", f"[counting]\nmonthly-briefing = {choose}\n")
        target.write_text(chosen, encoding="utf-8")
        regulation = "./so.ini"
    office.edit("regulation = dong-son-2024", f"regulation = {regulation}")
    office.work()
    return office


def test_the_schedule_of_lang_son_is_planned_from_its_regulation(open_office: OpenOffice) -> None:
    office = lang_son(open_office)  # Monday 06/7/2026, horizon 45 days
    assert [duty.last_day.isoformat() for duty in of_key(office, "report_month")] == ["2026-07-09", "2026-08-09"]
    assert of_key(office, "report_month")[1].target == date(2026, 8, 7), "a Sunday: aim at Friday"
    weekly = of_key(office, "report_week")
    assert (weekly[0].period, weekly[0].late_from.astimezone(ZONE).isoformat()) == (
        "2026-W28", "2026-07-10T16:00:00+07:00",
    )  # fmt: skip
    assert [duty.last_day.isoformat() for duty in of_key(office, "half_year_review")] == ["2026-07-09"]
    briefing = of_key(office, "briefing_month")[0]
    assert briefing.assumed
    assert "Chưa chọn" in briefing.note
    rows = status(office.house)["duties"]
    assert all("congkhai duties done" in row["next"] for row in rows)


def test_a_chosen_reading_of_the_briefing_is_no_proposal_any_more(open_office: OpenOffice) -> None:
    office = lang_son(open_office, choose="monday_before_15th")
    briefing = of_key(office, "briefing_month")[0]
    assert (briefing.last_day, briefing.assumed) == (date(2026, 7, 13), False)
    assert date(2026, 7, 13) not in [duty.last_day for duty in of_key(office, "briefing_week")]


def test_a_meeting_is_past_after_its_day_and_never_overdue(open_office: OpenOffice) -> None:
    office = lang_son(open_office)
    first = of_key(office, "briefing_week")[0]
    office.wait_until(at("2026-07-21"))
    assert first.id in [duty.id for duty in of_key(office, "briefing_week", "past")]
    overdue = {row.subject for row in office.rows(t.reminder) if row.stage == "overdue"}
    assert overdue.isdisjoint({duty.id for duty in of_key(office, "briefing_week", "past", "open")})


def test_a_duty_is_planned_once_however_often_planning_runs_and_downtime_loses_none(open_office: OpenOffice) -> None:
    office = lang_son(open_office)
    office.restart()
    office.work()
    office.set_time(at("2026-11-02"))  # four months down
    office.restart()
    office.work()
    weeks = [duty.period for duty in of_key(office, "report_week", "open")]
    assert weeks == [f"2026-W{week}" for week in range(28, 51)]
    opened = [entry["subject"] for entry in office.journal("duty.opened")]
    assert len(opened) == len(set(opened))


def test_a_changed_calendar_moves_open_duties_and_says_so(open_office: OpenOffice) -> None:
    office = lang_son(open_office)
    office.edit("[trust]", "[calendar]\noff = 10/07/2026\n\n[trust]")
    office.wait(seconds=5)
    moved = of_key(office, "report_week")[0]
    assert (moved.last_day, moved.target) == (date(2026, 7, 10), date(2026, 7, 9))
    assert [entry["subject"] for entry in office.journal("duty.moved")] == [moved.id]


def test_a_person_settles_a_duty_with_reason_or_evidence_and_only_once(open_office: OpenOffice) -> None:
    office = lang_son(open_office)
    first, second = of_key(office, "report_month")
    settle_duty(office.house, first.id, CLERK, done=True, evidence=b"%PDF-1.7 bao cao")
    (entry,) = office.journal("duty.done")
    assert (entry["actor"], entry["facts"]["late"]) == (CLERK, False)
    assert office.house.store.vault.read(entry["facts"]["evidence"]) == b"%PDF-1.7 bao cao"
    with pytest.raises(NotAllowedError, match="trước đó"):
        settle_duty(office.house, first.id, CLERK, done=True, reason="lần nữa")
    with pytest.raises(NotAllowedError, match="lý do"):
        settle_duty(office.house, second.id, CLERK, done=False)
    with pytest.raises(InputError):
        settle_duty(office.house, "n-khong-co", CLERK, done=True, reason="x")
    office.wait_until(at("2026-07-15"))
    assert first.id not in {row.subject for row in office.rows(t.reminder)}


def test_a_commune_owes_list_plan_check_and_report_and_days_can_be_chosen(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED, "[reminders]\ndays = people_list 05/09, yearly_report 10/08\nhorizon = 200 d\n"
                                   "without = inspection_board_report\n")  # fmt: skip
    office.work()
    found = {(duty.key, duty.last_day.isoformat(), duty.assumed) for duty in duties(office)}
    assert ("people_list", "2026-09-05", True) in found
    assert ("yearly_report", "2026-08-10", True) in found
    assert ("resolution_check", "2026-12-31", True) in found
    assert ("people_plan", "2026-12-31", True) in found
    assert ("disclosure_plan", "2027-01-31", True) not in found, "beyond the horizon"
    assert not any(key == "inspection_board_report" for key, _day, _assumed in found)


def test_the_conference_is_due_by_the_end_of_march_and_reminded_of_on_the_last_working_day(
    open_office: OpenOffice,
) -> None:
    office = open_office(SCRIPTED, "[reminders]\nhorizon = 300 d\n")
    office.work()
    (conference,) = of_key(office, "conference")
    assert (conference.last_day, conference.assumed) == (date(2027, 3, 31), False)
    assert "2027" in conference.note, "the calendar of 2027 is not confirmed"


def test_a_task_of_the_e_office_becomes_a_duty_and_an_absurd_date_is_reported(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    office.receive(
        paper("1", due=date(2026, 7, 20)), paper("2", due=date(2090, 1, 1)), paper("3", due=None),
    )  # fmt: skip
    (task,) = of_key(office, "task")
    assert (task.last_day, task.kind) == (date(2026, 7, 20), "task")
    assert "1/UBND-VP" in task.title
    faults = [row.error for row in office.rows(t.fault) if row.place == "due-date"]
    assert len(faults) == 1
    assert "01/01/2090" in faults[0]


def test_a_signers_certificate_that_runs_out_is_a_duty(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED, "[reminders]\ncertificate-before = 20000 d\n")
    office.work()
    found = [duty for duty in duties(office) if duty.kind == "certificate"]
    assert len(found) >= 4
    assert any("Nguyễn Văn Mẫu" in duty.title for duty in found)


def test_a_filed_dossier_is_handed_to_the_archive_within_a_year_with_30_days_notice(
    at_stage: OpenOffice,
) -> None:
    office = at_stage("last")
    office.sign()
    filed = office.dossier()
    assert filed is not None and filed.filed_at is not None
    office.house.store.set_simulated_time(filed.filed_at + timedelta(days=300))
    office.restart()
    office.work()
    (duty,) = of_key(office, "archive")
    assert duty.subject == filed.id
    day = filed.filed_at.astimezone(ZONE).date()
    assert duty.last_day >= day.replace(year=day.year + 1)
    office.wait_until(duty.late_from - timedelta(hours=2))
    days = [row.day for row in office.rows(t.reminder) if row.subject == duty.id]
    assert len(days) == 3
    assert 30 <= (duty.last_day - days[0]).days <= 35


def test_a_person_enters_a_duty_forward_and_back(open_office: OpenOffice) -> None:
    office = open_office(SCRIPTED)
    handed_over = add_duty(
        office.house, CLERK, "Công khai bản kê khai", date(2026, 3, 31), count=5, source="Điều 11 NĐ 130/2020/NĐ-CP"
    )
    assert (handed_over.last_day, handed_over.target) == (date(2026, 4, 6), date(2026, 4, 3))
    told_before = add_duty(
        office.house, CLERK, "Báo kế hoạch giám sát", date(2026, 11, 25), count=5, unit="working_day", before_event=True
    )
    assert told_before.last_day == date(2026, 11, 17)
    assert add_duty(office.house, CLERK, "Việc khác", date(2026, 8, 1)).last_day == date(2026, 8, 1)


def test_reminders_can_be_switched_off(open_office: OpenOffice) -> None:
    office = open_office("[channel:b]\ntype = attended\nplace = B\n", "[reminders]\nenabled = no\n")
    office.receive(paper())
    office.wait_until(at("2026-07-14"))
    assert (office.rows(t.duty), office.rows(t.reminder)) == ([], [])


def test_the_feed_of_a_role_is_read_by_a_calendar_program(reminded: Office) -> None:
    reminded.receive(paper("1", "Kỷ luật ông Phạm Văn Mẫu"))
    add_duty(reminded.house, CLERK, "Nộp báo cáo " + "rất dài " * 30, date(2026, 7, 31))
    reminded.work()
    data = feed(reminded.house, "records_officer")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert "Phạm Văn Mẫu" not in data.decode()
    read = icalendar.Calendar.from_ical(data)
    events = {str(event["uid"]): event for event in read.walk("VEVENT")}
    matter = reminded.matter()
    limit = events[f"{matter.id}@000.01.25.H99.congkhai"]
    assert (limit.decoded("dtstart"), limit.decoded("dtend")) == (date(2026, 7, 9), date(2026, 7, 10))
    assert len(limit.walk("VALARM")) == 2
    reminded.confirm()
    again = icalendar.Calendar.from_ical(feed(reminded.house, "head"))
    uids = [str(event["uid"]) for event in again.walk("VEVENT")]
    assert f"{matter.id}-close@000.01.25.H99.congkhai" in uids
    assert len(uids) == len(set(uids))
    closing = next(event for event in again.walk("VEVENT") if str(event["uid"]).startswith(f"{matter.id}-close"))
    assert closing["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert closing.decoded("dtstart").utcoffset() == timedelta(hours=7)
    assert [str(zone["tzid"]) for zone in again.walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
    with pytest.raises(InputError, match="không được nhắc"):
        feed(reminded.house, "witness")
