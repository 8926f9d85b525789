"""
What the rendition prints, as plain data: every sentence is put together here, the templates only lay it out.

The papers are Vietnamese whatever language the web page or the command line speaks, so nothing here is translated.
"""

from datetime import date, datetime
from typing import Any

from ..clock import local_date
from ..records import Evidence
from .body import (
    CategoryRef,
    DisclosedDocument,
    FeedbackSummary,
    MinutesContent,
    MinutesKind,
    MinutesLink,
    Person,
    PostedChannel,
    RegulationRef,
    Role,
)
from .report import ReportContent

Block = dict[str, Any]
View = dict[str, Any]

_EVIDENCE = {
    "receipt": "Biên nhận",
    "page": "Trang đã đăng",
    "photo": "Ảnh chụp",
    "probe": "Kiểm tra hiển thị",
    "confirmation": "Xác nhận",
}
_BASIS_WORDS = ("căn cứ", "thực hiện", "theo", "xét")
_UNITS = {"XÃ", "PHƯỜNG", "ĐẶC", "HUYỆN", "QUẬN", "THỊ", "TỈNH", "THÀNH"}
_HEAD_WIDTH = 26  # capitals of size 12 that surely fit on a line of the agency's box
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def minutes_view(content: MinutesContent) -> View:
    """Return what the rendition of minutes prints; `content` is completed."""
    closing = content.kind is MinutesKind.CLOSING
    sections = [
        _section("Thành phần tham dự", _people(content.participants) + _absent(content.absent)),
        _section("Văn bản, nội dung công khai", _subject_matter(content) + _declarants(content.declarations)),
        _section("Hình thức, địa điểm, thời gian công khai", _channels(content.channels) + _early(content)),
    ]
    if closing and content.feedback is not None:
        sections.append(_section("Ý kiến phản ánh, kiến nghị", _feedback(content.feedback)))
    elif content.feedback_receiver:
        text = f"{content.feedback_receiver} tiếp nhận ý kiến phản ánh, kiến nghị trong thời gian công khai."
        sections.append(_section("Tiếp nhận ý kiến", [_paragraph(text)]))
    lines = [
        _pair("Thời gian bắt đầu", f"{moment_words(content.started)}."),
        _pair("Địa điểm", _stop(content.place)),
    ]
    if content.opening is not None:
        lines += [_pair("Biên bản niêm yết", _link_words(content.opening)), _hash(content.opening.body_sha256)]
    return {
        **_common(content, "Biên bản", sections),
        "lines": lines,
        "end": f"Biên bản kết thúc vào {moment_words(content.finished)}; "
        "những người có liên quan đã thống nhất thông qua./.",
        "trace": f"Mã biên bản: {content.id}",
    }


def report_view(content: ReportContent) -> View:
    """Return what the rendition of a report prints; `content` is completed."""
    sections = [
        _section("Nội dung công khai", _subject_matter(content)),
        _section("Kết quả theo từng hình thức công khai", _channels(content.channels)),
        _section("Ý kiến phản ánh, kiến nghị", _feedback(content.feedback)),
    ]
    if content.minutes:
        links = [block for link in content.minutes for block in (_item(_kind_words(link)), _hash(link.body_sha256))]
        sections.append(_section("Biên bản kèm theo", links))
    if content.remarks:
        sections.append(_section("Nhận xét, kiến nghị", [_paragraph(remark) for remark in content.remarks]))
    opening = f"Thực hiện {_clause_words(content.regulation)}, {content.agency.name} báo cáo kết quả công khai như sau:"
    return {
        **_common(content, "Báo cáo", sections),
        "date_line": f"{breakable(content.place)}, {day_words(local_date(content.made))}",
        "addressees": [breakable(line) for line in content.addressees],
        "lines": [_paragraph(opening)],
        "end": "Trên đây là báo cáo kết quả công khai thông tin./.",
        "trace": f"Mã báo cáo: {content.id}",
    }


def day_words(day: date) -> str:
    """Return a date as papers write it: two digits for days below 10 and months 1 and 2 (NĐ 30/2020, Phụ lục I, 4)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_words(moment: datetime) -> str:
    """Return a moment as papers write it, in Vietnam's time, e.g. ``15 giờ 00 phút, ngày 05 tháng 02 năm 2024``."""
    return f"{moment:%H} giờ {moment:%M} phút, {day_words(local_date(moment))}"


def breakable(text: str) -> str:
    """Return `text` for display: tabs as spaces, long runs without a space breakable so that they stay on the page."""
    words = text.replace("\t", " ").split(" ")
    return " ".join(_broken(word) if len(word) > 40 else word for word in words)


def _broken(word: str) -> str:
    return "\u200b".join(word[start : start + 20] for start in range(0, len(word), 20))


