"""What a call over HTTP comes back with, apart from who makes it: the reply, the failure, pace, and waiting times."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from json import loads
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from .manners_settings import OutgoingSettings

_SECOND = timedelta(seconds=1)


class Transient(Exception):  # noqa: N818 - a passing state of the other side; it becomes OutsideError when it stays
    """
    An answer that is no answer: try again.

    Attributes:
        code: ``connection``, ``timeout``, ``certificate``, ``http-503``, ``breaker-open``, ``too-long`` …; callers add
            their own (``html``, ``truncated``).
        reached: False when it is certain that the request never arrived or was not acted upon.
        wait: seconds to wait before the next try, or None.
    """

    def __init__(self, code: str, *, reached: bool = True, wait: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reached = reached
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, read whole; header names in lower case. `size` and `sha256` are of the bytes received."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    size: int = 0
    sha256: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the status is one of success (2xx)."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The content as UTF-8 text; what is not UTF-8 is replaced, whatever the label says."""
        return self.content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse as UTF-8 JSON whatever the label says. Raises Transient ``not-json``."""
        try:
            return loads(self.content.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise Transient("not-json") from error


class Pace:
    """When the next call of one section may leave; shared by the objects of that section."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = 0.0

    def reserve(self, now: float, gap: float) -> float:
        """Take the next place; return how many seconds to wait for it."""
        with self._lock:
            start = max(now, self._free)
            self._free = start + gap
            return start - now

    def hold(self, until: float) -> None:
        """Let nobody leave before this tick: the system asked for it."""
        with self._lock:
            self._free = max(self._free, until)

    def ahead(self, now: float) -> float:
        """Return how many seconds the next caller would wait."""
        with self._lock:
            return max(0.0, self._free - now)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Read ``Retry-After`` (RFC 9110, "Retry-After"): seconds, or a date held against the reply's own ``Date``.

    Returns:
        Seconds to wait, never negative; None when there is no usable value.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 6:
        return float(text)
    try:
        wait = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))) / _SECOND
    except (ValueError, TypeError):
        return None
    return max(0.0, wait)


def origin_of(url: str) -> str:
    """Return ``scheme://host[:port]`` of an address, lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def new_session(settings: OutgoingSettings) -> requests.Session:
    """Make a session that knows nothing of the machine it runs on and always verifies certificates."""
    session = requests.Session()
    session.trust_env = False  # a .netrc or proxy of the machine must not decide where our token goes
    session.headers.update({"User-Agent": "congkhai", "Accept-Language": "vi"})
    adapter = requests.adapters.HTTPAdapter(max_retries=0, pool_connections=1, pool_maxsize=2)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    if settings.ca_bundle:
        session.verify = str(settings.ca_bundle)
    if settings.client_certificate and settings.client_key:
        session.cert = (str(settings.client_certificate), str(settings.client_key))
    return session


def unanswered(error: requests.RequestException) -> Transient:
    """Tell what an exception of the HTTP library means, and whether the request can have arrived."""
    if isinstance(error, requests.exceptions.SSLError):
        return Transient("certificate", reached=False)
    if isinstance(error, requests.ConnectTimeout):
        return Transient("timeout", reached=False)
    if isinstance(error, requests.Timeout):
        return Transient("timeout")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    never = isinstance(reason, urllib3.exceptions.NewConnectionError) or isinstance(
        error, requests.exceptions.ProxyError
    )
    return Transient("connection", reached=not never)
