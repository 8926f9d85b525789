"""
Refusing what another site sends in a visitor's name, without tokens in forms.

The browser itself says where a request comes from (``Sec-Fetch-Site``, Fetch Metadata; ``Origin``, RFC 6454); what it
says is compared with our own address, which comes from the ini and never from a header that an outsider can set.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def origin_of(address: str) -> Origin | None:
    """Return scheme, host and port of an address, the usual port filled in; None when it is malformed."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def is_allowed(method: str, headers: Mapping[str, str], own: Origin) -> bool:
    """
    Tell whether a request may change something, as far as its origin goes.

    Args:
        method: of the request.
        headers: by lower-case name.
        own: where this page is reached.

    Returns:
        True for reading, for programs that carry a bearer token and no cookie, for requests that the browser calls
        ``same-origin`` or ``none``, and for those of other programs, which still need credentials.
    """
    if method in _SAFE:
        return True
    if headers.get("authorization", "").lower().startswith("bearer ") and "cookie" not in headers:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin_of(origin) == own
