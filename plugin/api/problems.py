"""What went wrong, as ``application/problem+json`` (RFC 9457), in the caller's language."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from ..errors import CongkhaiError, InputError, NotAllowedError, OurError, OutsideError
from ..text import _
from ..work import explain

MEDIA = "application/problem+json"
_STATUSES: Mapping[str, int] = {
    "congkhai-E750": 401, "congkhai-E751": 403, "congkhai-E752": 429, "congkhai-E753": 404, "congkhai-E754": 400,
    "congkhai-E755": 413, "congkhai-E140": 404, "congkhai-E708": 413,
}  # fmt: skip
"""Status of the errors that have one of their own."""
UNSUPPORTED = 415


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error; 500 for what is no error of ours."""
    own = _STATUSES.get(getattr(error, "code", ""))
    if own is not None:
        return own
    kinds = ((NotAllowedError, 409), (InputError, 400), (OutsideError, 502), (OurError, 503))
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def titles() -> dict[int, str]:
    """Return what each status is called, in the caller's language."""
    return {
        400: _("Yêu cầu không đúng"), 401: _("Cần mã truy cập"), 403: _("Ngoài phạm vi của mã truy cập"),
        404: _("Không có"), 405: _("Không gọi được theo cách đó"), 406: _("Không có dạng đó"),
        409: _("Không làm được lúc này"), 413: _("Quá lớn"), 415: _("Không nhận loại nội dung này"),
        429: _("Quá nhiều yêu cầu"), 502: _("Hệ thống khác không trả lời"), 503: _("Chưa phục vụ được"),
    }  # fmt: skip


def problem(
    status: int, detail: str = "", *, code: str = "", advice: str = "", where: str = "", id_: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """
    Return a problem.

    Args:
        detail: what is wrong, for people.
        code: of the list of errors; it makes the type.
        advice: what to do.
        where: the parameter that is meant.
        id_: by which IT finds a fault of ours in the log.
    """
    body: dict[str, object] = {
        "type": f"urn:congkhai:{code.removeprefix('congkhai-')}" if code else "about:blank",
        "title": titles().get(status, _("Lỗi")), "status": status, "detail": detail,
    }  # fmt: skip
    body |= {name: text for name, text in (("advice", advice), ("where", where), ("id", id_)) if text}
    return JSONResponse(body, status_code=status, media_type=MEDIA, headers=dict(headers or {}))


def problem_of(error: Exception, id_: str = "") -> Response:
    """Return the problem of an error; of what is no error of ours only its id is told."""
    status = status_of(error)
    if not isinstance(error, CongkhaiError):
        return problem(status, _("Máy chủ gặp lỗi."), id_=id_)
    what, advice = explain(error)
    headers = {"WWW-Authenticate": 'Bearer realm="congkhai"'} if status == 401 else {}
    if status >= 500:
        return problem(status, _("Máy chủ gặp lỗi."), code=error.code, advice=advice, id_=id_)
    return problem(status, what, code=error.code, advice=advice, where=error.where[:80], headers=headers)