def _common(content: MinutesContent | ReportContent, type_name: str, sections: list[View]) -> View:
    numbered = [
        {"title": f"{numeral}. {section['title']}".upper(), "blocks": section["blocks"]}
        for numeral, section in zip(_ROMAN, sections, strict=False)
    ]
    return {
        "title": f"{type_name} – {content.subject}",
        "type": type_name.upper(),
        "subject": breakable(content.subject),
        "agency": _head_lines(content.agency.name),
        "superior": _head_lines(content.agency.superior),
        "number": f"Số: {breakable(content.number)}" if content.number else "",
        "bases": _bases(content.bases),
        "sections": numbered,
        "rows": _signature_rows(content.roles),
        "recipients": _recipients(content.recipients),
        "journal": f"Nhật ký: mục {content.journal.seq}, {content.journal.sha256[:12]}…",
    }


def _head_lines(name: str) -> list[str]:
    """Break an agency’s name for its narrow box: before the unit of the place (XÃ, HUYỆN …) as papers do, or evenly."""
    words = name.upper().split()
    if sum(len(word) + 1 for word in words) <= _HEAD_WIDTH:
        return [breakable(" ".join(words))] if words else []
    starts = [place for place, word in enumerate(words) if place > 1 and word in _UNITS]
    middle = min(range(1, len(words) + 1), key=lambda cut: abs(len(" ".join(words[:cut])) - len(" ".join(words[cut:]))))
    cut = starts[-1] if starts else middle
    return [breakable(" ".join(part)) for part in (words[:cut], words[cut:]) if part]


def _bases(bases: tuple[str, ...]) -> list[str]:
    lines = []
    for place, basis in enumerate(bases, 1):
        text = basis.strip().rstrip(";.").strip()
        if not text.lower().startswith(_BASIS_WORDS):
            text = f"Căn cứ {text}"
        lines.append(breakable(text) + ("." if place == len(bases) else ";"))
    return lines


def _recipients(recipients: tuple[str, ...]) -> list[str]:
    lines = [breakable(line.strip().lstrip("-").strip().rstrip(";.").strip()) for line in recipients]
    return [f"- {line}{'.' if place == len(lines) else ';'}" for place, line in enumerate(lines, 1)]


