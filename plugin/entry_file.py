"""
The file in which a clerk writes down what happened: an ini like all others of the house, one name on each line.

``[minutes]`` says when, where and who; ``[speech:1]`` … and ``[ballot:1]`` … what was said and how the votes fell.
"""

import configparser
import re
from collections.abc import Mapping
from datetime import datetime

from .clock import ZONE
from .entries import DECLARATIONS, Facts
from .errors import InputError
from .minutes import Ballot, Choice, Meeting, Person, Speech
from .text import _

LARGEST = 4 * 1024 * 1024
"""Characters; 500 people and a long course are a tenth of it."""
_KEYS = {
    "minutes": (
        "subject", "started", "finished", "place", "summoned", "present", "chair", "secretary", "participants",
        "absent", "counters", "agenda", "conclusions", "declarations",
    ),
    "speech": ("speaker", "text"),
    "ballot": ("question", "form", "issued", "returned", "valid", "invalid", "choices"),
}  # fmt: skip
_BETWEEN = re.compile(r"\s*[|;,\t]\s*|\s+[-–]\s+")
_VOTES = re.compile(r"(.*\S)\s*[:|=]\s*(\d{1,9})")


def read_entry(text: str, kind: str, where: str = "") -> Facts:
    """
    Read what a clerk wrote.

    Args:
        text: the ini.
        kind: ``conference``, ``ballot`` or ``declarations``.
        where: name of the file, for errors.

    Raises:
        InputError: no ini, an unknown section or key, or a value of the wrong form (``congkhai-E733``).
    """
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    if len(text) > LARGEST:
        raise _fault(_("Tệp quá lớn."), where)
    try:
        parser.read_string(text.lstrip("\ufeff"), source=where or "?")
    except configparser.Error as error:
        raise _fault(_("Tệp không đúng dạng: {error}").format(error=str(error).partition("\n")[0]), where) from error
    for name in parser.sections():
        known = _KEYS.get(name.partition(":")[0])
        wrong = [key for key in parser[name] if key not in (known or ())]
        if known is None or wrong:
            raise _fault(_("Không có mục hoặc khoá “{name}”.").format(name=wrong[0] if wrong else name), where)
    if "minutes" not in parser:
        raise _fault(_("Thiếu mục [minutes]."), where)
    head = parser["minutes"]
    if kind == DECLARATIONS:
        return Facts(declarations=people(head.get("declarations", "")))
    return Facts(
        subject=head.get("subject", ""), started=moment(head.get("started", ""), "started"),
        finished=moment(head.get("finished", ""), "finished"), place=head.get("place", ""),
        participants=people(head.get("participants", "")), absent=people(head.get("absent", "")),
        meeting=_meeting(head, [parser[name] for name in parser.sections() if name.startswith("speech:")],
                         [parser[name] for name in parser.sections() if name.startswith("ballot:")]),
    )  # fmt: skip


def _fault(what: str, where: str) -> InputError:
    return InputError(what, where=where, code="congkhai-E733", advice=_("Lấy mẫu bằng congkhai minutes sample."))


def _meeting(
    head: Mapping[str, str], speeches: list[configparser.SectionProxy], ballots: list[configparser.SectionProxy]
) -> Meeting:  # fmt: skip
    named = people(head.get("participants", ""))
    present = count(head.get("present", "") or str(len(named)), "present")
    return Meeting(
        summoned=count(head.get("summoned", "") or str(present), "summoned"), present=present,
        chair=one_person(head.get("chair", ""), "chair"), secretary=one_person(head.get("secretary", ""), "secretary"),
        counters=people(head.get("counters", "")), agenda=lines(head.get("agenda", "")),
        speeches=tuple(
            Speech(one_person(one.get("speaker", ""), one.name), one.get("text", "").strip()) for one in speeches
        ),
        conclusions=lines(head.get("conclusions", "")), ballots=tuple(_ballot(one) for one in ballots),
    )  # fmt: skip


