"""
Minutes (biên bản), the results report and the dossier index: records, XML with schema, and PDF rendition.

Pure functions over frozen records: no store, no network, no clock, no keys. The XML is signed; the PDF shows it.
"""

from .availability import Availability, availability, interruptions
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
    disclosed,
    posted,
)
from .check import normalised
from .decision import DecisionContent, Lack, decision_around, decision_xml, read_decision
from .index import DossierIndex, FileCode, Member, dossier_index, read_index
from .look import SHIPPED, Look, pictures_in
from .meeting import Ballot, Choice, Meeting, Speech
from .people import Person
from .read import body_sha256, read_minutes, validate
from .rendition import minutes_pdf, report_pdf, with_address
from .report import ReportContent, completed_report, read_report, report_xml
from .write import completed, minutes_xml

__all__ = [
    "SHIPPED",
    "Agency",
    "Availability",
    "Ballot",
    "CategoryRef",
    "Choice",
    "DecisionContent",
    "DisclosedDocument",
    "DossierIndex",
    "FeedbackSummary",
    "FileCode",
    "FileRef",
    "Interruption",
    "JournalHead",
    "Lack",
    "Look",
    "Meeting",
    "Member",
    "MinutesContent",
    "MinutesKind",
    "MinutesLink",
    "Person",
    "PostedChannel",
    "RegulationRef",
    "ReportContent",
    "Role",
    "Speech",
    "UnreadSource",
    "availability",
    "body_sha256",
    "completed",
    "completed_report",
    "decision_around",
    "decision_xml",
    "disclosed",
    "dossier_index",
    "interruptions",
    "minutes_pdf",
    "minutes_xml",
    "normalised",
    "pictures_in",
    "posted",
    "read_decision",
    "read_index",
    "read_minutes",
    "read_report",
    "report_pdf",
    "report_xml",
    "validate",
    "with_address",
]
