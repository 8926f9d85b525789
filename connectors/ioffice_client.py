"""
Calls to iOffice: only what is allowed, in a session that is renewed once and a call that is then repeated once.

Token and password live in memory only and go nowhere but into the request; manners (pace, time-outs, back-off, breaker)
are those of every connector, and no message or log line carries a header, a body or a query.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from congkhai.plugin.errors import OutsideError
from congkhai.plugin.text import _

from .ioffice_calls import Allowed
from .ioffice_reply import Answer, Declined, SessionExpired, Transient, data_of, file_of, number_code
from .ioffice_session import IofficeSession
from .ioffice_settings import IofficeConnection
from .manners import Outgoing

log = logging.getLogger("congkhai.connectors.ioffice")


class IofficeClient:
    """
    One account's session; used by one worker at a time.

    The caller sees `Declined` where the system itself says no; everything else arrives as OutsideError or AccessError.
    """

    def __init__(self, settings: IofficeConnection, allowed: Allowed, name: str, folder: Path | None = None) -> None:
        """
        Args:
            name: of the ini section, shown in errors.
            folder: the plugin's own; keeps the breaker's state.
        """
        self._settings = settings
        self._allowed = allowed
        self._where = name
        self.web = Outgoing(settings, name, folder=folder, system="iOffice", origins=settings.origins)
        self._session = IofficeSession(settings, self.web, self._call, self.outside)
        self._number_seen = False

    def read(self, method: str, path: str, body: Any = None, *, limit: int | None = None) -> Any:
        """
        Make a reading call and return the envelope's ``data``; an answer beyond `limit` bytes (``max-answer``) is none.

        Raises:
            Declined: the system said no.
            OutsideError: no usable answer within the retries.
            AccessError: login refused, or the fresh session refused at once.
        """
        return self._renewing(lambda: self.web.retrying(lambda: self._data(method, path, body, limit)))

    def download(self, path: str, limit: int) -> bytes:
        """
        Fetch a file's bytes.

        Raises as `read`; Declined ``too-long`` when there are more than `limit`.
        """

        def fetch() -> bytes:
            try:
                return file_of(self._call("GET", path, None, limit))
            except Transient as error:
                if error.code == "too-long":
                    raise Declined("too-long") from error
                raise

        content: bytes = self._renewing(lambda: self.web.retrying(fetch))
        return content

    def write(self, path: str, body: Any) -> Any:
        """
        Make a writing call exactly once and return the envelope's ``data``.

        It is repeated only when the server said for certain that the session had ended, so that it did not act.

        Raises:
            Declined: the system said no.
            Transient: whether it acted is unknown, unless its `reached` is False.
            AccessError: as `read`.
        """
        self._session.ensure()
        # A connection kept open may be dead already, and its reset would look like an act that was accepted.
        self.web.session.close()
        try:
            with self.web.watched():
                return self._data("POST", path, body)
        except SessionExpired as error:
            if not error.certain:
                raise Transient("html") from error
        self._session.renew()
        try:
            with self.web.watched():
                return self._data("POST", path, body)
        except SessionExpired as error:
            raise self._session.refused_at_once() from error

    def log_in(self) -> None:
        """Log in now (or take the operator's token); raises AccessError, OutsideError."""
        self._session.ensure()

    def outside(self, error: Transient | Declined) -> OutsideError:
        """Turn a failure into the house's error; only its code is shown."""
        if isinstance(error, Declined):
            what = _("iOffice từ chối lời gọi ({code}).").format(code=error.code)
            advice = _("congkhai thử lại ở lượt sau; nếu lặp lại, hỏi đơn vị vận hành iOffice.")
            return OutsideError(what=what, where=self._where, advice=advice, code="congkhai-E331")
        return self.web.error(error)

    def _renewing(self, call: Callable[[], Any]) -> Any:
        """Run a reading call; when the session has ended, log in once and repeat it once."""
        self._session.ensure()
        try:
            try:
                return call()
            except SessionExpired:
                log.info("session ended, logging in again", extra={"source": self._where})
            self._session.renew()
            try:
                return call()
            except SessionExpired as error:
                if error.certain:
                    raise self._session.refused_at_once() from error
                raise self.outside(Transient("html")) from error
        except Transient as error:
            raise self.outside(error) from error

    def _data(self, method: str, path: str, body: Any, limit: int | None = None) -> Any:
        answer = self._call(method, path, body, limit)
        data = data_of(answer)
        if not self._number_seen and number_code(answer):
            self._number_seen = True
            log.warning("status.code is a number, not a string", extra={"source": self._where})
        return data

    def _call(self, method: str, path: str, body: Any, limit: int | None = None) -> Answer:
        """Make one call below ``base-url``, if the list allows it. Raises NotAllowedError, Transient."""
        self._allowed.require(method, path, body)
        headers = {"Accept": "application/json", **self._session.headers()}
        request = requests.Request(method, self._settings.base_url + path, headers=headers)
        if method == "POST":
            request.json = body
        prepared = self.web.session.prepare_request(request)
        base, goal = urlsplit(self._settings.base_url), urlsplit(prepared.url or "")
        if (goal.scheme, goal.netloc.lower(), goal.path, goal.query) != (
            base.scheme, base.netloc.lower(), base.path + path, "",
        ):  # fmt: skip
            raise AssertionError  # the library rewrote an address that the list let pass; nothing is sent
        return self.web.send(prepared, limit=limit)
