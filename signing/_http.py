"""
The one way out: an HTTP session that the caller made, with its proxy and its certificates, and limits on what comes
back.

This package makes no connection of its own; without a session nothing is ever asked.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from ._text import _


class Answer(Protocol):
    """What a session returns; ``requests.Response`` is one."""

    status_code: int

    def iter_content(self, chunk_size: int) -> Iterator[bytes]:
        """Yield the body in pieces."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...


class Session(Protocol):
    """What is needed of a session; ``requests.Session`` is one. Its proxies and time-outs are the caller's policy."""

    def request(
        self,
        method: str,
        url: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = True,
        stream: bool | None = None,
    ) -> Answer:
        """Send one request."""
        ...


def exchange(
    session: Session,
    url: str,
    *,
    data: bytes | None = None,
    content_type: str = "",
    headers: Mapping[str, str] | None = None,
    timeout: float,
    limit: int,
) -> bytes:
    """
    Send one request and return the body of the answer.

    Args:
        session: the caller's.
        url: ``http`` or ``https``; redirects are not followed, for they could lead anywhere.
        data: body of a POST; None sends a GET.
        content_type: of the body.
        headers: more headers.
        timeout: seconds for connecting and for each wait.
        limit: bytes that are accepted.

    Raises:
        OSError: no connection, time-out (``requests`` errors are OSErrors).
        ValueError: another scheme, a status other than 200, or too many bytes; the message is for people.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(_("địa chỉ không phải http hay https"))
    sent = dict(headers or {})
    if content_type:
        sent["Content-Type"] = content_type
    answer = session.request(
        "GET" if data is None else "POST", url, data=data, headers=sent, timeout=timeout, allow_redirects=False,
        stream=True,
    )  # fmt: skip
    try:
        if answer.status_code != 200:
            raise ValueError(_("trả lời HTTP {status}").format(status=answer.status_code))
        body = bytearray()
        for piece in answer.iter_content(64 * 1024):
            body += piece
            if len(body) > limit:
                raise ValueError(_("trả lời dài quá {limit} byte").format(limit=limit))
        return bytes(body)
    finally:
        answer.close()
