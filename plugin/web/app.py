"""
The application: one wrapper around every page decides on origin, session, right, size and headers.

Pages are synchronous functions and run in a thread pool, because the store is synchronous.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..api.serve import ROOT, make_api
from ..api.serve import not_found as not_in_api
from ..errors import CongkhaiError, InputError, NotAllowedError, OurError, OutsideError
from ..house import House
from ..text import _, retold, speaking
from ..work import explain
from . import cross_origin, sessions
from .languages import language_of
from .own_host import OwnHost, address_of
from .render import STATIC, page
from .routes import Page, all_pages
from .visit import Visit, local_path, redirect, rights_for

log = logging.getLogger(__name__)

_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
PLUG_IN = "wss://127.0.0.1:8987"
"""Where the public-service signing plug-in listens on the signer's own PC."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
}
_MOST_FIELDS = 2000
_UNREADABLE = 2  # exit code of design.md for input that cannot be read
_MOST_FILES = 50


def own_address(house: House) -> str:
    """Return where people reach the page: ``public-url``, or where it listens."""
    web = house.configuration.web
    scheme = "https" if web.tls_certificate else "http"
    return web.public_url.rstrip("/") or f"{scheme}://{web.listen}:{web.port}"


def cookie_name(house: House) -> str:
    """Return the session cookie's name; with the ``__Host-`` prefix (RFC 6265bis) where the page has TLS."""
    return "__Host-congkhai" if own_address(house).startswith("https:") else "congkhai"


def make_app(house: House, *, own: str = "") -> Starlette:
    """
    Make the application of one house.

    Args:
        own: address that requests are compared with, where it differs from the ini (tests, a port given on the way).
    """
    home = own or own_address(house)
    origin = cross_origin.origin_of(home)
    if origin is None:
        raise InputError(
            _("Địa chỉ của trang web không dùng được: {address}").format(address=home), where="[web] public-url",
            code="congkhai-E707", advice=_("Viết như https://congkhai.xa.gov.vn"),
        )  # fmt: skip
    routes: list[Route | Mount] = [
        Route(one.path, partial(_serve, house, origin, one), methods=[one.method], name=f"{one.method} {one.path}")
        for one in all_pages()
    ]
    routes.append(Mount(ROOT, make_api(house), name="api"))
    routes.append(Mount("/static", _Static(directory=STATIC), name="static"))
    app = Starlette(
        routes=routes, exception_handlers={HTTPException: partial(_not_found, house), Exception: _broken},
        middleware=[Middleware(OwnHost, own=origin)],
    )  # fmt: skip
    app.router.redirect_slashes = False  # it would redirect to whatever host the request names
    app.state.home = home
    return app


Serve = Callable[[Request], Awaitable[Response]]


async def _serve(house: House, origin: cross_origin.Origin, one: Page, request: Request) -> Response:
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not cross_origin.is_allowed(request.method, headers, origin):
        refusal = _("Yêu cầu đến từ một trang khác và đã bị từ chối.")
        return with_headers(PlainTextResponse(refusal, status_code=403), one)
    visit = await run_in_threadpool(_visit, house, request)
    with speaking(language_of(house, request)):
        return await _spoken(visit, one)


async def _spoken(visit: Visit, one: Page) -> Response:
    """Answer a request in the language of this context, which the threads that do the work take along."""
    house, request = visit.house, visit.request
    try:
        response = await run_in_threadpool(_refused, visit, one)  # before anything of the body is read
        if response is None:
            form = await _form(house, request) if request.method == "POST" else FormData()
            visit = Visit(house, request, visit.session, visit.address, visit.rights, form)
            response = await run_in_threadpool(_handled, visit, one)
    except Exception as error:  # the page's own boundary: whatever is raised becomes an answer that says what to do
        response = await run_in_threadpool(_failed, visit, error)
    finally:
        await visit.form.close()  # uploaded files lie in temporary files until then
    return with_headers(response, one)


def _visit(house: House, request: Request) -> Visit:
    cookie = request.cookies.get(cookie_name(house), "")
    web = house.configuration.web
    session = (
        sessions.resume(house.store, house.agency, cookie, idle=web.session_idle, longest=web.session_longest)
        if cookie
        else None
    )
    address = address_of(request, web.proxies)
    return Visit(house, request, session, address, rights_for(house, session))


def _handled(visit: Visit, one: Page) -> Response:
    """Let a page answer; what is taken away of content by those who signed in is on record before it leaves."""
    response = one.handler(visit)
    if one.journal and visit.session is not None and response.status_code == 200:
        with visit.house.store.write(visit.house.agency, visit.person) as tx:
            tx.journal(one.journal, visit.session.holder.id, of=visit.path(one.subject))
    return response


def _refused(visit: Visit, one: Page) -> Response | None:
    """Return what a visitor gets who may not use a page, or must prove who they are first; None when they may."""
    if one.right not in visit.rights:
        if visit.session is None:
            return redirect(f"/dang-nhap?next={visit.request.url.path}")
        log.warning("page refused", extra={"path": one.path, "method": one.method, "account": visit.session.holder.id})
        return _problem(visit, 403, _("Tài khoản này không được dùng trang này."), _(
            "Việc này thuộc vai trò khác; cần làm thì nhờ người giữ vai trò đó, hoặc người quản trị cấp thêm vai trò."
        ))  # fmt: skip
    if one.proven and visit.session is not None and not visit.session.proven:
        return redirect(f"/xac-nhan?next={visit.request.url.path}")
    return None