def _signature_rows(roles: tuple[Role, ...]) -> list[list[View]]:
    """Spread the signers over rows of at most three, evenly, in paper order: four stand two and two."""
    count = -(-len(roles) // 3)
    cells = [
        {"capacity": [breakable(line) for line in role.capacity], "person": breakable(role.person)} for role in roles
    ]
    rows, start = [], 0
    for row in range(count):
        end = start + -(-(len(cells) - start) // (count - row))
        rows.append(cells[start:end])
        start = end
    return rows


def _section(title: str, blocks: list[Block]) -> View:
    return {"title": title, "blocks": blocks}


def _paragraph(text: str) -> Block:
    return {"kind": "paragraph", "text": breakable(text)}


def _pair(label: str, text: str) -> Block:
    return {"kind": "pair", "label": f"{label}: ", "text": breakable(text)}


def _item(text: str, *, url: str = "") -> Block:
    return {"kind": "item", "text": breakable(text), "url": url}


def _hash(sha256: str) -> Block:
    return {"kind": "hash", "text": sha256}


def _sub(number: int, text: str) -> Block:
    return {"kind": "sub", "text": f"{number}. {breakable(text)}"}


def _stop(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _people(people: tuple[Person, ...]) -> list[Block]:
    return [
        {"kind": "person", "text": f"{place}. {breakable(person.name)}", "title": breakable(person.title)}
        for place, person in enumerate(people, 1)
    ]


def _absent(people: tuple[Person, ...]) -> list[Block]:
    if not people:
        return []
    return [_paragraph(f"Vắng mặt: {len(people)} người."), *_people(people)]


def _declarants(people: tuple[Person, ...]) -> list[Block]:
    if not people:
        return []
    heading = f"Bản kê khai tài sản, thu nhập của {len(people)} người được công khai (chỉ ghi tên):"
    return [_paragraph(heading), *_people(people)]


def _subject_matter(content: MinutesContent | ReportContent) -> list[Block]:
    blocks = [_pair("Nội dung công khai", _stop(_category_words(content.category)))]
    if isinstance(content, MinutesContent):  # a report names it in its first sentence
        blocks.append(_pair("Quy định", _stop(_clause_words(content.regulation))))
    for place, document in enumerate(content.documents, 1):
        blocks += _document(place, document)
    return blocks


def _category_words(category: CategoryRef) -> str:
    return f"{category.title} (mục {category.clause})" if category.title else f"mục {category.clause}"


def _clause_words(regulation: RegulationRef) -> str:
    number = f" số {regulation.number}" if regulation.number else ""
    issued = f" {day_words(regulation.issued)}" if regulation.issued else ""
    return f"{regulation.clause} {regulation.title}" + (f" ({(number + issued).strip()})" if number or issued else "")


def _document(place: int, document: DisclosedDocument) -> list[Block]:
    draft = document.status == "draft"
    kind = document.type or "Văn bản"
    name = f"Dự thảo {kind}" if draft else kind
    name += f" số {document.number}" if document.number else ""
    name += f" {day_words(document.issued)}" if document.issued else ""
    name += f" của {document.issuer}" if document.issuer else ""
    pages = f"; {document.page_amount} trang" if document.page_amount is not None else ""
    blocks = [
        _sub(place, name),
        _pair("Trích yếu", _stop(document.subject)),
        _pair("Tình trạng", f"{'dự thảo, chưa ban hành' if draft else 'đã ban hành'}{pages}."),
    ]
    if document.attachments:
        rows = [
            {
                "place": str(row),
                "name": breakable(file.name),
                "media_type": breakable(file.media_type),
                "size": f"{file.size:,}".replace(",", "."),
                "sha256": file.sha256,
            }
            for row, file in enumerate(document.attachments, 1)
        ]
        blocks.append({"kind": "files", "rows": rows})
    return blocks


def _channels(channels: tuple[PostedChannel, ...]) -> list[Block]:
    return [block for place, channel in enumerate(channels, 1) for block in _channel(place, channel)]


def _channel(place: int, channel: PostedChannel) -> list[Block]:
    blocks = [_sub(place, channel.name), _item(f"Địa điểm: {_stop(channel.place)}")]
    if channel.basis:
        blocks.append(_item(f"Căn cứ: {_stop(channel.basis)}"))
    blocks.append(_item(f"Bắt đầu: {moment_words(channel.posted_from)}."))
    if channel.required_days:
        counting = f"; cách tính: {channel.counting}" if channel.counting else ""
        blocks.append(_item(_stop(f"Thời hạn: {channel.required_days} ngày{counting}")))
    else:
        blocks.append(_item("Thời hạn: công khai thường xuyên."))
    if channel.close_from is not None:
        blocks.append(_item(f"Được kết thúc sớm nhất từ: {moment_words(channel.close_from)}."))
    if channel.posted_to is not None:
        blocks.append(_item(f"Thực tế kết thúc: {moment_words(channel.posted_to)}."))
    for gap in channel.interruptions:
        end = f"đến {moment_words(gap.end)}" if gap.end else "không khôi phục"
        blocks.append(_item(f"Gián đoạn từ {moment_words(gap.start)} {end}: {_stop(gap.reason)}"))
    for item in channel.evidence:
        blocks += _evidence(item)
    return blocks


def _evidence(item: Evidence) -> list[Block]:
    words = [f"Minh chứng: {_EVIDENCE.get(item.kind, item.kind)} lúc {moment_words(item.at)}"]
    words += [f"do {item.by} cung cấp"] if item.by else []
    words += [item.note] if item.note else []
    text = "; ".join(words)
    if item.address.lower().startswith(("http://", "https://")):
        blocks = [_item(f"{text}; địa chỉ: ", url=item.address)]
    else:
        blocks = [_item(_stop(f"{text}; địa chỉ: {item.address}" if item.address else text))]
    return [*blocks, _hash(item.sha256)] if item.sha256 else blocks


def _early(content: MinutesContent) -> list[Block]:
    return [_pair("Lý do kết thúc sớm", _stop(content.early_reason))] if content.early_reason else []


def _feedback(feedback: FeedbackSummary) -> list[Block]:
    if feedback.count == 0:
        return [_paragraph("Trong thời gian công khai không nhận được ý kiến phản ánh, kiến nghị nào.")]
    blocks = [_paragraph(f"Trong thời gian công khai đã nhận được {feedback.count} ý kiến phản ánh, kiến nghị.")]
    for place, comment in enumerate(feedback.comments, 1):
        who = f", {comment.by}" if comment.by else ""
        blocks.append(_sub(place, f"Ý kiến nhận lúc {moment_words(comment.at)}{who}"))
        blocks += [_paragraph(line) for line in comment.text.split("\n") if line.strip()]
    return blocks


def _link_words(link: MinutesLink) -> str:
    number = f"số {link.number}, " if link.number else ""
    return f"{number}mã {link.id}; mã băm nội dung:"


def _kind_words(link: MinutesLink) -> str:
    name = "Biên bản kết thúc niêm yết" if link.kind == MinutesKind.CLOSING else "Biên bản niêm yết"
    return f"{name} {_link_words(link)}"
