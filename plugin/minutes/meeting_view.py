"""What papers print of a meeting: attendance, course, conclusions, votes."""

from .blocks import Block, item, named, pair, paragraph, people, stop, sub, table
from .meeting import Ballot, Meeting


def lines_of(meeting: Meeting) -> list[Block]:
    """Return who led and who wrote, as NĐ 30/2020/NĐ-CP, Mẫu 1.9 asks."""
    return [
        pair("Chủ trì", stop(named(meeting.chair))),
        pair("Thư ký", stop(named(meeting.secretary))),
        pair("Số người", f"được triệu tập {meeting.summoned}, có mặt {meeting.present}."),
    ]


def course_of(meeting: Meeting) -> list[Block]:
    """Return agenda and speeches."""
    blocks = [paragraph("Chương trình:")] if meeting.agenda else []
    blocks += [item(stop(line)) for line in meeting.agenda]
    for place, speech in enumerate(meeting.speeches, 1):
        blocks.append(sub(place, f"Ý kiến của {named(speech.speaker)}"))
        blocks += [paragraph(line) for line in speech.text.split("\n") if line.strip()]
    return blocks or [paragraph("Không có ý kiến phát biểu.")]


def votes_of(meeting: Meeting) -> list[Block]:
    """Return the counters and the result of every vote."""
    blocks = [paragraph(f"Tổ kiểm phiếu gồm {len(meeting.counters)} người:")] if meeting.counters else []
    blocks += people(meeting.counters)
    for place, ballot in enumerate(meeting.ballots, 1):
        blocks += _ballot(place, ballot)
    return blocks


def _ballot(place: int, ballot: Ballot) -> list[Block]:
    told = (
        f"phát ra {ballot.issued}, thu về {ballot.returned}, hợp lệ {ballot.valid}, không hợp lệ {ballot.invalid} phiếu"
        if ballot.issued or ballot.returned or ballot.invalid
        else f"{ballot.valid} người biểu quyết"
    )
    rows = [
        (str(row), choice.title, str(choice.votes), _share(choice.votes, ballot.valid))
        for row, choice in enumerate(ballot.choices, 1)
    ]
    heads = ("STT", "Phương án", "Số phiếu", "Tỷ lệ")
    return [
        sub(place, ballot.question),
        paragraph(stop(f"Hình thức: {ballot.form}; {told}")),
        table(heads, ("13", "fr", "22", "22"), rows, right=2),
    ]


def _share(votes: int, valid: int) -> str:
    """Return votes as a share of the valid ones with two decimals and a comma; empty when nobody voted."""
    if not valid:
        return ""
    hundredths = (votes * 20000 + valid) // (2 * valid)
    return f"{hundredths // 100},{hundredths % 100:02d} %"
