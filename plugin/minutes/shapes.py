"""
How the records of minutes and report stand in XML.

Element names are those of NĐ 30/2020/NĐ-CP Phụ lục VI where it has one (`OrganId`, `OrganName`, `CodeNumber`,
`CodeNotation`, `IssuedDate`, `TypeName`, `Subject`, `PageAmount`, `Position`, `FullName` …), ours elsewhere. No
attribute is called ``id`` in any spelling except `Body`'s own ``Id``: some verifiers take each of them for the target
of a reference.
"""

from ..records import Evidence, Feedback
from .availability import Availability, Certificate, Unobserved
from .body import (
    Agency,
    CategoryRef,
    DisclosedDocument,
    FeedbackSummary,
    FileRef,
    Interruption,
    JournalHead,
    MinutesContent,
    MinutesKind,
    MinutesLink,
    PostedChannel,
    RegulationRef,
    Role,
    UnreadSource,
)
from .codec import DAY, MOMENT, WHOLE, Attribute, Code, Constant, Flag, Leaf, Many, Nested, Shape, Value
from .meeting import Ballot, Choice, Meeting, Speech
from .people import Person

MINUTES_NAMESPACE = "urn:congkhai:minutes:1"

AGENCY = Shape(
    Agency,
    (
        Leaf("code", "OrganId"),
        Leaf("name", "OrganName"),
        Leaf("superior", "SuperiorOrganName", optional=True),
    ),
)
REGULATION = Shape(
    RegulationRef,
    (
        Code("number"),
        Leaf("issued", "IssuedDate", DAY, optional=True),
        Leaf("title", "Subject"),
        Leaf("clause", "Clause"),
    ),
)
CATEGORY = Shape(
    CategoryRef,
    (
        Attribute("key", "key"),
        Leaf("clause", "Clause"),
        Leaf("title", "Subject", optional=True),
        Leaf("regime", "Regime", optional=True),
    ),
)
PERSON = Shape(Person, (Leaf("title", "Position", optional=True), Leaf("name", "FullName")))
FILE = Shape(
    FileRef,
    (
        Leaf("name", "FileName"),
        Leaf("media_type", "MediaType"),
        Leaf("size", "Size", WHOLE),
        Leaf("sha256", "Sha256"),
    ),
)
DOCUMENT = Shape(
    DisclosedDocument,
    (
        Attribute("status", "status"),
        Leaf("type", "TypeName", optional=True),
        Code("number"),
        Leaf("issued", "IssuedDate", DAY, optional=True),
        Leaf("issuer", "OrganName", optional=True),
        Leaf("subject", "Subject"),
        Leaf("page_amount", "PageAmount", WHOLE, optional=True),
        Many("attachments", "Attachments", "Attachment", FILE),
    ),
)
EVIDENCE = Shape(
    Evidence,
    (
        Attribute("kind", "kind"),
        Leaf("at", "Time", MOMENT),
        Leaf("by", "By", optional=True),
        Leaf("address", "Address", optional=True),
        Leaf("sha256", "Sha256", optional=True),
        Leaf("note", "Description", optional=True),
    ),
)
INTERRUPTION = Shape(
    Interruption,
    (
        Leaf("start", "From", MOMENT),
        Leaf("end", "To", MOMENT, optional=True),
        Leaf("reason", "Reason"),
    ),
)
AVAILABILITY = Shape(
    Availability,
    (
        *(Attribute(name, name, WHOLE) for name in ("seen", "gone", "changed", "unknown", "missed")),
        Leaf("longest_from", "LongestFrom", MOMENT),
        Leaf("longest_to", "LongestTo", MOMENT),
        Leaf("days", "Days"),
        Many(
            "unobserved",
            "UnobservedList",
            "Unobserved",
            Shape(
                Unobserved,
                (Attribute("cause", "cause"), Leaf("start", "From", MOMENT), Leaf("end", "To", MOMENT)),
            ),
        ),
        Many(
            "certificates",
            "Certificates",
            "Certificate",
            Shape(Certificate, (Leaf("sha256", "Sha256"), Leaf("until", "NotAfter", MOMENT, optional=True))),
        ),
    ),
)
CHANNEL = Shape(
    PostedChannel,
    (
        Attribute("posting", "posting"),
        Attribute("form", "form"),
        Leaf("name", "Name"),
        Leaf("place", "Place"),
        Leaf("basis", "Clause", optional=True),
        Leaf("posted_from", "PostedFrom", MOMENT),
        Leaf("required_days", "RequiredDays", WHOLE),
        Leaf("counting", "CountingRule", optional=True),
        Leaf("close_from", "EarliestClosing", MOMENT, optional=True),
        Leaf("posted_to", "PostedTo", MOMENT, optional=True),
        Many("interruptions", "Interruptions", "Interruption", INTERRUPTION),
        Many("evidence", "EvidenceList", "Evidence", EVIDENCE),
        Nested("availability", "Availability", AVAILABILITY, optional=True),
        Flag("exact", "ExactDuration"),
    ),
)
COMMENT = Shape(
    Feedback,
    (
        Leaf("at", "Time", MOMENT),
        Leaf("by", "FullName", optional=True),
        Leaf("text", "Content"),
        Leaf("source", "Source", optional=True),
        Leaf("outcome", "Outcome", optional=True),
        Leaf("answer", "Answer", optional=True),
    ),
)
UNREAD = Shape(UnreadSource, (Leaf("title", "Name"), Leaf("until", "ReadUntil", MOMENT, optional=True)))
FEEDBACK = Shape(
    FeedbackSummary,
    (
        Attribute("count", "count", WHOLE),
        Many("comments", "Comments", "Comment", COMMENT),
        Many("unread", "UnreadSources", "UnreadSource", UNREAD),
    ),
)
_BALLOT = Shape(
    Ballot,
    (
        *(Attribute(name, name, WHOLE) for name in ("issued", "returned", "valid", "invalid")),
        Leaf("question", "Question"),
        Leaf("form", "Form"),
        Many(
            "choices",
            "Choices",
            "Choice",
            Shape(Choice, (Attribute("votes", "votes", WHOLE), Leaf("title", "Title"))),
            ordered=True,
        ),
    ),
)
MEETING = Shape(
    Meeting,
    (
        Attribute("summoned", "summoned", WHOLE),
        Attribute("present", "present", WHOLE),
        Nested("chair", "Chair", PERSON),
        Nested("secretary", "Secretary", PERSON),
        Many("counters", "Counters", "Counter", PERSON),
        Many("agenda", "Agenda", "Item"),
        Many(
            "speeches",
            "Speeches",
            "Speech",
            Shape(Speech, (Nested("speaker", "Speaker", PERSON), Leaf("text", "Content"))),
            ordered=True,
        ),
        Many("conclusions", "Conclusions", "Conclusion"),
        Many("ballots", "Ballots", "Ballot", _BALLOT, ordered=True),
    ),
)
LINK = Shape(
    MinutesLink,
    (
        Attribute("kind", "kind"),
        Leaf("id", "MinutesId"),
        Code("number"),
        Leaf("body_sha256", "BodySha256"),
    ),
)
JOURNAL = Shape(JournalHead, (Attribute("seq", "seq", WHOLE), Leaf("sha256", "Sha256")))
ROLE = Shape(
    Role,
    (
        Attribute("key", "key"),
        Many("capacity", "Capacity", "Line"),
        Leaf("person", "FullName"),
    ),
)
MINUTES = Shape(
    MinutesContent,
    (
        Attribute("kind", "kind", Value(str, MinutesKind)),
        Leaf("id", "MinutesId"),
        Constant("TypeName", "Biên bản"),
        Code("number"),
        Leaf("subject", "Subject"),
        Nested("agency", "Organ", AGENCY),
        Nested("regulation", "Regulation", REGULATION),
        Nested("category", "Category", CATEGORY),
        Many("further", "FurtherCategories", "Category", CATEGORY),
        Many("bases", "Bases", "Basis"),
        Leaf("place", "Place"),
        Leaf("started", "Started", MOMENT),
        Leaf("finished", "Finished", MOMENT),
        Nested("opening", "PostingMinutes", LINK, optional=True),
        Many("participants", "Participants", "Participant", PERSON),
        Many("absent", "Absentees", "Absentee", PERSON),
        Nested("meeting", "Meeting", MEETING, optional=True),
        Many("documents", "Documents", "Document", DOCUMENT, ordered=True),
        Many("declarations", "Declarants", "Declarant", PERSON),
        Many("channels", "Channels", "Channel", CHANNEL, ordered=True),
        Leaf("early_reason", "EarlyClosingReason", optional=True),
        Leaf("feedback_receiver", "FeedbackReceiver", optional=True),
        Nested("feedback", "Feedback", FEEDBACK, optional=True),
        Nested("journal", "JournalHead", JOURNAL),
        Many("roles", "RequiredRoles", "Role", ROLE, ordered=True),
        Many("recipients", "Recipients", "Recipient"),
    ),
)
