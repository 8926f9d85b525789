"""For machines that watch: alive, ready, and metrics. Nothing of content; on request at a port of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import ConfigurationError
from ..house import House
from ..metrics import exposition
from ..readiness import aging, not_ready
from ..text import _
from .listening import bound, port_of, served
from .rights import Right
from .routes import Page
from .visit import Visit

_CLOSING = 1


def _health(_houses: Sequence[House]) -> Response:
    return JSONResponse({"status": "ok"})


def _ready(houses: Sequence[House]) -> Response:
    lacking = list(dict.fromkeys(one for house in houses for one in not_ready(house)))
    asked = () if "database" in lacking else houses  # without it there is no clock to age by
    old = list(dict.fromkeys(one for house in asked for one in aging(house)))
    said = {"ready": not lacking, "lacking": lacking} | ({"aging": old} if old else {})
    return JSONResponse(said, status_code=503 if lacking else 200)


def _metrics(houses: Sequence[House]) -> Response:
    return Response(exposition(*houses), media_type=CONTENT_TYPE_LATEST)


ANSWERS: Mapping[str, Callable[[Sequence[House]], Response]] = {
    "/healthz": _health, "/readyz": _ready, "/metrics": _metrics,
}  # fmt: skip
"""What each address answers of all agencies of the installation."""


def _page(answer: Callable[[Sequence[House]], Response], visit: Visit) -> Response:
    return answer((visit.house,))


PAGES = tuple(Page(path, "GET", Right.OPEN, partial(_page, answer)) for path, answer in ANSWERS.items())


async def _answered(
    houses: Sequence[House], answer: Callable[[Sequence[House]], Response], _request: Request
) -> Response:
    return await run_in_threadpool(answer, houses)


@contextmanager
def watched(house: House, *, port: int | None = None, others: Sequence[House] = ()) -> Iterator[int]:
    """
    Serve the three pages, and nothing else, at ``[web] health-port`` while the block runs.

    Args:
        port: instead of the ini's; 0 takes any free one.
        others: further agencies of the installation.

    Yields:
        The port.

    Raises:
        ConfigurationError: the port is taken.
    """
    web = house.configuration.web
    routes = [Route(path, partial(_answered, (house, *others), answer)) for path, answer in ANSWERS.items()]
    wanted = web.health_port if port is None else port
    try:
        listener = bound(web.listen, wanted)
    except OSError as error:
        raise ConfigurationError(
            what=_("Không mở được cổng {port} ở {listen}: {reason}.").format(
                port=wanted, listen=web.listen, reason=error.strerror
            ),
            where=f"{house.configuration.path} [web] health-port", code="congkhai-E799",
            advice=_("Đổi [web] health-port, hoặc dừng chương trình đang giữ cổng đó."),
        ) from error  # fmt: skip
    with served(Starlette(routes=routes), listener, name="watch", closing=_CLOSING):
        yield port_of(listener)
