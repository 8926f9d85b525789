"""Media types by magic bytes, and which of them an extension promises (edXML reference section 10, rule 8)."""

import io
import re
import zipfile

_OOXML = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OLE = "application/x-ole-storage"
_PROGRAM = "application/vnd.microsoft.portable-executable"
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", "application/x-executable"),
    (b"#!", "text/x-shellscript"),
    (b"BM", "image/bmp"),
)
_WORD = {_OOXML["word/"]}
_SHEET = {_OOXML["xl/"]}
_SLIDES = {_OOXML["ppt/"]}
_ODF = "application/vnd.oasis.opendocument."
_PROMISES: dict[str, set[str]] = {
    "pdf": {"application/pdf"},
    # A .doc is whatever Word opens under that name; plain text and RTF are common, and harmless by their real type.
    "doc": {_OLE, "application/rtf", "text/plain", *_WORD},
    "xls": {_OLE, *_SHEET},
    "ppt": {_OLE, *_SLIDES},
    "docx": _WORD,
    "docm": _WORD,
    "xlsx": _SHEET,
    "xlsm": _SHEET,
    "pptx": _SLIDES,
    "pptm": _SLIDES,
    "odt": {_ODF + "text"},
    "ods": {_ODF + "spreadsheet"},
    "odp": {_ODF + "presentation"},
    "asice": {"application/vnd.etsi.asic-e+zip"},
    "rtf": {"application/rtf"},
    "txt": {"text/plain"},
    "csv": {"text/plain"},
    "xml": {"application/xml", "text/plain"},
    "edxml": {"application/xml"},
    "png": {"image/png"},
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "gif": {"image/gif"},
    "bmp": {"image/bmp"},
    "tif": {"image/tiff"},
    "tiff": {"image/tiff"},
    "zip": {"application/zip"},
    "rar": {"application/vnd.rar"},
    "7z": {"application/x-7z-compressed"},
}
ZIP_BASED = frozenset(
    {"docx", "docm", "doc", "xlsx", "xlsm", "xls", "pptx", "pptm", "ppt", "odt", "ods", "odp", "asice"}
)
"""Extensions whose content may be a zip by itself (newer office files also turn up under the old names)."""


def is_container(name: str, content: bytes) -> bool:
    """Tell whether a zip is itself the office or archive file that its name promises."""
    return extension_of(name) in ZIP_BASED and media_type(content) != "application/zip"


_ACTIVE_TYPES = frozenset({_PROGRAM, "application/x-executable", "text/x-shellscript", "text/html", "image/svg+xml"})
_ACTIVE_EXTENSIONS = frozenset(
    {
        "exe", "dll", "com", "scr", "msi", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "hta", "sh", "jar",
        "lnk", "html", "htm", "xhtml", "mht", "svg", "docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam",
    }
)  # fmt: skip
_ROOT = re.compile(r"<\s*([a-z][\w:.-]*)", re.IGNORECASE)


def extension_of(name: str) -> str:
    """Return the last extension of a name, lower case, without the dot; empty when there is none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def fits(extension: str, found: str) -> bool:
    """Tell whether a content of type `found` is what the extension promises; unknown extensions promise nothing."""
    promised = _PROMISES.get(extension)
    return promised is None or found in promised


def is_active(name: str, content: bytes, found: str) -> bool:
    """Tell whether a file may run something when opened: program, script, HTML, SVG, macros."""
    if found in _ACTIVE_TYPES or extension_of(name) in _ACTIVE_EXTENSIONS:
        return True
    members = _members(content) if content.startswith(b"PK\x03\x04") else []
    return any(member.lower().endswith("vbaproject.bin") for member in members)


def media_type(content: bytes) -> str:
    """Return the media type of some bytes, decided by their content alone."""
    if b"%PDF-" in content[:1024]:
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _zip_type(content)
    for magic, found in _MAGIC:
        if content.startswith(magic) and not (magic in {b"MZ", b"BM"} and _as_text(content) is not None):
            return found
    text = _as_text(content)
    return "application/octet-stream" if text is None else _text_type(text)


def _as_text(content: bytes) -> str | None:
    """Return the beginning as text, or None when the content is no text (UTF-8, or UTF-16 with a mark)."""
    head = content[:8192]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = head.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        # The cut may fall inside a character; only the last few bytes may be wrong, and only when there was a cut.
        if len(content) <= len(head) or error.start < len(head) - 4:
            return None
        text = head[: error.start].decode("utf-16" if wide else "utf-8-sig", "ignore")
    return None if any(ord(character) < 0x20 and character not in "\t\n\r\f" for character in text) else text


def _text_type(text: str) -> str:
    lowered = text.lstrip().lower()
    root = _ROOT.match(_after_prolog(text))
    name = root[1].lower().rpartition(":")[2] if root else ""
    if (lowered.startswith("<") and "<!doctype html" in lowered) or name in {
        "html",
        "script",
        "body",
        "head",
        "iframe",
    }:
        return "text/html"
    if name == "svg":
        return "image/svg+xml"
    if lowered.startswith("<?xml") or (root and "</" in text):
        return "application/xml"
    return "text/plain"


def _after_prolog(text: str) -> str:
    """Cut declarations, comments and the DOCTYPE before the first tag, each at its own end."""
    rest = text.lstrip()
    while True:
        end = next((end for start, end in (("<!--", "-->"), ("<?", "?>"), ("<!", ">")) if rest.startswith(start)), "")
        if not end or end not in rest:
            return rest
        rest = rest.partition(end)[2].lstrip()


def _members(content: bytes) -> list[str]:
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or int.from_bytes(content[end + 12 : end + 16], "little") > 4 * 1024 * 1024:
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except Exception:  # the library raises many kinds on broken archives; each means that no member is known
        return []


def _zip_type(content: bytes) -> str:
    members = _members(content)
    if "[Content_Types].xml" in members:
        for folder, found in _OOXML.items():
            if any(member.startswith(folder) for member in members):
                return found
    if "mimetype" in members:
        return _declared_type(content) or "application/zip"
    return "application/zip"


def _declared_type(content: bytes) -> str:
    """Return the type that an OpenDocument or ASiC container declares in its first member (ODF 1.2 part 3, 3.3)."""
    name_length, extra_length = int.from_bytes(content[26:28], "little"), int.from_bytes(content[28:30], "little")
    start = 30 + name_length + extra_length
    size = int.from_bytes(content[18:22], "little")
    if content[30 : 30 + name_length] != b"mimetype" or not 0 < size <= 120:
        return ""
    declared = content[start : start + size].decode("ascii", "replace")
    return declared if re.fullmatch(r"application/vnd\.(oasis\.opendocument|etsi)\.[\w.+-]+", declared) else ""
