"""Comments: kept once, matched to their matter, answered or marked; "none were received" is said only when true."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from congkhai.plugin import desk, feedback, feedback_desk
from congkhai.plugin.errors import AccessError, InputError, NotAllowedError, OutsideError
from congkhai.plugin.feedback_pull import resume, unread
from congkhai.plugin.interfaces import PulledFeedback, feedback_code
from congkhai.plugin.minutes import read_minutes
from congkhai.plugin.minutes.view import minutes_view
from congkhai.plugin.publish import act_of
from congkhai.plugin.status import status
from congkhai.plugin.store import tables as t

from .boxes import MAILBOX, SUGGESTIONS, BoxPlugin
from .conftest import OpenOffice
from .office import BOARD, CLERK, STAFF_PAGE, Office
from .script import paper


@pytest.fixture
def plugin() -> BoxPlugin:
    return BoxPlugin()


@pytest.fixture
def listening(open_office: OpenOffice, plugin: BoxPlugin) -> Office:
    """A matter that is up on the staff page and the board, in a house with a mailbox that reads by itself."""
    office = open_office(STAFF_PAGE, BOARD, MAILBOX, extra={"box": plugin})
    return posted(office)


def posted(office: Office) -> Office:
    office.receive(paper())
    office.wait(hours=1)
    office.confirm()
    return office


def mail(
    office: Office, key: str = "<1@mau.vn>", subject: str = "Góp ý", text: str = "Đề nghị làm rõ"
) -> PulledFeedback:
    return PulledFeedback(key, office.now, text, subject, "Nguyễn Văn Mẫu <mau@example.vn>")


def pull(office: Office) -> None:
    with office.house.store.write(office.house.agency, "test") as tx:
        tx.enqueue("pull-feedback", f"hop-thu:{len(office.rows(t.job))}", subject="hop-thu")
    office.work()


def all_items(office: Office) -> list[feedback.FeedbackItem]:
    with office.house.store.read() as connection:
        return list(feedback.items(connection, office.house.agency))


def closing_words(office: Office) -> str:
    """What the closing minutes print about comments."""
    office.wait(days=24)
    office.take_down_all()
    paper_ = office.paper("closing")
    assert paper_ is not None
    content = read_minutes(office.house.store.vault.read(paper_.file_sha256))
    return json.dumps(minutes_view(content), ensure_ascii=False)


def test_a_mail_is_matched_by_the_code_in_its_subject_and_kept_once(listening: Office, plugin: BoxPlugin) -> None:
    matter = listening.matter().id
    plugin.box.items.append(mail(listening, subject=f"Re: về [{feedback_code(matter).lower()}] kế hoạch"))
    pull(listening)
    pull(listening)
    (item,) = all_items(listening)
    assert (item.disclosure, item.state, item.source) == (matter, "new", "hop-thu")
    assert [one.text for one in listening.matter().feedback] == ["Đề nghị làm rõ"]
    assert plugin.box.cursors[-1] == "1"
    assert plugin.box.acknowledged == ["<1@mau.vn>"]
    assert item.acknowledged_at is not None


def test_a_reply_to_our_own_notice_is_matched_without_a_code(listening: Office, plugin: BoxPlugin) -> None:
    key = act_of(listening.house, listening.posting("intranet"), "publish").key
    plugin.box.items.append(
        PulledFeedback("<2@mau.vn>", listening.now, "Nhất trí", "Re: thông báo", references=("khác", key))
    )
    pull(listening)
    assert all_items(listening)[0].disclosure == listening.matter().id


def test_what_cannot_be_matched_waits_for_a_clerk_and_then_counts(listening: Office, plugin: BoxPlugin) -> None:
    plugin.box.items.append(mail(listening, subject="Góp ý GY-00000000"))
    pull(listening)
    assert listening.matter().feedback == ()
    (row,) = [one for one in status(listening.house)["waiting"] if one["what"] == "feedback"]
    assert "assign" in row["next"]
    assert "Đề nghị" not in json.dumps(row, ensure_ascii=False)
    feedback_desk.assign(listening.house, int(row["subject"]), listening.matter().id, CLERK)
    assert len(listening.matter().feedback) == 1


def test_the_journal_holds_digests_and_no_word_of_a_comment(listening: Office, plugin: BoxPlugin) -> None:
    plugin.box.items.append(mail(listening, text="Điều bí mật riêng tư"))
    pull(listening)
    number = all_items(listening)[0].id
    feedback_desk.answer(listening.house, number, CLERK, "Đã tiếp thu điều riêng tư")
    feedback_desk.mark(listening.house, number, CLERK, "foreign", "thư riêng tư gửi nhầm")
    bodies = " ".join(row.body for row in listening.rows(t.journal))
    for word in ("riêng tư", "mau@example.vn", "1@mau.vn"):
        assert word not in bodies
    assert len(listening.journal("feedback.added", "feedback.answered", "feedback.marked")) == 3


def test_answers_and_marks_are_counted_and_what_is_no_comment_is_not(listening: Office, plugin: BoxPlugin) -> None:
    code = feedback_code(listening.matter().id)
    plugin.box.items += [mail(listening, f"<{n}@x>", code, f"ý kiến {n}") for n in range(4)]
    plugin.box.items.append(PulledFeedback("<auto@x>", listening.now, "Vắng mặt", code, automatic=True))
    pull(listening)
    first, second, third, _fourth, automatic = (one.id for one in all_items(listening))
    feedback_desk.answer(listening.house, first, CLERK, "Đã bổ sung phụ lục 2")
    feedback_desk.mark(listening.house, second, CLERK, "noted")
    feedback_desk.mark(listening.house, third, CLERK, "duplicate", "trùng ý kiến 1")
    assert [one.state for one in all_items(listening) if one.id == automatic] == ["foreign"]
    assert "<auto@x>" not in plugin.box.acknowledged
    words = closing_words(listening)
    assert "đã nhận được 3 ý kiến" in words
    assert "trong đó 2 ý kiến đã được trả lời hoặc ghi nhận" in words
    assert "Đã bổ sung phụ lục 2" in words
    assert "qua hộp thư góp ý" in words
    assert "mau@example.vn" not in words


def test_none_is_said_when_every_source_was_read_to_the_end(listening: Office) -> None:
    words = closing_words(listening)
    assert "không nhận được ý kiến phản ánh, kiến nghị nào" in words
    assert "chưa đọc" not in words


def test_a_source_that_could_not_be_read_to_the_end_is_named_and_none_is_not_said(
    listening: Office, plugin: BoxPlugin
) -> None:
    pull(listening)
    plugin.box.failure = OutsideError("máy chủ thư không trả lời")
    words = closing_words(listening)
    assert "không nhận được ý kiến phản ánh, kiến nghị nào" not in words
    assert "hộp thư góp ý: đã đọc đến" in words
    (stuck,) = [one for one in status(listening.house)["stuck"] if one["id"] == "feedback:hop-thu"]
    assert "máy chủ thư" in stuck["next"]
    with listening.house.store.read() as connection:
        assert len(unread(listening.house, connection, listening.now)) == 1


def test_an_outage_within_the_period_costs_nothing_once_the_source_was_read(
    listening: Office, plugin: BoxPlugin
) -> None:
    plugin.box.failure = OutsideError("mất mạng")
    pull(listening)
    late = mail(listening, subject=feedback_code(listening.matter().id))
    listening.wait(days=3)
    plugin.box.failure = None
    plugin.box.items.append(late)
    words = closing_words(listening)
    assert "đã nhận được 1 ý kiến" in words
    assert "chưa đọc" not in words


def test_a_mailbox_that_refuses_us_is_not_asked_again_until_a_person_acts(listening: Office, plugin: BoxPlugin) -> None:
    plugin.box.failure = AccessError("sai mật khẩu")
    pull(listening)
    asked = len(plugin.box.cursors)
    pull(listening)
    assert len(plugin.box.cursors) == asked
    plugin.box.failure = None
    assert resume(listening.house, "hop-thu", CLERK)
    assert not resume(listening.house, "hop-thu", CLERK)
    listening.work()
    assert len(plugin.box.cursors) == asked + 1
    assert [one for one in status(listening.house)["stuck"] if one["id"] == "feedback:hop-thu"] == []


def test_closing_minutes_wait_for_somebody_to_look_into_the_box_and_not_for_ever(open_office: OpenOffice) -> None:
    office = posted(open_office(STAFF_PAGE, BOARD, SUGGESTIONS))
    office.wait(days=24)
    office.take_down_all()
    assert office.paper("closing") is None
    (row,) = [one for one in status(office.house)["waiting"] if one["what"] == "feedback-source"]
    assert "looked hom-thu" in row["next"]
    feedback.enter(office.house, office.matter().id, CLERK, "Ý kiến trong hòm", source="hom-thu")
    feedback_desk.looked(office.house, "hom-thu", CLERK)
    office.work()
    closing = office.paper("closing")
    assert closing is not None
    content = read_minutes(office.house.store.vault.read(closing.file_sha256))
    assert content.feedback is not None
    assert (content.feedback.count, content.feedback.unread) == (1, ())
    assert content.feedback.comments[0].source == "hòm thư góp ý tại trụ sở"


def test_closing_minutes_name_the_box_that_nobody_looked_into(open_office: OpenOffice) -> None:
    office = posted(open_office(STAFF_PAGE, BOARD, SUGGESTIONS))
    office.wait(days=24)
    office.take_down_all()
    office.wait(days=1)
    closing = office.paper("closing")
    assert closing is not None
    content = read_minutes(office.house.store.vault.read(closing.file_sha256))
    assert content.feedback is not None
    assert [one.title for one in content.feedback.unread] == ["hòm thư góp ý tại trụ sở"]
    words = json.dumps(minutes_view(content), ensure_ascii=False)
    assert "hòm thư góp ý tại trụ sở: chưa đọc lần nào" in words


def test_looking_is_refused_for_sources_that_read_by_themselves_and_for_the_future(open_office: OpenOffice) -> None:
    office = open_office(STAFF_PAGE, SUGGESTIONS)
    with pytest.raises(InputError):
        feedback_desk.looked(office.house, "khong-co", CLERK)
    with pytest.raises(InputError):
        feedback_desk.looked(office.house, "hom-thu", CLERK, office.now + timedelta(seconds=1))


def test_an_erased_comment_still_counts_and_says_nothing(listening: Office, plugin: BoxPlugin) -> None:
    plugin.box.items.append(mail(listening, subject=feedback_code(listening.matter().id)))
    pull(listening)
    number = all_items(listening)[0].id
    with pytest.raises(InputError):
        feedback_desk.erase(listening.house, number, CLERK, " ")
    feedback_desk.erase(listening.house, number, CLERK, "theo đơn ngày 06/7")
    plugin.box.items.clear()
    with pytest.raises(NotAllowedError):
        feedback_desk.answer(listening.house, number, CLERK, "trả lời")
    (row,) = listening.rows(t.feedback_item)
    assert (row.text, row.sender, row.subject, len(row.sha256)) == ("", "", "", 64)
    assert "Đề nghị làm rõ" not in closing_words(listening)
    assert len(listening.matter().feedback) == 1


# the web form's way in


def test_a_web_comment_is_kept_by_code_with_its_limits(listening: Office) -> None:
    matter = listening.matter().id
    number = feedback.submit(listening.house, feedback_code(matter), "  Ý kiến\r\n\x00qua web ", client="198.51.100.1")
    item = all_items(listening)[-1]
    assert (item.id, item.text, item.disclosure, item.source) == (number, "Ý kiến\nqua web", matter, "web")
    for _turn in range(feedback.PER_CLIENT - 1):
        feedback.submit(listening.house, matter, "Ý kiến khác", client="198.51.100.1")
    with pytest.raises(NotAllowedError) as refused:
        feedback.submit(listening.house, matter, "Ý kiến nữa", client="198.51.100.1")
    assert refused.value.code == "congkhai-E574"
    feedback.submit(listening.house, matter, "Người khác", client="198.51.100.2")
    listening.set_time(listening.now + timedelta(hours=1, seconds=1))
    feedback.submit(listening.house, matter, "Giờ sau", client="198.51.100.1")
    assert "198.51.100.1" not in " ".join(row.client for row in listening.rows(t.feedback_item))


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x01\x02", "x" * (feedback.LONGEST + 1), "x" * 100_000])
def test_a_web_comment_without_words_or_too_long_is_refused(listening: Office, text: str) -> None:
    with pytest.raises(InputError):
        feedback.submit(listening.house, listening.matter().id, text, client="a")
    assert listening.rows(t.feedback_item) == []


@pytest.mark.parametrize("matter", ["GY-FFFFFFFF", "không-có", ""])
def test_a_web_comment_on_nothing_is_refused(listening: Office, matter: str) -> None:
    with pytest.raises(InputError):
        feedback.submit(listening.house, matter, "Ý kiến", client="a")


# what a clerk enters


def test_a_clerk_enters_what_came_by_hotline_once(listening: Office) -> None:
    matter = listening.matter().id
    when = listening.now - timedelta(minutes=5)
    feedback.enter(listening.house, matter, CLERK, "Qua điện thoại", source="hotline", received_at=when, ref="12")
    with pytest.raises(NotAllowedError):
        feedback.enter(listening.house, matter, CLERK, "Qua điện thoại", source="hotline", ref="12")
    assert listening.matter().feedback[0].at == when
    for bad in ({"source": "chim bồ câu"}, {"received_at": listening.now + timedelta(hours=1)}):
        with pytest.raises(InputError):
            feedback.enter(listening.house, matter, CLERK, "Ý kiến", **bad)  # type: ignore[arg-type]  # one bad value each


def test_the_old_way_in_still_works(listening: Office) -> None:
    desk.add_feedback(listening.house, listening.matter().id, CLERK, "Nhất trí")
    assert [(one.by, one.text) for one in listening.matter().feedback] == [(CLERK, "Nhất trí")]


def test_marks_need_a_reason_where_they_take_a_comment_out_of_the_count(listening: Office) -> None:
    desk.add_feedback(listening.house, listening.matter().id, CLERK, "Nhất trí")
    number = all_items(listening)[0].id
    for state, reason in (("foreign", " "), ("duplicate", ""), ("lạ", "x")):
        with pytest.raises(InputError):
            feedback_desk.mark(listening.house, number, CLERK, state, reason)
    feedback_desk.mark(listening.house, number, CLERK, "foreign", "quảng cáo")
    assert listening.matter().feedback == ()
    feedback_desk.mark(listening.house, number, CLERK, "new")
    assert len(listening.matter().feedback) == 1
    with pytest.raises(InputError):
        feedback_desk.mark(listening.house, 999, CLERK, "noted")


def test_reading_goes_on_by_deadlines_and_survives_a_restart(listening: Office, plugin: BoxPlugin) -> None:
    before = len(plugin.box.cursors)
    listening.wait(days=91)  # pull-every of this house is 90 days
    assert len(plugin.box.cursors) > before
    listening.restart()
    with listening.house.store.read() as connection:
        open_ = connection.scalars(
            sa.select(t.deadline.c.subject).where(t.deadline.c.kind == "pull-feedback", t.deadline.c.state == "open")
        ).all()
    assert open_ == ["hop-thu"]


def test_hook_register_feedback_sources(listening: Office, plugin: BoxPlugin) -> None:
    assert listening.house.feedback["hop-thu"] is plugin.box
