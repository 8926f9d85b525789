"""
Which calls of iOffice may be made: an explicit list, asked before any connection is opened.

The HTTP method says nothing about safety there: lists are POST, while starring and recalling are GET. So everything
that is not on the list is refused, and what must never be called cannot be put on it by a setting either.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.text import _

_ID = r"[A-Za-z0-9_-]{1,64}"
_WELL_FORMED = re.compile(r"(?:[A-Za-z0-9_-]{1,64}/){0,9}[A-Za-z0-9_-]{1,64}/?")
_READS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (method, re.compile(pattern))
    for method, pattern in (
        ("POST", r"api/document/getlist(?:waiting|processed|notify|outdate|signed)document/"),
        ("POST", r"api/document/getpaging(?:waiting|processed|notify|outdate)document/"),
        ("POST", r"api/document/pagingsigneddocument/"),
        ("POST", r"api/document/(?:getlistlookupbyparam|paginglookupbyparam|lookupdocument|paginglookupdocument)/"),
        ("GET", rf"api/document/(?:getdetaildocument|getactivitylog|getdocrelated)/{_ID}/"),
        ("GET", r"api/document/(?:getlisttypecode|getlistfield|getlistpriority|getlistunit|countmenu)/"),
        ("GET", rf"api/file/(?:getfileattach|getfilerelated|download|downloadpdf|downloaddocument)/{_ID}/"),
        ("POST", r"api/notifycation/getlistnotify/v2/"),
        ("GET", rf"api/notifycation/getdetailnotify/{_ID}/"),
    )
)
_NEVER: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (method, re.compile(pattern, re.IGNORECASE))
    for method, pattern in (
        ("POST", r"api/notifycation/setreadnotify/"),
        ("GET", r"api/document/signeddocument/.*"),
        ("POST", r"api/document/finish.*"),
        ("POST", r"api/document/(?:forward|tranfer|sign(?!eddocument)).*"),
        (".*", r"api/(?:incomming|outgoing)document/.*"),
        (".*", r".*VNPTsignature/.*"),
        (".*", r"api/(?:validateotp|resendotp|switch|getlinkeditfile|createexception|logout|generateotp)/.*"),
        (".*", r"api/(?:information|job|brief)/.*"),
        ("POST", r"api/file/upload(?:file)?/"),
        (".*", r"api/.*password.*"),
        ("POST", r".*receive_status/"),
    )
)
SAVE_BRIEF = "api/brief/savebrief/"
LIST_BRIEF = "api/brief/getlistbrief/"


@dataclass(frozen=True, slots=True)
class Allowed:
    """
    The calls one section of the ini may make.

    Attributes:
        login: path of the login call.
        push: path that takes new papers, or empty.
        result: path of the result list, or empty.
        link: whether papers may be linked to a dossier.
        user_token: path of the gateway's call for the e-office's token, or empty.
        notice: path that publishes a notice, or empty.
    """

    login: str
    push: str = ""
    result: str = ""
    link: bool = False
    user_token: str = ""
    notice: str = ""

    def require(self, method: str, path: str, body: Any = None) -> None:
        """
        Let a call pass, or refuse it.

        Args:
            method: ``GET`` or ``POST``.
            path: below the base URL, without a leading slash, not percent-encoded.
            body: JSON value to be sent; what ends the handling of a paper is refused here too.

        Raises:
            NotAllowedError: not on the list.
        """
        if not (well_formed(path) and (self._own(method, path) or _matches(_READS, method, path))):
            raise _refusal()
        if path == SAVE_BRIEF and not (isinstance(body, Mapping) and _is_zero(body.get("finish"))):
            raise _refusal()

    def _own(self, method: str, path: str) -> bool:
        own = {("POST", self.login)}
        if self.push:
            own.add(("POST", self.push))
        if self.result:
            own.add(("GET", self.result))
        if self.user_token:
            own.add(("GET", self.user_token))
        if self.notice:
            own.add(("POST", self.notice))
        if self.link:
            own |= {("POST", SAVE_BRIEF), ("GET", LIST_BRIEF)}
        return (method, path) in own


def well_formed(path: str) -> bool:
    """Tell whether a path is plain segments between ``/``: no query, escape, dot, or empty segment."""
    return _WELL_FORMED.fullmatch(path) is not None


def forbidden(method: str, path: str) -> bool:
    """Tell whether a call must never be made, whatever a setting says (domain contract, "MUST NEVER be called")."""
    closed = path if path.endswith("/") else f"{path}/"
    return any(re.fullmatch(verb, method) and pattern.fullmatch(closed) for verb, pattern in _NEVER)


def _matches(rules: tuple[tuple[str, re.Pattern[str]], ...], method: str, path: str) -> bool:
    return any(method == verb and pattern.fullmatch(path) for verb, pattern in rules)


def _is_zero(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value == 0


def _refusal() -> NotAllowedError:
    # The path is left out on purpose: it may have been made of text that came from outside.
    return NotAllowedError(
        what=_("Lời gọi này không nằm trong danh sách được phép gọi tới iOffice."),
        advice=_("Báo cho người phát triển congkhai; không có gì được gửi đi."),
        code="congkhai-E230",
    )
