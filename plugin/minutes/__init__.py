"""
Minutes (biên bản), the results report and the dossier index: records, XML with schema, and PDF rendition.

Pure functions over frozen records: no store, no network, no clock, no keys. The XML is signed; the PDF shows it.
"""

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
    Person,
    PostedChannel,
    RegulationRef,
    Role,
    disclosed,
    posted,
)
from .check import normalised
from .index import DossierIndex, FileCode, Member, dossier_index, read_index
from .read import body_sha256, read_minutes, validate
from .rendition import minutes_pdf, report_pdf
from .report import ReportContent, completed_report, read_report, report_xml
from .write import completed, minutes_xml

__all__ = [
    "Agency",
    "CategoryRef",
    "DisclosedDocument",
    "DossierIndex",
    "FeedbackSummary",
    "FileCode",
    "FileRef",
    "Interruption",
    "JournalHead",
    "Member",
    "MinutesContent",
    "MinutesKind",
    "MinutesLink",
    "Person",
    "PostedChannel",
    "RegulationRef",
    "ReportContent",
    "Role",
    "body_sha256",
    "completed",
    "completed_report",
    "disclosed",
    "dossier_index",
    "minutes_pdf",
    "minutes_xml",
    "normalised",
    "posted",
    "read_index",
    "read_minutes",
    "read_report",
    "report_pdf",
    "report_xml",
    "validate",
]
