"""Handing out files: documents from outside are hostile, so the browser may save them and never run them."""

import re
import unicodedata
from urllib.parse import quote

from starlette.responses import Response

_SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})
"""What a browser may show in its own viewer, under a sandbox without scripts."""
SEALED_OFF = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Content security policy of whatever is only to be saved."""


def download(data: bytes, name: str, media_type: str, *, inline: bool = False) -> Response:
    """
    Return a file.

    Args:
        name: as it was given, in any script; it becomes a header value only (RFC 6266, RFC 8187).
        media_type: decided by us from the bytes.
        inline: may be shown in the browser when it is of a kind that is only ever shown.
    """
    plain = unicodedata.normalize("NFD", name).replace("đ", "d").replace("Đ", "D")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "", plain).strip(" .") or "tep"
    how = "inline" if inline and media_type in _SHOWN else "attachment"
    disposition = f"{how}; filename=\"{plain[:100]}\"; filename*=UTF-8''{quote(name[:200], safe='')}"
    policy = SEALED_OFF
    if media_type == "application/pdf" and how == "inline":
        policy = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    return Response(
        data, media_type=media_type if how == "inline" else "application/octet-stream",
        headers={"Content-Disposition": disposition, "Content-Security-Policy": policy},
    )  # fmt: skip
