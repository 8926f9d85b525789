"""
Attachments of iOffice: what a paper offers, and whether what was downloaded is the file.

Reason codes of an InputError raised here: ``file_no_id``, ``file_empty``, ``file_html``, ``file_type``, ``file_size``,
``file_too_large``, ``file_refused``, ``file_base64``, ``file_changing``. All but ``file_no_id`` and ``file_too_large``
are PassingErrors: the same download may bring the file another time, as when a maintenance page stood in its place.
"""

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping
from typing import Any

from congkhai.plugin.errors import InputError, PassingError
from congkhai.plugin.records import AttachmentRef, PulledDocument
from congkhai.plugin.text import _

from .durable_files import kept_name
from .edxml_media import extension_of, fits, media_type
from .ioffice_client import IofficeClient
from .ioffice_fields import FILE_FIELDS, clean
from .ioffice_reply import Declined
from .ioffice_settings import IofficeSettings, pairs

_TYPES = mimetypes.MimeTypes(filenames=())  # the table of the standard library alone, the same on every machine
_BASE64_OVERHEAD = 4 / 3
_TURNS = 3
_ZIPPED = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "zip"})
_LASTING = frozenset({"file_no_id", "file_too_large"})


def attachments(
    settings: IofficeSettings, client: IofficeClient, document: PulledDocument
) -> tuple[AttachmentRef, ...]:
    """
    Name the files of a paper, in the order of the system; called only after the secrecy gate.

    Raises:
        OutsideError: the list could not be read.
    """
    rows = _rows(client, f"api/file/getfileattach/{document.ref}/")
    if settings.related_files:
        own = {str(_member(row, settings.file_id_field)) for row in rows}
        related = _rows(client, f"api/file/getfilerelated/{document.ref}/")
        rows += [row for row in related if str(_member(row, settings.file_id_field)) not in own]
    names = pairs(settings.field_names)
    return tuple(_reference(number, row, settings.file_id_field, names) for number, row in enumerate(rows, start=1))


def _rows(client: IofficeClient, path: str) -> list[Mapping[str, Any]]:
    try:
        rows = client.read("GET", path)
    except Declined as error:
        raise client.outside(error) from error
    if rows is None or rows == "":
        return []
    if not isinstance(rows, list):
        raise client.outside(Declined("files-shape"))
    return [row for row in rows if isinstance(row, Mapping)]


def fetch(settings: IofficeSettings, client: IofficeClient, attachment: AttachmentRef) -> bytes:
    """
    Download one file whole and hold it against its name and size.

    Raises:
        OutsideError: the system did not answer; another time it may.
        InputError: what came is not the file; its code says why.
    """
    if not attachment.ref:
        raise unusable("file_no_id", _("iOffice không cho mã để tải tệp này."), attachment)
    if attachment.size is not None and attachment.size > settings.max_file_size:
        raise unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment)

    def once() -> bytes:
        try:
            return _content(settings, client, attachment)
        except Declined as error:
            if error.code == "too-long":
                raise unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment) from error
            raise unusable("file_refused", _("iOffice không giao tệp này."), attachment) from error

    return settled(once, attachment, settings.max_file_size)


def settled(fetch: Callable[[], bytes], attachment: AttachmentRef, limit: int) -> bytes:
    """
    Download a file until it is certain what the system holds.

    A download may end early, or come with a mark in front, and look like an answer all the same. Where the system has
    said no size, a file whose beginning or end is missing is fetched again: the same bytes twice are the file.

    Raises:
        InputError: as `hold_against`; ``file_changing`` when it is another file each time.
    """
    seen = set[bytes]()
    for _turn in range(_TURNS):
        content = fetch()
        hold_against(attachment, content, limit)
        digest = hashlib.sha256(content).digest()
        if attachment.size is not None or looks_whole(attachment.name, content) or digest in seen:
            return content
        seen.add(digest)
    raise unusable("file_changing", _("Mỗi lần tải về là một tệp khác nhau."), attachment)


def looks_whole(name: str, content: bytes) -> bool:
    """Tell whether a file has the beginning and the end that its kind has; True for kinds without such marks."""
    extension = extension_of(name)
    if extension == "pdf":  # ISO 32000-1 section 7.5: header first, end-of-file marker in the last lines
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]
    if extension in _ZIPPED:  # APPNOTE section 4.3.16: the end record, behind it a comment of at most 64 KiB
        return content.startswith(b"PK") and b"PK\x05\x06" in content[-(22 + 65_535) :]
    return True


def _content(settings: IofficeSettings, client: IofficeClient, attachment: AttachmentRef) -> bytes:
    if settings.file_mode == "download":
        return client.download(f"api/file/download/{attachment.ref}/", settings.max_file_size)
    limit = int(settings.max_file_size * _BASE64_OVERHEAD) + 4096
    data = client.read("GET", f"api/file/downloaddocument/{attachment.ref}/", limit=limit)
    written = data.get("data") if isinstance(data, Mapping) else None
    if not isinstance(written, str):
        raise Declined("file-shape")
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise unusable("file_base64", _("Dữ liệu tệp không phải base64 hợp lệ."), attachment) from error


def hold_against(attachment: AttachmentRef, content: bytes, limit: int) -> None:
    """Hold a downloaded file against its name, its claimed size and the longest size. Raises InputError, see above."""
    if not content:
        raise unusable("file_empty", _("iOffice trả về tệp rỗng."), attachment)
    if len(content) > limit:
        raise unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment)
    extension, found = extension_of(attachment.name), media_type(content)
    if found == "text/html" and extension not in {"html", "htm", "mht"}:
        raise unusable("file_html", _("iOffice trả về trang web thay cho tệp."), attachment)
    if not fits(extension, found):
        raise unusable("file_type", _("Nội dung tệp không đúng như phần mở rộng của tên."), attachment)
    if attachment.size is not None and attachment.size != len(content):
        raise unusable("file_size", _("Dung lượng tệp không đúng như iOffice ghi."), attachment)


def _reference(ordinal: int, row: Mapping[str, Any], id_field: str, names: Mapping[str, str]) -> AttachmentRef:
    raw = _member(row, id_field)
    id_ = str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    name = _member(row, names.get("file_name", FILE_FIELDS["file_name"]))
    size = str(_member(row, names.get("file_size", FILE_FIELDS["file_size"])) or "")
    shown = kept_name(clean(name), f"{ordinal}") if isinstance(name, str) else f"{ordinal}"
    return AttachmentRef(
        ordinal=ordinal,
        name=shown,
        media_type=_TYPES.guess_type(shown.rpartition("/")[2])[0] or "application/octet-stream",
        ref=id_ if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", id_) else "",
        # A size is believed only where it is a plain number: some systems write "12 KB" or a page count.
        size=int(size) if re.fullmatch(r"[1-9]\d{0,14}", size) else None,
    )


def _member(row: Mapping[str, Any], name: str) -> Any:
    if name in row:
        return row[name]
    return next((row[other] for other in row if other.lower() == name.lower()), None)


def unusable(code: str, what: str, attachment: AttachmentRef, *, lasting: bool = False) -> InputError:
    """
    Make the error of a file that is not what was promised; the paper is taken in all the same, sooner or later.

    Args:
        lasting: True when asking again can bring nothing better.
    """
    advice = _("Văn bản vẫn được nhận; mở tệp trong iOffice để kiểm tra, hoặc xin lại của cơ quan gửi.")
    kind = InputError if lasting or code in _LASTING else PassingError
    return kind(what=what, where=str(attachment.ordinal), advice=advice, code=code)