async def _form(house: House, request: Request) -> FormData:
    """Read fields and files, and stop as soon as they are too many or too large."""
    most = house.configuration.web.upload_limit
    too_large = InputError(
        _("Tải lên quá lớn (tối đa {most} MiB).").format(most=most // (1024 * 1024)), code="congkhai-E708",
        advice=_("Chia nhỏ hoặc nén lại rồi tải lên từng tệp."),
    )  # fmt: skip
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most:
        raise too_large
    got = 0
    receive = request.receive

    async def counted() -> Mapping[str, object]:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > most:
            raise too_large
        return message

    limited = Request(request.scope, counted)  # type: ignore[arg-type]  # Starlette's Receive names a MutableMapping
    try:
        return await limited.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)
    except (MultiPartException, HTTPException) as error:
        raise InputError(_("Biểu mẫu gửi lên không đọc được."), code="congkhai-E708") from error


def _failed(visit: Visit, error: Exception) -> Response:
    """Say what is wrong and what to do; what is our own fault also gets an id that IT can search the log for."""
    statuses = ((NotAllowedError, 409), (InputError, 400), (OutsideError, 502), (OurError, 503))
    status = next((status for kind, status in statuses if isinstance(error, kind)), 500)
    if not isinstance(error, CongkhaiError) and getattr(error, "exit_code", 0) == _UNREADABLE:
        status = 400  # the signing library says that what it was given cannot be read
    what, advice = explain(error)
    id_ = ""
    if status >= 500:
        id_ = secrets.token_hex(4)
        route = getattr(visit.request.scope.get("route"), "path", "")  # never the address itself: it may hold a secret
        log.error("page failed", exc_info=error, extra={"path": route, "id": id_})
    if (status == 500 and not hasattr(error, "what")) or (status >= 500 and visit.session is None):
        what = _("Trang này gặp lỗi.")
    return _problem(visit, status, _retold(what), _on_page(error) or retold(advice), id_)


def _on_page(error: Exception) -> str:
    """Return what to do on the page about an error that else advises a command; empty for every other."""
    return {
        "congkhai-E140": _("Kiểm tra lại địa chỉ, hoặc tìm trong danh sách."),
        "congkhai-E691": _("Bỏ văn bản cũ ra khỏi phần này trước, kèm lý do; văn bản cũ vẫn được lưu."),
        "congkhai-E737": _("Mở lại trang hồ sơ để xem tình trạng hiện nay."),
        "congkhai-E738": _("Đăng nhập bằng tài khoản của người đứng đầu, hoặc của người ký thay đã ghi."),
    }.get(getattr(error, "code", ""), "")


def _problem(visit: Visit, status: int, what: str, advice: str, id_: str = "") -> Response:
    """Return the page that says what is wrong, with the way back."""
    typed = visit.request.method == "POST" and status in (400, 409)
    return page(visit, "error.html", status, what=what, advice=advice, id=id_, back=_back(visit), typed=typed)


def _back(visit: Visit) -> str:
    """Return the path of the page that the visitor came from; empty where that is elsewhere, or this very one."""
    try:
        came = urlsplit(visit.request.headers.get("referer", ""))
    except ValueError:
        return ""
    # What was done before must not be announced again.
    path = f"{came.path}?{came.query}" if came.query and "done=" not in came.query else came.path
    same = visit.request.method == "GET" and came.path == visit.request.url.path
    own = came.netloc == visit.request.headers.get("host", "")
    return path if own and not same and local_path(path) == path and came.path != "/" else ""


def _retold(what: str) -> str:
    """Say an error's sentence in the visitor's language, behind the place that it may begin with."""
    said = retold(what)
    place, mark, sentence = what.partition(": ")
    return f"{place}{mark}{retold(sentence)}" if said == what and mark else said


async def _not_found(house: House, request: Request, error: Exception) -> Response:
    if request.url.path.startswith(f"{ROOT}/"):  # a line break in a path keeps it from its mount
        return await not_in_api(request, error)
    status = error.status_code if isinstance(error, HTTPException) else 404
    visit = await run_in_threadpool(_visit, house, request)
    what = _("Không có trang này.") if status == 404 else _("Không gọi được trang này theo cách đó.")
    with speaking(language_of(house, request)):
        what = retold(what)
        response = await run_in_threadpool(
            _problem, visit, status, what, _("Kiểm tra lại địa chỉ; nếu đến từ một liên kết thì mục đó có thể đã đổi.")
        )
    return with_headers(response, None)


async def _broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's contract
    """Answer when not even the visitor could be found out: the store does not answer."""
    id_ = secrets.token_hex(4)
    log.error("page failed", extra={"id": id_})  # Starlette hands the error itself on to the server's log
    return with_headers(PlainTextResponse(_("Trang này gặp lỗi. Mã để tra nhật ký: {id}").format(id=id_), 500), None)


class _Static(StaticFiles):
    """Our own files, with the headers of every answer; their addresses carry a digest, so that they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if scope["query_string"] else "no-cache"
        )
        return with_headers(response, None)


def with_headers(response: Response, one: Page | None) -> Response:
    """Give an answer the headers that every page has."""
    policy = _POLICY
    if one is not None and one.connects_to_plug_in:
        policy += f"; connect-src 'self' {PLUG_IN}"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Cache-Control", "no-store")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
