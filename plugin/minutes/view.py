"""
What the rendition prints, as plain data: every sentence is put together here, the templates only lay it out.

The papers are Vietnamese whatever language the web page or the command line speaks, so nothing here is translated.
"""

from ..clock import local_date
from ..records import Evidence
from .availability_view import availability_blocks
from .blocks import (
    Block,
    View,
    breakable,
    day_words,
    digest,
    item,
    moment_words,
    pair,
    paragraph,
    people,
    section,
    stop,
    sub,
)
from .body import (
    CategoryRef,
    DisclosedDocument,
    FeedbackSummary,
    MinutesContent,
    MinutesKind,
    MinutesLink,
    PostedChannel,
    RegulationRef,
    Role,
)
from .meeting import Meeting
from .meeting_view import course_of, lines_of, votes_of
from .people import Person
from .report import ReportContent

EVIDENCE = {
    "receipt": "Biên nhận",
    "page": "Trang đã đăng",
    "photo": "Ảnh chụp",
    "probe": "Kiểm tra hiển thị",
    "early_end": "Lý do kết thúc sớm của người đứng đầu",
    "confirmation": "Xác nhận",
    "statement": "Nội dung xác nhận",
    "document": "Tài liệu kèm theo",
    "removal": "Gỡ nội dung",
}
"""What each kind of proof is called on paper."""
OF_STAFF = "staff"
"""Regime of a category that is a matter of staff; its clause stands with the regulation."""
_BASIS_WORDS = ("căn cứ", "thực hiện", "theo", "xét")
_UNITS = {"XÃ", "PHƯỜNG", "ĐẶC", "HUYỆN", "QUẬN", "THỊ", "TỈNH", "THÀNH"}
_HEAD_WIDTH = 26  # capitals of size 12 that surely fit on a line of the agency's box
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def minutes_view(content: MinutesContent) -> View:
    """Return what the rendition of minutes prints; `content` is completed."""
    if content.meeting is not None:
        return _meeting_view(content, content.meeting)
    closing = content.kind is MinutesKind.CLOSING
    sections = [
        section("Thành phần tham dự", people(content.participants) + _absent(content.absent)),
        section("Văn bản, nội dung công khai", _subject_matter(content) + _declarants(content.declarations)),
        section("Hình thức, địa điểm, thời gian công khai", _channels(content.channels) + _early(content)),
    ]
    if closing and content.feedback is not None:
        sections.append(section("Ý kiến phản ánh, kiến nghị", _feedback(content.feedback)))
    elif content.feedback_receiver:
        text = f"{content.feedback_receiver} tiếp nhận ý kiến phản ánh, kiến nghị trong thời gian công khai."
        sections.append(section("Tiếp nhận ý kiến", [paragraph(text)]))
    lines = [
        pair("Thời gian bắt đầu", f"{moment_words(content.started)}."),
        pair("Địa điểm", stop(content.place)),
    ]
    if content.opening is not None:
        lines += [pair("Biên bản niêm yết", _link_words(content.opening)), digest(content.opening.body_sha256)]
    return {
        **_common(content, "Biên bản", sections),
        "lines": lines,
        "end": f"Biên bản kết thúc vào {moment_words(content.finished)}; "
        "những người có liên quan đã thống nhất thông qua./.",
        "trace": f"Mã biên bản: {content.id}",
    }


def _meeting_view(content: MinutesContent, meeting: Meeting) -> View:
    sections = [
        section("Thành phần tham dự", people(content.participants) + _absent(content.absent)),
        section("Nội dung", _subject_matter(content)),
    ]
    if content.kind is not MinutesKind.BALLOT or meeting.agenda or meeting.speeches:  # a count may have had no debate
        sections.append(section("Diễn biến", course_of(meeting)))
    if meeting.ballots:
        sections.append(section("Kết quả biểu quyết", votes_of(meeting)))
    if content.channels:
        sections.append(section("Hình thức, địa điểm, thời gian công khai", _channels(content.channels)))
    if meeting.conclusions:
        sections.append(section("Kết luận", [paragraph(line) for line in meeting.conclusions]))
    name = "Cuộc kiểm phiếu" if content.kind is MinutesKind.BALLOT else "Hội nghị"
    return {
        **_common(content, "Biên bản", sections),
        "lines": [
            pair("Thời gian bắt đầu", f"{moment_words(content.started)}."),
            pair("Địa điểm", stop(content.place)),
            *lines_of(meeting),
        ],
        "end": f"{name} kết thúc vào {moment_words(content.finished)}./.",
        "trace": f"Mã biên bản: {content.id}",
    }


