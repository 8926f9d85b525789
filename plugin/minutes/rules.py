"""What must stand in minutes and reports, each rule with its error; shared by both papers."""

from ..text import _
from .body import (
    Agency,
    CategoryRef,
    DisclosedDocument,
    FeedbackSummary,
    JournalHead,
    PostedChannel,
    RegulationRef,
    Role,
)
from .check import content_error, require_count, require_digest, require_texts, require_unique
from .people import Person


def check_head(
    agency: Agency, regulation: RegulationRef, category: CategoryRef, further: tuple[CategoryRef, ...] = ()
) -> None:  # fmt: skip
    """Raise InputError unless agency, regulation with clause, and every category are named."""
    require_texts(agency, ("name", "code"), "agency")
    require_texts(regulation, ("title", "clause"), "regulation")
    for one in (category, *further):
        require_texts(one, ("clause", "key"), "category")
    require_unique((one.key for one in (category, *further)), "category")


def check_people(people: tuple[Person, ...], where: str) -> None:
    """Raise InputError when somebody has no name."""
    for place, person in enumerate(people, 1):
        require_texts(person, ("name",), f"{where}[{place}]")


def check_documents(documents: tuple[DisclosedDocument, ...], *, needed: bool = True) -> None:
    """Raise InputError unless there are documents, each with a title, a known status and sound attachments."""
    if needed and not documents:
        raise content_error(_("Không có văn bản nào được công khai."), "documents", _("Ghi ít nhất một văn bản."))
    for place, document in enumerate(documents, 1):
        where = f"documents[{place}]"
        require_texts(document, ("subject",), where)
        if document.status not in {"draft", "issued"}:
            raise content_error(
                _("Văn bản phải là dự thảo hoặc đã ban hành."), f"{where}.status", _("Ghi “draft” hoặc “issued”.")
            )
        for file in document.attachments:
            require_texts(file, ("name", "media_type"), where)
            require_count(file.size, f"{where}: {file.name}")
            require_digest(file.sha256, f"{where}: {file.name}")


def check_channels(channels: tuple[PostedChannel, ...], *, needed: bool = True) -> None:
    """Raise InputError unless there are channels, each posting once, with times in order and sound evidence."""
    if needed and not channels:
        raise content_error(
            _("Không có hình thức công khai nào."), "channels", _("Ghi ít nhất một hình thức và địa điểm.")
        )
    require_unique((channel.posting for channel in channels), "channels")
    for place, channel in enumerate(channels, 1):
        where = f"channels[{place}]"
        require_texts(channel, ("posting", "form", "name", "place"), where)
        require_count(channel.required_days, f"{where}.required_days")
        if channel.posted_to is not None and channel.posted_to < channel.posted_from:
            raise content_error(
                _("Niêm yết kết thúc trước khi bắt đầu."), f"{where}.posted_to", _("Kiểm tra lại hai thời điểm.")
            )
        for gap in channel.interruptions:
            require_texts(gap, ("reason",), f"{where}.interruptions")
        for item in channel.evidence:
            require_texts(item, ("kind",), f"{where}.evidence")
            if item.sha256:
                require_digest(item.sha256, f"{where}.evidence")


def check_feedback(feedback: FeedbackSummary | None) -> None:
    """Raise InputError when more comments are shown than were counted, or one is empty."""
    if feedback is None:
        return
    require_count(feedback.count, "feedback.count")
    if len(feedback.comments) > feedback.count:
        raise content_error(
            _("Số ý kiến ghi nhận ít hơn số ý kiến được nêu."), "feedback.count", _("Đếm lại số ý kiến đã nhận.")
        )
    for comment in feedback.comments:
        require_texts(comment, ("text",), "feedback.comments")


def check_journal(journal: JournalHead) -> None:
    """Raise InputError unless the journal head has a number and a digest."""
    require_count(journal.seq, "journal.seq")
    require_digest(journal.sha256, "journal.sha256")


def check_roles(roles: tuple[Role, ...]) -> None:
    """Raise InputError unless there are roles, each once, each with capacity and person."""
    if not roles:
        raise content_error(_("Không có vai trò nào phải ký."), "roles", _("Quy chế phải nêu ít nhất một người ký."))
    require_unique((role.key for role in roles), "roles")
    for role in roles:
        require_texts(role, ("key", "person"), "roles")
        if not any(line.strip() for line in role.capacity):
            raise content_error(
                _("Thiếu quyền hạn, chức vụ của người ký “{person}”.").format(person=role.person),
                "roles",
                _("Ghi TM., KT., TL. … và chức vụ như trên văn bản giấy."),
            )
