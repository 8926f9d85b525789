"""Answering the interface: pace, token, scope, parameters, body, handler, journal; problems for all that goes wrong."""

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import InputError, NotAllowedError
from ..house import House
from ..text import LANGUAGES, SOURCE, _, speaking
from ..tokens import Token, resume_token
from ..web.own_host import address_of, prefix_of
from . import disclosures, dossiers, verification
from .call import Answer, Call, Endpoint, Given, values_of
from .openapi import CONTAINER, document
from .pace import Pace
from .problems import UNSUPPORTED, problem, problem_of, status_of

log = logging.getLogger(__name__)

ENDPOINTS: tuple[Endpoint, ...] = (*disclosures.ENDPOINTS, *dossiers.ENDPOINTS, *verification.ENDPOINTS)
"""Everything that can be asked for."""
ROOT = "/api/v1"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Authorization, Accept-Language",
}
_PRIVATE = "private, no-cache"  # a caller may keep an answer of its own, and asks with its ETag each time

Answering = Callable[[Request], Awaitable[Response]]


def make_api(house: House) -> Starlette:
    """Make the application below ``/api/v1``."""
    pace = Pace(house.configuration.web.api_per_minute)
    routes = [
        Route(one.path, partial(_serve, house, pace, one), methods=[one.method], name=f"{one.method} {one.path}")
        for one in ENDPOINTS
    ]
    routes.append(Route("/openapi.json", partial(_described, house), methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: not_found, Exception: not_found})


async def _described(house: House, request: Request) -> Response:
    told = document(ENDPOINTS, f"{prefix_of(house)}{ROOT}")
    return _finished(request, JSONResponse(told), reading=True)


async def _serve(house: House, pace: Pace, one: Endpoint, request: Request) -> Response:
    with speaking(language_of(request.headers.get("accept-language", ""))):
        try:
            token = await run_in_threadpool(_admitted, house, pace, request)
            _require(one, token)
            query = request.query_params.multi_items()
            values = values_of(one, Given({k: str(v) for k, v in request.path_params.items()}, query))
            if one.takes and _media(request) not in one.takes:
                return _closed(problem(
                    UNSUPPORTED, _("Nội dung tải lên phải là một trong: {types}.").format(types=", ".join(one.takes)),
                    code="congkhai-E755",
                ))  # fmt: skip
            body = await _body(house, request) if one.takes else b""
            answer = await run_in_threadpool(_handled, one, Call(house, token, values, body))
        except Exception as error:  # the interface's own boundary: whatever is raised becomes a problem
            return _closed(_failed(one, error))
        return _finished(request, _response(house, one, request, answer), reading=one.method == "GET")


def language_of(header: str) -> str:
    """Return the first language of ``Accept-Language`` that we speak (RFC 9110 12.5.4, without weights)."""
    for part in header.split(",")[:10]:
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if tag in LANGUAGES:
            return tag
    return SOURCE


def _require(one: Endpoint, token: Token) -> None:
    if one.scope not in token.scopes:
        raise NotAllowedError(
            _("Mã truy cập này không có phạm vi {scope}.").format(scope=one.scope.value), code="congkhai-E751",
            advice=_("Xin cơ quan cấp mã có phạm vi đó."),
        )  # fmt: skip


def _media(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _admitted(house: House, pace: Pace, request: Request) -> Token:
    """Return the caller's token. Raises InputError (E750) and NotAllowedError (E752)."""
    kind, _space, secret = request.headers.get("authorization", "").partition(" ")
    token = resume_token(house.store, secret.strip()) if kind.lower() == "bearer" else None
    known = token is not None and token.agency == house.agency
    address = address_of(request, house.configuration.web.proxies)
    wait = pace.wait(f"token:{token.id}" if token is not None and known else f"address:{address}")
    if wait:
        error = NotAllowedError(
            _("Quá nhiều yêu cầu: hãy chờ {seconds} giây.").format(seconds=wait), code="congkhai-E752",
            advice=_("Gọi thưa hơn, hoặc dùng If-None-Match."),
        )  # fmt: skip
        error.add_note(str(wait))
        raise error
    if token is None or not known:
        raise InputError(
            _("Thiếu mã truy cập, hoặc mã không còn dùng được."), code="congkhai-E750",
            advice=_("Gửi Authorization: Bearer và mã do cơ quan cấp bằng congkhai token add."),
        )  # fmt: skip
    return token


async def _body(house: House, request: Request) -> bytes:
    """Read an upload, and stop as soon as it is too large. Raises InputError (E755)."""
    most = house.configuration.web.upload_limit
    parts, got = [], 0
    async for part in request.stream():
        got += len(part)
        if got > most:
            raise InputError(
                _("Tải lên quá lớn (tối đa {most} MiB).").format(most=max(1, most // (1024 * 1024))),
                code="congkhai-E755",
            )  # fmt: skip
        parts.append(part)
    return b"".join(parts)


def _handled(one: Endpoint, call: Call) -> Answer:
    answer = one.handler(call)
    if one.journal:
        with call.house.store.write(call.house.agency, f"token:{call.token.id}") as tx:
            tx.journal(one.journal, call.token.id, of=call.values["id"])
    return answer


def _response(house: House, one: Endpoint, request: Request, answer: Answer) -> Response:
    if answer.model is None:
        disposition = f'attachment; filename="{answer.name}"'
        return Response(answer.data, media_type=CONTAINER, headers={"Content-Disposition": disposition})
    response = Response(answer.model.model_dump_json(), media_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="api.json"'
    if answer.following:
        asked = [(name, text) for name, text in request.query_params.multi_items() if name != "after"]
        query = str(request.url.replace(query="").include_query_params(**dict(asked), after=answer.following).query)
        response.headers["Link"] = f'<{prefix_of(house)}{ROOT}{one.path}?{query}>; rel="next"'
    return response


def _failed(one: Endpoint, error: Exception) -> Response:
    id_ = ""
    if status_of(error) >= 500:
        id_ = secrets.token_hex(4)
        log.error("interface failed", exc_info=error, extra={"path": one.path, "id": id_})
    response = problem_of(error, id_)
    if response.status_code == 429:
        response.headers["Retry-After"] = next(iter(getattr(error, "__notes__", ())), "5")
    return response


async def not_found(request: Request, error: Exception) -> Response:
    """Answer what no endpoint takes."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    with speaking(language_of(request.headers.get("accept-language", ""))):
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return _closed(problem(status, _("Xem /api/v1/openapi.json."), headers=headers))


def _finished(request: Request, response: Response, *, reading: bool) -> Response:
    """Give an answer its ETag; nothing but the headers when the caller has it already (RFC 9110 13.1.2)."""
    if not reading:
        return _closed(response)
    etag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in held or "*" in held:
        response = Response(status_code=304)
    response.headers["ETag"] = etag
    return _closed(response, cache=_PRIVATE)


def _closed(response: Response, *, cache: str = "no-store") -> Response:
    """Put on the headers that every answer has."""
    response.headers["Cache-Control"] = cache
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
