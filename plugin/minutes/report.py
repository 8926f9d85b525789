"""
The results report of a disclosure (báo cáo kết quả công khai), part 9.5 of the dossier.

It covers every form that was used, each with its evidence: a form named without any is what check A18 is about. The
XML is signed in the same way as minutes.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ..text import _
from .body import (
    Agency,
    CategoryRef,
    DisclosedDocument,
    FeedbackSummary,
    JournalHead,
    MinutesLink,
    PostedChannel,
    RegulationRef,
    Role,
)
from .check import content_error, normalised, require_digest, require_texts
from .codec import MOMENT, Constant, Leaf, Many, Nested, Shape
from .codec import Code as CodeItem
from .read import read_body
from .rules import check_channels, check_documents, check_feedback, check_head, check_journal, check_roles
from .shapes import AGENCY, CATEGORY, CHANNEL, DOCUMENT, FEEDBACK, JOURNAL, LINK, REGULATION, ROLE
from .write import document_bytes

REPORT_NAMESPACE = "urn:congkhai:report:1"
NO_FEEDBACK = FeedbackSummary(0)
SUBJECT = "Kết quả công khai thông tin"


@dataclass(frozen=True, slots=True)
class ReportContent:
    """
    A results report.

    Attributes:
        subject: what it reports on; empty takes the usual words.
        number: ``164/BC-UBND``, or empty.
        place: place name of the date line, e.g. ``Đông Sơn``; `made`: its date.
        channels: every form used, each with evidence.
        feedback: comments received during all postings.
        minutes: the posting and closing minutes that the report rests on.
        remarks: assessment and proposals, one paragraph each.
        addressees: lines of "Kính gửi"; `recipients`: lines of "Nơi nhận".
        further: the other categories of the matter; `category` is the leading one.
    """

    id: str
    agency: Agency
    regulation: RegulationRef
    category: CategoryRef
    bases: tuple[str, ...]
    place: str
    made: datetime
    documents: tuple[DisclosedDocument, ...]
    channels: tuple[PostedChannel, ...]
    journal: JournalHead
    roles: tuple[Role, ...]
    subject: str = ""
    number: str = ""
    feedback: FeedbackSummary = NO_FEEDBACK
    minutes: tuple[MinutesLink, ...] = ()
    remarks: tuple[str, ...] = ()
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ("Lưu: VT, Hồ sơ.",)
    further: tuple[CategoryRef, ...] = ()


REPORT = Shape(
    ReportContent,
    (
        Leaf("id", "ReportId"),
        Constant("TypeName", "Báo cáo"),
        CodeItem("number"),
        Leaf("subject", "Subject"),
        Nested("agency", "Organ", AGENCY),
        Many("addressees", "Addressees", "Addressee"),
        Nested("regulation", "Regulation", REGULATION),
        Nested("category", "Category", CATEGORY),
        Many("further", "FurtherCategories", "Category", CATEGORY),
        Many("bases", "Bases", "Basis"),
        Leaf("place", "Place"),
        Leaf("made", "Made", MOMENT),
        Many("documents", "Documents", "Document", DOCUMENT, ordered=True),
        Many("channels", "Channels", "Channel", CHANNEL, ordered=True),
        Many("minutes", "MinutesList", "Minutes", LINK),
        Nested("feedback", "Feedback", FEEDBACK),
        Many("remarks", "Remarks", "Remark"),
        Nested("journal", "JournalHead", JOURNAL),
        Many("roles", "RequiredRoles", "Role", ROLE, ordered=True),
        Many("recipients", "Recipients", "Recipient"),
    ),
)


def report_xml(content: ReportContent) -> bytes:
    """
    Write a report, unsigned: ``<Report><Body Id="body">…</Body></Report>``; otherwise as `minutes_xml`.

    Raises:
        InputError: something is missing, or a form has no evidence (check A18).
    """
    return document_bytes(REPORT_NAMESPACE, "Report", REPORT, completed_report(content))


def read_report(xml: bytes) -> ReportContent:
    """Read a report, signed or not; signatures are not verified here. Raises InputError."""
    return read_body(xml, REPORT_NAMESPACE, REPORT)


def completed_report(content: ReportContent) -> ReportContent:
    """Return a checked report as it is written and read back, with the usual subject filled in. Raises InputError."""
    content = normalised(content)
    require_texts(content, ("id", "place"))
    check_head(content.agency, content.regulation, content.category, content.further)
    check_documents(content.documents)
    check_channels(content.channels)
    check_feedback(content.feedback)
    check_journal(content.journal)
    check_roles(content.roles)
    for link in content.minutes:
        require_digest(link.body_sha256, "minutes")
    for place, channel in enumerate(content.channels, 1):
        if not channel.evidence:
            raise content_error(
                _("Hình thức “{name}” chưa có minh chứng nên không thể báo cáo là đã công khai.").format(
                    name=channel.name
                ),
                f"channels[{place}].evidence",
                _("Bổ sung địa chỉ trang, ảnh chụp, biên nhận hoặc xác nhận có thời điểm."),
            )
    return content if content.subject.strip() else replace(content, subject=SUBJECT)
