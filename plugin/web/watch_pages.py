"""For machines that watch: alive, ready, and metrics. Nothing of content; on request at a port of their own."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import ConfigurationError
from ..house import House
from ..metrics import exposition
from ..readiness import not_ready
from ..text import _
from .rights import Right
from .routes import Page
from .visit import Visit

log = logging.getLogger(__name__)


def _health(_house: House) -> Response:
    return JSONResponse({"status": "ok"})


def _ready(house: House) -> Response:
    lacking = not_ready(house)
    return JSONResponse({"ready": not lacking, "lacking": lacking}, status_code=503 if lacking else 200)


def _metrics(house: House) -> Response:
    return Response(exposition(house), media_type=CONTENT_TYPE_LATEST)


_ANSWERS: dict[str, Callable[[House], Response]] = {"/healthz": _health, "/readyz": _ready, "/metrics": _metrics}


def _page(answer: Callable[[House], Response], visit: Visit) -> Response:
    return answer(visit.house)


PAGES = tuple(Page(path, "GET", Right.OPEN, partial(_page, answer)) for path, answer in _ANSWERS.items())


async def _answered(house: House, answer: Callable[[House], Response], _request: Request) -> Response:
    return await run_in_threadpool(answer, house)


@contextmanager
def watched(house: House, *, port: int | None = None) -> Iterator[int]:
    """
    Serve the three pages, and nothing else, at ``[web] health-port`` while the block runs.

    Args:
        port: instead of the ini's; 0 takes any free one.

    Yields:
        The port.

    Raises:
        ConfigurationError: the port is taken.
    """
    web = house.configuration.web
    routes = [Route(path, partial(_answered, house, answer)) for path, answer in _ANSWERS.items()]
    listener = socket.socket(socket.AF_INET6 if ":" in web.listen else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    wanted = web.health_port if port is None else port
    try:
        listener.bind((web.listen, wanted))
        listener.listen()  # whoever asks before the thread is up waits instead of being refused
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            what=_("Không mở được cổng {port} ở {listen}: {reason}.").format(
                port=wanted, listen=web.listen, reason=error.strerror
            ),
            where=f"{house.configuration.path} [web] health-port", code="congkhai-E799",
            advice=_("Đổi [web] health-port, hoặc dừng chương trình đang giữ cổng đó."),
        ) from error  # fmt: skip
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=routes), log_config=None, access_log=False, server_header=False, lifespan="off",
            proxy_headers=False, timeout_graceful_shutdown=1,
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="watch", daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()
