"""
What minutes of a meeting say beside the rest: attendance, course, conclusions and counted votes.

Used by minutes of a conference (hội nghị) and of a ballot count (kiểm phiếu), after NĐ 30/2020/NĐ-CP, Mẫu 1.9.
"""

from dataclasses import dataclass

from ..text import _
from .check import content_error, require_count, require_texts
from .people import Person


@dataclass(frozen=True, slots=True)
class Speech:
    """What somebody said at the meeting (ý kiến phát biểu), in the minute-taker's words."""

    speaker: Person
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that could be voted for, with the number of votes it got."""

    title: str
    votes: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """
    One vote that was counted.

    Attributes:
        question: what was voted on.
        form: how, in words, e.g. ``bỏ phiếu kín``.
        issued: ballots handed out; `returned`: ballots that came back; both 0 for a show of hands.
        valid, invalid: of those that came back; for a show of hands `valid` is the number of people who voted.
        choices: every answer with its votes; a ballot may allow several, so their sum may exceed `valid`.
    """

    question: str
    form: str
    issued: int
    returned: int
    valid: int
    invalid: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """
    A meeting (cuộc họp, hội nghị).

    Attributes:
        summoned: people who were called; `present`: who came. They may be more than those named in the minutes.
        chair: chủ trì (chủ tọa); `secretary`: thư ký (người ghi biên bản).
        counters: tổ kiểm phiếu, its head first; empty when nothing was counted.
        agenda: items of the agenda; `speeches`: the course; `conclusions`: what was agreed; one paragraph each.
        ballots: votes that were counted.
    """

    summoned: int
    present: int
    chair: Person
    secretary: Person
    counters: tuple[Person, ...] = ()
    agenda: tuple[str, ...] = ()
    speeches: tuple[Speech, ...] = ()
    conclusions: tuple[str, ...] = ()
    ballots: tuple[Ballot, ...] = ()


def check_meeting(meeting: Meeting, *, counted: bool) -> None:
    """
    Raise InputError unless the numbers of a meeting agree with each other and people and texts are there.

    Args:
        counted: True for minutes of a ballot count, which name counters and at least one ballot.
    """
    for place, person in enumerate((meeting.chair, meeting.secretary, *meeting.counters), 1):
        require_texts(person, ("name",), ("meeting.chair", "meeting.secretary")[place - 1] if place < 3 else "counters")
    require_count(meeting.summoned, "meeting.summoned")
    require_count(meeting.present, "meeting.present")
    if meeting.present > meeting.summoned:
        raise content_error(
            _("Số người có mặt ({present}) nhiều hơn số người được triệu tập ({summoned}).").format(
                present=meeting.present, summoned=meeting.summoned
            ),
            "meeting.present", _("Đếm lại số người."),
        )  # fmt: skip
    for place, speech in enumerate(meeting.speeches, 1):
        require_texts(speech, ("text",), f"meeting.speeches[{place}]")
        require_texts(speech.speaker, ("name",), f"meeting.speeches[{place}].speaker")
    if counted and not (meeting.ballots and meeting.counters):
        raise content_error(
            _("Biên bản kiểm phiếu phải có tổ kiểm phiếu và kết quả của ít nhất một nội dung biểu quyết."),
            "meeting.ballots" if meeting.counters else "meeting.counters", _("Bổ sung phần còn thiếu."),
        )  # fmt: skip
    for place, ballot in enumerate(meeting.ballots, 1):
        _check_ballot(ballot, f"meeting.ballots[{place}]")


def _check_ballot(ballot: Ballot, where: str) -> None:
    require_texts(ballot, ("question", "form"), where)
    for name in ("issued", "returned", "valid", "invalid"):
        require_count(getattr(ballot, name), f"{where}.{name}")
    if not ballot.choices:
        raise content_error(
            _("Nội dung biểu quyết “{question}” không có phương án nào.").format(question=ballot.question),
            f"{where}.choices", _("Ghi từng phương án và số phiếu."),
        )  # fmt: skip
    for choice in ballot.choices:
        require_texts(choice, ("title",), where)
        require_count(choice.votes, where)
        if choice.votes > ballot.valid:
            raise content_error(
                _("Phương án “{title}” có {votes} phiếu, nhiều hơn số phiếu hợp lệ ({valid}).").format(
                    title=choice.title, votes=choice.votes, valid=ballot.valid
                ),
                where, _("Đếm lại phiếu."),
            )  # fmt: skip
    by_hand = ballot.issued == 0 and ballot.returned == 0 and ballot.invalid == 0
    if not by_hand and (ballot.returned > ballot.issued or ballot.valid + ballot.invalid != ballot.returned):
        raise content_error(
            _(
                "Số phiếu không khớp: phát ra {issued}, thu về {returned}, hợp lệ {valid}, không hợp lệ {invalid}."
            ).format(
                issued=ballot.issued, returned=ballot.returned, valid=ballot.valid, invalid=ballot.invalid
            ),
            where, _("Thu về không quá số phát ra; hợp lệ cộng không hợp lệ bằng số thu về."),
        )  # fmt: skip
