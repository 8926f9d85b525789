"""
Manners: how every connector and channel calls a system outside over HTTP.

A section's settings model inherits `OutgoingSettings`, so that each has the same keys (``max-rps``, ``proxy``,
``ca-bundle``, time-outs, ``retries``, ``breaker-failures`` …), and its object makes one `Outgoing`::

    class PortalSettings(OutgoingSettings):
        url: str = Field(description="…")

    class Portal:
        def __init__(self, settings: PortalSettings, context: Context) -> None:
            self._web = Outgoing(settings, context.name, folder=context.folder, system="cổng thông tin")

        def guard(self) -> Guard:              # shows the breaker in `congkhai status` and in the metrics
            return self._web.guard()

        def find(self, key: str) -> Receipt | None:
            reply = self._web.get(url, headers=…)          # repeated when it fails; OutsideError when it stays so
        def publish(self, notice: Notice) -> Receipt:
            reply = self._web.post(url, json={…})          # sent exactly once; UndecidedError when nobody can tell

What it does for all of them: a pace per section (``max-rps``, shared by every object of that section in the process),
time-outs on connecting, on each piece and on the whole, certificates always verified, no redirect followed, no proxy or
``.netrc`` of the machine, answers cut at ``max-answer``, exponential back-off with jitter for what may be repeated,
``429``/``Retry-After`` honoured, a circuit breaker (`congkhai.connectors.manners_breaker`), a warning when the clocks
differ, and no log line, error or exception that carries a header, a body or a query.

A reply with a status below 500 other than 429 is handed to the caller whatever it says: only the caller knows what a
404 means. Everything else is `Transient` inside this layer and one of the house's errors outside it.
"""

import hashlib
import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

import requests
import urllib3

from congkhai.plugin.clock import Clock, SystemClock
from congkhai.plugin.errors import NotAllowedError, OutsideError, UndecidedError
from congkhai.plugin.records import Guard
from congkhai.plugin.text import _

from .manners_breaker import Breaker, read_guard
from .manners_settings import OutgoingSettings as OutgoingSettings
from .manners_wire import Pace, new_session, origin_of, retry_after, unanswered
from .manners_wire import Reply as Reply
from .manners_wire import Transient as Transient

log = logging.getLogger("congkhai.connectors.manners")

# At DEBUG the HTTP library writes addresses with their query, and the query of some systems carries the token.
logging.getLogger("urllib3").setLevel(logging.INFO)

_PIECE = 64 * 1024
_SECOND = timedelta(seconds=1)


_SHARED: dict[Path, tuple[Pace, Breaker]] = {}
_SHARED_LOCK = threading.Lock()


