"""
What an anchor is trusted for, and when: a folder's name, or a small ini file beside the certificate.

``signer/`` and ``timestamp/`` give their anchors one purpose; anchors elsewhere have both. ``NAME.ini`` beside a
certificate ``NAME`` (for example ``goc.pem.ini``) says more: each of its sections is one period of trust, so that an
anchor that is no longer trusted stays in the folder with its history::

    [2018]
    purpose = signer, timestamp
    valid-from = 2018-07-01
    valid-until = 2028-12-31
    source = Công văn số 12/CV, đối chiếu vân tay ngày 03/7/2018

A day begins and ends in Vietnam. The period counts for moments that are proven: what is proven to have existed while
its anchor was trusted stays trusted.
"""

import configparser
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from ._text import _
from .errors import TrustError

SIGNER = "signer"
TIMESTAMP = "timestamp"
PURPOSES = (SIGNER, TIMESTAMP)
_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_KEYS = {"purpose", "valid-from", "valid-until", "source"}


@dataclass(frozen=True, slots=True)
class Term:
    """
    One period for which an anchor is trusted.

    Attributes:
        purposes: ``signer``, ``timestamp`` or both.
        valid_from: first moment, None when it was always trusted.
        valid_until: last moment, None when it still is.
        source: where the anchor comes from and who confirmed it; may be empty.
    """

    purposes: tuple[str, ...] = PURPOSES
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str = ""

    def holds(self, purpose: str, existed: datetime, proven: datetime) -> bool:
        """
        Tell whether an anchor is trusted for something.

        Args:
            purpose: ``signer`` or ``timestamp``.
            existed: when the thing is taken to have existed.
            proven: until when that must be believed: when the proof was made.
        """
        after = self.valid_from is None or self.valid_from <= existed
        return purpose in self.purposes and after and (self.valid_until is None or proven <= self.valid_until)


def terms_of(path: Path, name: str) -> tuple[Term, ...]:
    """
    Return the periods for which the anchors of one file are trusted.

    Args:
        path: the certificate file; ``PATH.ini`` is looked for.
        name: its name inside the trust folder, with ``/`` between parts.

    Raises:
        TrustError: the ini file cannot be read or says something unknown.
    """
    side = path.with_name(path.name + ".ini")
    if not side.is_file():
        parts = {part.lower() for part in PurePosixPath(name).parts[:-1]}
        named = tuple(purpose for purpose in PURPOSES if purpose in parts)
        return (Term(named or PURPOSES),)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(side.read_text(encoding="utf-8"), side.name)
        terms = tuple(_term(parser[section]) for section in parser.sections())
    except (configparser.Error, ValueError, OSError) as error:
        raise TrustError(
            what=_("Tệp ghi thời hạn tin cậy không đọc được: {reason}").format(reason=error), where=f"{name}.ini",
            advice=_("Mỗi mục cần purpose (signer, timestamp), valid-from, valid-until (năm-tháng-ngày), source."),
            code="congkhai-S404",
        ) from error  # fmt: skip
    if not terms:
        raise TrustError(
            what=_("Tệp ghi thời hạn tin cậy không có mục nào."), where=f"{name}.ini", code="congkhai-S404"
        )
    return terms


def _term(section: configparser.SectionProxy) -> Term:
    unknown = set(section) - _KEYS
    if unknown:
        raise ValueError(_("mục {section} có khóa lạ: {keys}").format(section=section.name, keys=", ".join(unknown)))
    purposes = tuple(dict.fromkeys(section.get("purpose", ",".join(PURPOSES)).replace(",", " ").split()))
    if not purposes or set(purposes) - set(PURPOSES):
        raise ValueError(_("mục {section}: purpose chỉ gồm signer, timestamp").format(section=section.name))
    start, end = _moment(section.get("valid-from", "")), _moment(section.get("valid-until", ""), end=True)
    if start is not None and end is not None and end < start:
        raise ValueError(_("mục {section}: valid-until trước valid-from").format(section=section.name))
    return Term(purposes, start, end, section.get("source", ""))


def _moment(text: str, *, end: bool = False) -> datetime | None:
    """Read a day, which begins or ends in Vietnam, or a moment with its zone."""
    text = text.strip()
    if not text:
        return None
    if len(text) > len("2026-11-22"):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(_("thời điểm {text} không ghi múi giờ").format(text=text))
        return moment
    day = date.fromisoformat(text)
    first = datetime(day.year, day.month, day.day, tzinfo=_ZONE)
    return first + timedelta(days=1, seconds=-1) if end else first