def _ballot(section: configparser.SectionProxy) -> Ballot:
    def number(name: str) -> int:
        return count(section.get(name, "") or "0", name)

    return Ballot(
        section.get("question", ""), section.get("form", ""), number("issued"), number("returned"), number("valid"),
        number("invalid"), choices(section.get("choices", "")),
    )  # fmt: skip


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text that say something, without a leading dash."""
    return tuple(line.strip().removeprefix("- ").strip() for line in text.splitlines() if line.strip())


def people(text: str) -> tuple[Person, ...]:
    """Read people, one on each line: name and title, parted by a comma, semicolon, bar or a dash between blanks."""
    found = []
    for line in lines(text):
        name, *title = _BETWEEN.split(line, maxsplit=1)
        found.append(Person(name.strip(), title[0].strip() if title else ""))
    return tuple(found)


def one_person(text: str, where: str) -> Person:
    """Read one person. Raises InputError unless there is exactly one."""
    found = people(text)
    if len(found) != 1:
        raise _fault(_("Cần đúng một người, dạng: Họ tên, chức vụ."), where)
    return found[0]


def choices(text: str) -> tuple[Choice, ...]:
    """Read answers with their votes, one on each line: ``Tán thành: 28``. Raises InputError."""
    found = []
    for line in lines(text):
        match = _VOTES.fullmatch(line)
        if match is None:
            raise _fault(_("Viết mỗi dòng một phương án và số phiếu, ví dụ Tán thành: 28."), line[:60])
        found.append(Choice(match[1], int(match[2])))
    return tuple(found)


def count(text: str, where: str) -> int:
    """Read a number of people or ballots. Raises InputError."""
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 9):
        raise _fault(_("“{text}” không phải số đếm.").format(text=text[:20]), where)
    return int(plain)


def moment(text: str, where: str) -> datetime:
    """Read a moment as people write it, Vietnam's where no zone is given. Raises InputError."""
    plain = " ".join(text.split())
    for form in ("%d/%m/%Y %H:%M", "%H:%M %d/%m/%Y", "%d/%m/%Y %Hh%M", "%Y-%m-%d %H:%M", ""):
        try:
            found = datetime.strptime(plain, form) if form else datetime.fromisoformat(plain)  # noqa: DTZ007 - its zone follows
        except ValueError:
            continue
        return found if found.tzinfo is not None else found.replace(tzinfo=ZONE)
    raise _fault(_("“{text}” không phải thời điểm, ví dụ 05/02/2026 14:00.").format(text=text[:30]), where)


_SAMPLE_HEAD = """\
# {title}. Dòng bắt đầu bằng # là lời giải thích. Mỗi người một dòng: Họ tên, chức vụ.
[minutes]
"""
_SAMPLE_MEETING = """\
subject = {subject}
started = 05/02/2026 14:00
finished = 05/02/2026 16:30
place = Hội trường trụ sở cơ quan
summoned = 32
present = 30
chair = Nguyễn Văn Mẫu, Chủ tịch UBND xã
secretary = Lê Văn Mẫu, Công chức Văn phòng - Thống kê
participants =
    Nguyễn Văn Mẫu, Chủ tịch UBND xã
    Lê Văn Mẫu, Công chức Văn phòng - Thống kê
    Trần Thị Mẫu, Chủ tịch Ủy ban MTTQ xã
# Người vắng mặt, kèm lý do nếu có; bỏ trống khi đủ.
absent =
"""
_SAMPLE_CONFERENCE = """\
agenda =
    Báo cáo kết quả thực hiện nghị quyết năm trước
    Thảo luận, biểu quyết nghị quyết
conclusions =
    Hội nghị thống nhất thông qua nghị quyết.

[speech:1]
speaker = Trần Thị Mẫu, Chủ tịch Ủy ban MTTQ xã
text = Nhất trí với dự thảo nghị quyết.

# Giơ tay: bỏ issued, returned, invalid; valid là số người biểu quyết. Không biểu quyết thì bỏ cả mục này.
[ballot:1]
question = Thông qua nghị quyết của hội nghị
form = giơ tay
valid = 30
choices =
    Tán thành: 30
    Không tán thành: 0
"""
_SAMPLE_BALLOT = """\
# Tổ kiểm phiếu, người đứng đầu ghi trước.
counters =
    Phạm Văn Mẫu, Tổ trưởng
    Hoàng Thị Mẫu, thành viên

[ballot:1]
question = Bầu Ban Thanh tra nhân dân nhiệm kỳ 2026 - 2028
form = bỏ phiếu kín
issued = 30
returned = 30
valid = 29
invalid = 1
choices =
    Phạm Văn Mẫu: 28
    Hoàng Thị Mẫu: 27
"""
_SAMPLE_DECLARATIONS = """\
# Chỉ ghi họ tên, chức vụ; không ghi nội dung bản kê khai (khoản 4 Điều 11 Nghị định 130/2020/NĐ-CP).
declarations =
    Nguyễn Văn Mẫu, Chủ tịch UBND xã
    Lê Văn Mẫu, Công chức Văn phòng - Thống kê
"""


def sample(kind: str) -> str:
    """Return a file to fill in, with explanations; it is valid as it stands."""
    titles = {
        "conference": _("Biên bản hội nghị"), "ballot": _("Biên bản kiểm phiếu"),
        DECLARATIONS: _("Danh sách người có bản kê khai được niêm yết"),
    }  # fmt: skip
    body = {
        "conference": _SAMPLE_MEETING.format(subject="Hội nghị cán bộ, công chức, viên chức năm 2026")
        + _SAMPLE_CONFERENCE,
        "ballot": _SAMPLE_MEETING.format(subject="Kiểm phiếu bầu Ban Thanh tra nhân dân nhiệm kỳ 2026 - 2028")
        + _SAMPLE_BALLOT,
        DECLARATIONS: _SAMPLE_DECLARATIONS,
    }[kind]  # fmt: skip
    return _SAMPLE_HEAD.format(title=titles[kind]) + body
