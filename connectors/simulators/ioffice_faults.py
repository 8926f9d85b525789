"""Faults of the wire and forbidden calls of a simulated iOffice, apart from what it does when it works."""

import json
import re
from dataclasses import replace

from .base import Fault
from .wire import Reply, json_reply

LOGIN_PAGE = (
    '<!DOCTYPE html><html><head><title>Đăng nhập hệ thống</title></head><body><form action="/qlvb/login">'
    '<input name="username"/><input type="password" name="password"/></form></body></html>'
)
_STACK = (
    "java.sql.SQLException: ORA-01013: user requested cancel of current operation\n"
    "\tat oracle.jdbc.driver.T4CTTIoer.processError(T4CTTIoer.java:450)\n"
)
BEFORE = frozenset(
    {"body_error", "html", "text", "stacktrace", "5xx", "reset", "429", "gone", "redirect", "expired", "not_utf8"}
)
"""Faults that answer instead of the system; the call has no effect."""
AFTER = frozenset(
    {
        "truncated", "bom", "mime", "delay", "drip", "cut", "number_code", "accept_then_timeout",
        "accept_then_garbage",
    }
)  # fmt: skip
"""Faults that spoil the answer of a call that has had its effect."""
ON_FILES = frozenset({"file_html", "file_empty", "file_envelope", "file_short"})

_TRIPWIRES = tuple(
    (method, re.compile(pattern))
    for method, pattern in (
        ("POST", r"api/notifycation/setreadnotify/"),
        ("GET", r"api/document/signeddocument/[^/]+/"),
        ("POST", r"api/document/finish(coeval)?/(v2/)?"),
        ("POST", r"api/(incomming|outgoing)document/(tranfer|promulgate)document(coeval)?/"),
        ("POST", r"api/document/(forwarddocument|forwarddocumentcoeval|tranfernotify)/"),
        ("GET", r"api/incommingdocument/recoverdocument/[^/]+/"),
        ("GET", r"api/outgoingdocument/recovertranferdocument/[^/]+/"),
        ("POST", r"api/document/(signdocument/v2|signserverca|signdocumentpki)/"),
        ("POST", r"VNPTsignature/rest/ioffice/signature/?"),
        ("GET", r"api/(validateotp/[^/]+|resendotp)/"),
        ("POST", r"api/incommingdocument/sendcomment/"),
        ("GET", r"api/switch/[^/]+/"),
        ("POST", r"api/information/(create|edit|send|updateemployee)/"),
        ("DELETE", r"api/information/delete/[^/]+/"),
        ("POST", r"api/job/(createjob|updatejob|updatestatus|updateassign|evaluatejob)/"),
        ("POST", r"api/file/(upload|uploadfile)/"),
        ("GET", r"api/getlinkeditfile/[^/]+/"),
        ("POST", r"api/(changepassword|createexception)/"),
    )
)


def tripwire(method: str, path: str) -> bool:
    """Tell whether this call marks, stars, finishes, transfers, recalls, signs, or otherwise writes."""
    return any(method == verb and pattern.fullmatch(path) for verb, pattern in _TRIPWIRES)


def page(text: str, status: int = 200) -> Reply:
    """Make an HTML answer."""
    return Reply(status=status, body=text.encode("utf-8"), content_type="text/html; charset=utf-8")


def plain(text: str, status: int = 200) -> Reply:
    """Make a plain-text answer."""
    return Reply(status=status, body=text.encode("utf-8"), content_type="text/plain; charset=utf-8")


def error(code: str, message: str, status: int = 200) -> Reply:
    """Make an envelope that says no."""
    return json_reply({"status": {"code": code, "message": message}}, status)


def expired(how: str) -> Reply:
    """Answer as a deployment does when the token is no longer good: ``401``, ``body`` or ``html``."""
    if how == "html":
        return page(LOGIN_PAGE)
    return error("error_authentication_required", "Phiên làm việc đã hết hạn", 401 if how == "401" else 200)


def instead(fault: Fault) -> Reply:
    """Make the answer of a fault that stands for the system's own."""
    answers = {
        "body_error": error("error_system", "Có lỗi xảy ra"),
        "html": page("<html><body><h1>Proxy</h1>Hệ thống đang bảo trì</body></html>"),
        "text": plain("Service is starting"),
        "stacktrace": plain(_STACK),
        "5xx": page("<html><body>Bad Gateway</body></html>", 502),
        "reset": Reply(reset=True),
        "gone": error("error_not_found", "Không tìm thấy văn bản", int(fault.more.get("status", 404))),
        "not_utf8": Reply(body='{"status":{"code":"0"},"data":"Đông Sơn"}'.encode("utf-16")),
    }
    if fault.fault == "429":
        seconds = str(fault.more.get("retry_after", 0))
        return replace(plain("Too many requests", 429), headers=(("Retry-After", seconds),))
    if fault.fault == "redirect":
        target = str(fault.more.get("to", "http://127.0.0.1:1/steal/"))
        return Reply(status=302, headers=(("Location", target),))
    if fault.fault == "expired":
        return expired(str(fault.more.get("how", "401")))
    return answers[fault.fault]


def spoiled(reply: Reply, fault: Fault) -> Reply:
    """Spoil an answer whose call has had its effect."""
    if fault.fault == "truncated":
        return replace(reply, body=reply.body[: max(1, len(reply.body) // 2)])
    if fault.fault == "bom":
        return replace(reply, body=b"\xef\xbb\xbf" + reply.body)
    if fault.fault == "mime":
        return replace(reply, content_type="text/html; charset=iso-8859-1")
    if fault.fault == "delay":
        return replace(reply, delay_ms=int(fault.more.get("ms", 1000)))
    if fault.fault == "drip":
        return replace(reply, drip=int(fault.more.get("rate", 4096)))
    if fault.fault == "cut":
        return replace(reply, cut=len(reply.body) // 2)
    if fault.fault == "number_code":
        try:
            value = json.loads(reply.body)
            value["status"]["code"] = 0
        except (ValueError, TypeError, KeyError):
            return reply  # a file has no code
        return json_reply(value)
    if fault.fault == "accept_then_garbage":
        return page("<html><body>Gateway Time-out</body></html>", 504)
    return replace(reply, delay_ms=int(fault.more.get("ms", 0)), reset=True)


def spoiled_file(content: bytes, fault: Fault) -> Reply:
    """Answer a download with what is not the file."""
    if fault.fault == "file_html":
        return page("<html><body>Tệp không còn trên máy chủ</body></html>")
    if fault.fault == "file_envelope":
        return error("error_file", "Không đọc được tệp")
    body = b"" if fault.fault == "file_empty" else content[: len(content) - 10]
    return Reply(body=body, content_type="application/octet-stream")
