"""Names of files inside a container: which are accepted, and how a reference names them."""

import unicodedata
from urllib.parse import quote, unquote_to_bytes

from ._text import _
from .errors import ContainerError

META = "META-INF/"
MIMETYPE = "mimetype"
MANIFEST_NAME = "META-INF/manifest.xml"
CONTAINER_TYPE = "application/vnd.etsi.asic-e+zip"
SIMPLE_TYPE = "application/vnd.etsi.asic-s+zip"
MAX_NAME_BYTES = 1024


def check_name(name: str) -> None:
    """
    Refuse a member name that some program could take for a path outside the container, or read in two ways.

    Raises:
        ContainerError: empty, absolute, with ``..``, ``.``, empty parts, backslash, drive letter, control characters,
            or too long.
    """
    parts = name.removesuffix("/").split("/")
    bad = (
        not name
        or name.startswith("/")
        or "\\" in name
        or any(part in {"", ".", ".."} for part in parts)
        or any(ord(char) < 0x20 or ord(char) == 0x7F or 0xD800 <= ord(char) <= 0xDFFF for char in name)
        or (len(name) > 1 and name[1] == ":")
        or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES
    )
    if bad:
        raise ContainerError(
            what=_("Tên tệp trong gói không được chấp nhận: {name}").format(name=ascii(name[:100])),
            code="congkhai-S312",
        )


def fold(name: str) -> str:
    """Return the form under which two names count as the same: NFC, then case folding."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def uri_of(name: str) -> str:
    """Return the reference URI of a member: its name, percent-encoded in UTF-8, slashes kept."""
    return quote(name, safe="/")


def name_of(uri: str) -> str | None:
    """
    Return the member name that a reference URI means, or None when it cannot be one.

    Percent-encoding is undone exactly once; ``+`` is a plus sign. Fragments, queries and schemes are no member names.
    """
    if not uri or uri.startswith(("#", "/")) or any(char in uri for char in "?#\\") or ":" in uri.split("/")[0]:
        return None
    try:
        return unquote_to_bytes(uri).decode("utf-8")
    except UnicodeDecodeError:
        return None
