"""What the keys ``[web] oidc-*`` must fulfil together: one issuer, and maps from its groups to duties and roles."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

DUTIES = ("clerk", "signer", "inspector", "head", "admin")
"""Duties of accounts, as `congkhai.plugin.accounts.Duty` names them; a test holds the two together."""


def pairs(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read ``group=value`` words, one group as often as it likes. Raises ValueError for a word of another form."""
    found = []
    for word in words:
        group, equals, value = word.rpartition("=")
        if not equals or not group.strip() or not value.strip():
            raise ValueError(f"'{word}' không có dạng nhóm=giá trị")
        found.append((group.strip(), value.strip()))
    return tuple(found)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_oidc(issuer: str, client: str, scopes: Sequence[str], duties: Sequence[str], roles: Sequence[str]) -> None:
    """Refuse what cannot work or would not be safe. Raises ValueError."""
    if not issuer:
        if client or duties or roles:
            raise ValueError("các khóa oidc-* cần oidc-issuer")
        return
    parts = urlsplit(issuer)
    local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or parts.query or parts.fragment or parts.username or not (parts.scheme == "https" or local):
        raise ValueError("oidc-issuer phải là địa chỉ https, viết đúng như nơi cấp công bố")
    if not client:
        raise ValueError("oidc-issuer cần oidc-client-id")
    if "openid" not in scopes:
        raise ValueError("oidc-scopes phải có openid")
    for _group, duty in pairs(duties):
        if duty not in DUTIES:
            raise ValueError(f"oidc-duties: '{duty}' không phải vai trò; có: {', '.join(DUTIES)}")
    pairs(roles)