def report_view(content: ReportContent) -> View:
    """Return what the rendition of a report prints; `content` is completed."""
    sections = [
        section("Nội dung công khai", _subject_matter(content)),
        section("Kết quả theo từng hình thức công khai", _channels(content.channels)),
        section("Ý kiến phản ánh, kiến nghị", _feedback(content.feedback)),
    ]
    if content.minutes:
        links = [block for link in content.minutes for block in (item(_kind_words(link)), digest(link.body_sha256))]
        sections.append(section("Biên bản kèm theo", links))
    if content.remarks:
        sections.append(section("Nhận xét, kiến nghị", [paragraph(remark) for remark in content.remarks]))
    opening = f"Thực hiện {_clause_words(content.regulation)}, {content.agency.name} báo cáo kết quả công khai như sau:"
    return {
        **_common(content, "Báo cáo", sections),
        "date_line": f"{breakable(content.place)}, {day_words(local_date(content.made))}",
        "addressees": [breakable(line) for line in content.addressees],
        "lines": [paragraph(opening)],
        "end": "Trên đây là báo cáo kết quả công khai thông tin./.",
        "trace": f"Mã báo cáo: {content.id}",
    }


def _common(content: MinutesContent | ReportContent, type_name: str, sections: list[View]) -> View:
    numbered = [
        {"title": f"{numeral}. {each['title']}".upper(), "blocks": each["blocks"]}
        for numeral, each in zip(_ROMAN, sections, strict=False)
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
        {
            "role": role.key,
            "capacity": [breakable(line) for line in role.capacity],
            "person": breakable(role.person),
        }
        for role in roles
    ]
    rows, start = [], 0
    for row in range(count):
        end = start + -(-(len(cells) - start) // (count - row))
        rows.append(cells[start:end])
        start = end
    return rows


def _absent(persons: tuple[Person, ...]) -> list[Block]:
    if not persons:
        return []
    return [paragraph(f"Vắng mặt: {len(persons)} người."), *people(persons)]


def _declarants(persons: tuple[Person, ...]) -> list[Block]:
    if not persons:
        return []
    heading = f"Bản kê khai tài sản, thu nhập của {len(persons)} người được công khai (chỉ ghi tên):"
    return [paragraph(heading), *people(persons)]


def _subject_matter(content: MinutesContent | ReportContent) -> list[Block]:
    meeting = isinstance(content, MinutesContent) and content.meeting is not None
    named = "; ".join(_category_words(one) for one in (content.category, *content.further))
    blocks = [pair("Việc" if meeting else "Nội dung công khai", stop(named))]
    if isinstance(content, MinutesContent):  # a report names it in its first sentence
        blocks.append(pair("Quy định", stop(_clause_words(content.regulation))))
    for place, document in enumerate(content.documents, 1):
        blocks += _document(place, document)
    return blocks


def _category_words(category: CategoryRef) -> str:
    if category.regime == OF_STAFF:
        return category.title
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
        sub(place, name),
        pair("Trích yếu", stop(document.subject)),
        pair("Tình trạng", f"{'dự thảo, chưa ban hành' if draft else 'đã ban hành'}{pages}."),
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
    blocks = [sub(place, channel.name), item(f"Địa điểm: {stop(channel.place)}")]
    if channel.basis:
        blocks.append(item(f"Căn cứ: {stop(channel.basis)}"))
    blocks.append(item(f"Bắt đầu: {moment_words(channel.posted_from)}."))
    if channel.required_days:
        counting = f"; cách tính: {channel.counting}" if channel.counting else ""
        blocks.append(item(stop(f"Thời hạn: {channel.required_days} ngày{counting}")))
    else:
        blocks.append(item("Thời hạn: công khai thường xuyên."))
    if channel.close_from is not None:
        blocks.append(item(f"Được kết thúc sớm nhất từ: {moment_words(channel.close_from)}."))
    if channel.posted_to is not None:
        blocks.append(item(f"Thực tế kết thúc: {moment_words(channel.posted_to)}."))
    if channel.exact:
        blocks.append(item("Thời hạn trên là thời hạn đúng: không được ngắn hơn và cũng không kéo dài hơn."))
    for gap in channel.interruptions:
        end = f"đến {moment_words(gap.end)}" if gap.end else "không khôi phục"
        blocks.append(item(f"Gián đoạn từ {moment_words(gap.start)} {end}: {stop(gap.reason)}"))
    if channel.availability is not None:
        blocks += availability_blocks(channel.availability, local_date(channel.posted_from))
    for proof in channel.evidence:
        blocks += _evidence(proof)
    return blocks


def _evidence(proof: Evidence) -> list[Block]:
    words = [f"Minh chứng: {EVIDENCE.get(proof.kind, proof.kind)} lúc {moment_words(proof.at)}"]
    words += [f"do {proof.by} cung cấp"] if proof.by else []
    words += [proof.note] if proof.note else []
    text = "; ".join(words)
    if proof.address.lower().startswith(("http://", "https://")):
        blocks = [item(f"{text}; địa chỉ: ", url=proof.address)]
    else:
        blocks = [item(stop(f"{text}; địa chỉ: {proof.address}" if proof.address else text))]
    return [*blocks, digest(proof.sha256)] if proof.sha256 else blocks


def _early(content: MinutesContent) -> list[Block]:
    return [pair("Lý do kết thúc sớm", stop(content.early_reason))] if content.early_reason else []


def _feedback(feedback: FeedbackSummary) -> list[Block]:
    if feedback.count == 0 and not feedback.unread:
        return [paragraph("Trong thời gian công khai không nhận được ý kiến phản ánh, kiến nghị nào.")]
    blocks = []
    if feedback.count:
        settled = sum(comment.outcome in _OUTCOMES for comment in feedback.comments)
        told = f", trong đó {settled} ý kiến đã được trả lời hoặc ghi nhận" if settled else ""
        words = f"Trong thời gian công khai đã nhận được {feedback.count} ý kiến phản ánh, kiến nghị{told}."
        blocks.append(paragraph(words))
    for place, comment in enumerate(feedback.comments, 1):
        who = "".join(
            f", {words}" for words in (comment.by, f"qua {comment.source}" if comment.source else "") if words
        )
        blocks.append(sub(place, f"Ý kiến nhận lúc {moment_words(comment.at)}{who}"))
        blocks += [paragraph(line) for line in comment.text.split("\n") if line.strip()]
        if comment.outcome in _OUTCOMES:
            blocks.append(paragraph(stop(f"{_OUTCOMES[comment.outcome]}: {comment.answer or 'có'}")))
    return blocks + _unread(feedback)


_OUTCOMES = {"answered": "Trả lời", "noted": "Ghi nhận"}


def _unread(feedback: FeedbackSummary) -> list[Block]:
    """Say which places were not read: then nobody knows that there was nothing in them."""
    if not feedback.unread:
        return []
    start = "" if feedback.count else "Ở các nguồn đã đọc không có ý kiến nào. "
    blocks = [paragraph(f"{start}Nguồn tiếp nhận chưa đọc được đến hết thời gian công khai:")]
    for source in feedback.unread:
        until = f"đã đọc đến {moment_words(source.until)}" if source.until else "chưa đọc lần nào"
        blocks.append(item(stop(f"{source.title}: {until}")))
    return blocks


def _link_words(link: MinutesLink) -> str:
    number = f"số {link.number}, " if link.number else ""
    return f"{number}mã {link.id}; mã băm nội dung:"


def _kind_words(link: MinutesLink) -> str:
    return f"{_KINDS.get(link.kind, 'Biên bản')} {_link_words(link)}"


_KINDS: dict[str, str] = {
    MinutesKind.POSTING: "Biên bản niêm yết",
    MinutesKind.CLOSING: "Biên bản kết thúc niêm yết",
    MinutesKind.CONFERENCE: "Biên bản hội nghị",
    MinutesKind.BALLOT: "Biên bản kiểm phiếu",
    MinutesKind.DECLARATIONS: "Biên bản niêm yết bản kê khai",
}