class Outgoing:
    """The way out of one ini section; used by one worker at a time, its pace and breaker shared. See the module."""

    def __init__(
        self,
        settings: OutgoingSettings,
        name: str,
        *,
        folder: Path | None = None,
        system: str = "",
        origins: Collection[str] = (),
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            name: of the ini section, shown in errors.
            folder: the plugin's own folder (`Context.folder`); objects with the same folder share pace and breaker.
            system: what people call the other side, in Vietnamese; `name` when empty.
            origins: ``https://host[:port]`` of the only places that may be called; empty allows any.
            clock: real time for the breaker and the comparison of clocks, never the simulated one.
            sleep: waits this many seconds; `ticks` a running count of seconds, for time-outs and pacing only.
        """
        self.settings = settings
        self.name = name
        self.system = system or name
        self.sleep = sleep
        self.ticks = ticks
        self.skew: timedelta | None = None
        self.session = new_session(settings)
        self._folder = folder
        self._origins = frozenset(origin_of(one) for one in origins)
        self._clock = clock or SystemClock()
        self._skew_told = False
        self._pace, self._breaker = self._shared(folder)

    # what most callers need

    def get(self, url: str, **call: Any) -> Reply:
        """
        Read: repeated with back-off when it may be. Keywords as `once`.

        Raises:
            OutsideError: no usable answer.
            NotAllowedError: `url` is not of the allowed origins.
        """
        return self._read("GET", url, call)

    def head(self, url: str, **call: Any) -> Reply:
        """Read the headers only; as `get`."""
        return self._read("HEAD", url, call)

    def post(self, url: str, *, repeat: bool = False, **call: Any) -> Reply:
        """
        Act: sent exactly once, unless `repeat` says that this POST only reads or may safely happen twice.

        Raises:
            OutsideError: it certainly did not happen (never arrived, or refused with 429); with `repeat`: no answer.
            UndecidedError: it may have happened.
            NotAllowedError: `url` is not of the allowed origins.
        """
        return self._read("POST", url, call) if repeat else self._act("POST", url, call)

    def put(self, url: str, *, repeat: bool = False, **call: Any) -> Reply:
        """Act by PUT; as `post`."""
        return self._read("PUT", url, call) if repeat else self._act("PUT", url, call)

    def patch(self, url: str, *, repeat: bool = False, **call: Any) -> Reply:
        """Act by PATCH; as `post`."""
        return self._read("PATCH", url, call) if repeat else self._act("PATCH", url, call)

    def delete(self, url: str, *, repeat: bool = False, **call: Any) -> Reply:
        """Act by DELETE; as `post`."""
        return self._read("DELETE", url, call) if repeat else self._act("DELETE", url, call)

    def download(self, url: str, target: Path, limit: int, **call: Any) -> Reply:
        """
        Stream an answer to `target`, which is there whole or not at all; only `size` and `sha256` of the reply count.

        Args:
            target: file to make; its folder exists.
            limit: longest content, bytes; a longer one is not kept.

        Raises:
            OutsideError: no usable answer, or longer than `limit`.
            OSError: the disk.
        """
        part = target.with_name(f"{target.name}.part")

        def fetch() -> Reply:
            with part.open("wb") as sink:
                return self.once("GET", url, limit=limit, sink=sink, **call)

        try:
            reply = self._shown(fetch)
            if reply.ok:
                part.replace(target)
            return reply
        finally:
            part.unlink(missing_ok=True)

    def guard(self) -> Guard:
        """Return the breaker's state, as this or another process last kept it."""
        return read_guard(self._folder) if self._folder is not None else Guard()

    # what a client with a session of its own is built from

    def retrying(self, call: Callable[[], Any]) -> Any:
        """
        Run a call that may be repeated: again on `Transient`, waiting longer each time, with jitter.

        Raises:
            Transient: it stayed so; anything else that `call` raises passes through at once.
        """
        wait = self.settings.retry_wait.total_seconds()
        longest = self.settings.retry_after_limit.total_seconds()
        for left in range(self.settings.retries, -1, -1):
            try:
                with self.watched():
                    return call()
            except Transient as error:
                jittered = wait * (0.5 + random.random())  # noqa: S311 - jitter
                pause = jittered if error.wait is None else error.wait
                if not left or pause > longest or error.code in {"certificate", "too-long"}:
                    raise
                log.info("call failed, trying again", extra={"source": self.name, "reason": error.code})
                wait *= 2
                self.sleep(pause)
        raise AssertionError  # the last turn of the loop returns or raises

    @contextmanager
    def watched(self) -> Iterator[None]:
        """
        Let the block's call pass the breaker, and let the breaker learn from how it ended.

        Raises:
            Transient: ``breaker-open``, before the block has begun.
        """
        left = self._breaker.admit()
        if left is not None:
            raise Transient("breaker-open", reached=False, wait=left / _SECOND)
        try:
            yield
        except Transient as error:
            if error.code in {"http-429", "too-long"}:
                self._breaker.succeeded()  # it is alive, and told us when to come back, or more than we wanted to hear
            else:
                self._breaker.failed(error.code)
            raise
        except NotAllowedError:
            raise  # nothing was sent
        except Exception:
            self._breaker.succeeded()  # the system's own "no" is an answer
            raise
        self._breaker.succeeded()

    def once(
        self, method: str, url: str, *, limit: int | None = None, sink: BinaryIO | None = None, **call: Any
    ) -> Reply:
        """
        Make one call at the section's pace, neither repeated nor watched.

        Args:
            limit: longest content, bytes; ``max-answer`` when None.
            sink: takes the content, which then is not in the reply.
            call: ``params``, ``headers``, ``json``, ``data``, ``files``, ``auth``, ``cookies`` as in `requests`.

        Raises:
            Transient: no answer, 429, or a status from 500 on.
            NotAllowedError: `url` is not of the allowed origins.
        """
        return self.send(self.session.prepare_request(requests.Request(method, url, **call)), limit=limit, sink=sink)

    def send(
        self, prepared: requests.PreparedRequest, *, limit: int | None = None, sink: BinaryIO | None = None
    ) -> Reply:
        """Send a prepared request as `once` does."""
        if self._origins and origin_of(prepared.url or "") not in self._origins:
            raise NotAllowedError(
                what=_("Địa chỉ này không thuộc các máy chủ đã khai cho {name}.").format(name=self.name),
                where=self.name, advice=_("Không có gì được gửi đi; kiểm tra địa chỉ trong tệp ini."),
                code="congkhai-E534",
            )  # fmt: skip
        self._wait_for_turn()
        reply = self._transfer(prepared, self.settings.max_answer if limit is None else limit, sink)
        self._compare_clocks(reply.headers)
        if reply.status == 429:
            wait = retry_after(reply.headers)
            self._pace.hold(self.ticks() + (wait if wait is not None else self.settings.retry_wait / _SECOND))
            raise Transient("http-429", reached=False, wait=wait)
        if reply.status >= 500:
            raise Transient(f"http-{reply.status}", wait=retry_after(reply.headers))
        return reply

    def error(self, failure: Transient) -> OutsideError:
        """Turn a failure of a reading call into the house's error; only its code is shown."""
        if failure.code == "certificate":
            what = _("Chứng thư máy chủ của {system} không được tin cậy.").format(system=self.system)
            advice = _("Kiểm tra địa chỉ; nếu dùng CA riêng, đặt khóa ca-bundle.")
            return OutsideError(what=what, where=self.name, advice=advice, code="congkhai-E531")
        if failure.code == "breaker-open":
            what = _("Tạm ngắt lời gọi tới {system} sau nhiều lần liên tiếp không được trả lời.").format(
                system=self.system
            )
            advice = _("congkhai tự thử lại sau; kiểm tra mạng và hệ thống đó nếu kéo dài.")
            return OutsideError(what=what, where=self.name, advice=advice, code="congkhai-E532")
        if failure.code == "too-long":
            what = _("Trả lời của {system} dài hơn mức cho phép.").format(system=self.system)
            advice = _("Tăng giới hạn trong tệp ini nếu trả lời là đúng.")
            return OutsideError(what=what, where=self.name, advice=advice, code="congkhai-E533")
        what = _("Không nhận được trả lời dùng được từ {system} ({code}).").format(
            system=self.system, code=failure.code
        )
        advice = _("congkhai tự thử lại; kiểm tra mạng và hệ thống đó nếu kéo dài.")
        return OutsideError(what=what, where=self.name, advice=advice, code="congkhai-E530")

    def unclear(self, failure: Transient) -> OutsideError:
        """Turn a failure of an act into the house's error: UndecidedError unless it certainly did not happen."""
        if not failure.reached:
            return self.error(failure)
        return UndecidedError(
            what=_("Không xác định được {system} đã thực hiện hay chưa ({code}).").format(
                system=self.system, code=failure.code
            ),
            where=self.name,
            advice=_("Kiểm tra ở {system} rồi ghi nhận kết quả; congkhai không tự làm lại.").format(system=self.system),
            code="congkhai-E535",
        )

    # inside

    def _read(self, method: str, url: str, call: Mapping[str, Any]) -> Reply:
        return self._shown(lambda: self.once(method, url, **call))

    def _shown(self, call: Callable[[], Reply]) -> Reply:
        try:
            reply: Reply = self.retrying(call)
        except Transient as failure:
            raise self.error(failure) from failure
        return reply

    def _act(self, method: str, url: str, call: Mapping[str, Any]) -> Reply:
        # A connection kept open may be dead already, and its reset would look like an act that was accepted.
        self.session.close()
        try:
            with self.watched():
                return self.once(method, url, **call)
        except Transient as failure:
            raise self.unclear(failure) from failure

    def _shared(self, folder: Path | None) -> tuple[Pace, Breaker]:
        def made() -> tuple[Pace, Breaker]:
            settings = self.settings
            return Pace(), Breaker(
                self.name, folder, settings.breaker_failures, settings.breaker_pause, self._clock
            )  # fmt: skip

        if folder is None:
            return made()
        with _SHARED_LOCK:
            if folder not in _SHARED:
                _SHARED[folder] = made()
            return _SHARED[folder]

    def _wait_for_turn(self) -> None:
        ahead = self._pace.ahead(self.ticks())
        if ahead > self.settings.retry_after_limit / _SECOND:
            raise Transient("http-429", reached=False, wait=ahead)
        pause = self._pace.reserve(self.ticks(), 1 / self.settings.max_rps)
        if pause > 0:
            self.sleep(pause)

    def _transfer(self, prepared: requests.PreparedRequest, limit: int, sink: BinaryIO | None) -> Reply:
        settings = self.settings
        waits = (settings.connect_timeout / _SECOND, settings.read_timeout / _SECOND)
        until = self.ticks() + settings.total_timeout / _SECOND
        proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else None
        content, size, digest = bytearray(), 0, hashlib.sha256()
        try:
            with self.session.send(
                prepared, timeout=waits, stream=True, allow_redirects=False, verify=self.session.verify,
                cert=self.session.cert, proxies=proxies,
            ) as response:  # fmt: skip
                for piece in response.iter_content(_PIECE):
                    size += len(piece)
                    if size > limit:
                        raise Transient("too-long")
                    if self.ticks() > until:
                        raise Transient("timeout")
                    digest.update(piece)
                    if sink is None:
                        content += piece
                    else:
                        sink.write(piece)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, headers, bytes(content), size, digest.hexdigest())
        except requests.RequestException as error:
            # The exception holds the request with its token; what leaves here must not.
            error.request = None
            raise unanswered(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise Transient("connection") from error
        except OSError as error:
            if sink is not None and getattr(error, "errno", None) is not None:
                raise
            raise Transient("connection" if not settings.ca_bundle else "certificate", reached=False) from error

    def _compare_clocks(self, headers: Mapping[str, str]) -> None:
        try:
            theirs = parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError):
            return
        if theirs.tzinfo is None:
            return
        self.skew = theirs - self._clock.now()
        if abs(self.skew) > self.settings.max_clock_skew and not self._skew_told:
            self._skew_told = True
            log.warning("clocks differ", extra={"source": self.name, "seconds": round(self.skew / _SECOND)})
