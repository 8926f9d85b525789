"""
Attachments of iOffice: what a paper offers, and whether what was downloaded is the file.

Reason codes of an InputError raised here: ``file_no_id``, ``file_empty``, ``file_html``, ``file_type``, ``file_size``,
``file_too_large``, ``file_refused``, ``file_base64``.
"""

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping
from typing import Any

from congkhai.plugin.errors import InputError
from congkhai.plugin.records import AttachmentRef, PulledDocument
from congkhai.plugin.text import _

from .edxml_media import extension_of, fits, media_type
from .ioffice_client import IofficeClient
from .ioffice_fields import clean
from .ioffice_reply import Declined
from .ioffice_settings import IofficeSettings

_TYPES = mimetypes.MimeTypes(filenames=())  # the table of the standard library alone, the same on every machine
_LONGEST_NAME = 255
_BASE64_OVERHEAD = 4 / 3


def attachments(
    settings: IofficeSettings, client: IofficeClient, document: PulledDocument
) -> tuple[AttachmentRef, ...]:
    """
    Name the files of a paper, in the order of the system; called only after the secrecy gate.

    Raises:
        OutsideError: the list could not be read.
    """
    try:
        rows = client.read("GET", f"api/file/getfileattach/{document.ref}/")
    except Declined as error:
        raise client.outside(error) from error
    if rows is None or rows == "":
        return ()
    if not isinstance(rows, list):
        raise client.outside(Declined("files-shape"))
    found = (row for row in rows if isinstance(row, Mapping))
    return tuple(_reference(number, row, settings.file_id_field) for number, row in enumerate(found, start=1))


def fetch(settings: IofficeSettings, client: IofficeClient, attachment: AttachmentRef) -> bytes:
    """
    Download one file whole and hold it against its name and size.

    Raises:
        OutsideError: the system did not answer; another time it may.
        InputError: what came is not the file; its code says why.
    """
    if not attachment.ref:
        raise _unusable("file_no_id", _("iOffice không cho mã để tải tệp này."), attachment)
    if attachment.size is not None and attachment.size > settings.max_file_size:
        raise _unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment)
    try:
        content = _content(settings, client, attachment)
    except Declined as error:
        raise _unusable("file_refused", _("iOffice không giao tệp này."), attachment) from error
    _hold(settings, attachment, content)
    return content


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
        raise _unusable("file_base64", _("Dữ liệu tệp không phải base64 hợp lệ."), attachment) from error


def _hold(settings: IofficeSettings, attachment: AttachmentRef, content: bytes) -> None:
    if not content:
        raise _unusable("file_empty", _("iOffice trả về tệp rỗng."), attachment)
    if len(content) > settings.max_file_size:
        raise _unusable("file_too_large", _("Tệp lớn hơn mức cho phép."), attachment)
    extension, found = extension_of(attachment.name), media_type(content)
    if found == "text/html" and extension not in {"html", "htm", "mht"}:
        raise _unusable("file_html", _("iOffice trả về trang web thay cho tệp."), attachment)
    if not fits(extension, found):
        raise _unusable("file_type", _("Nội dung tệp không đúng như phần mở rộng của tên."), attachment)
    if attachment.size is not None and attachment.size != len(content):
        raise _unusable("file_size", _("Dung lượng tệp không đúng như iOffice ghi."), attachment)


def _reference(ordinal: int, row: Mapping[str, Any], id_field: str) -> AttachmentRef:
    raw = _member(row, id_field)
    id_ = str(raw) if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    name = _member(row, "name")
    size = str(_member(row, "fileSize") or "")
    shown = _shortened(clean(name)) if isinstance(name, str) and clean(name) else f"{ordinal}"
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


def _shortened(name: str) -> str:
    """Cut an overlong name in its middle of the stem, so that the extension stays."""
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(extension) - 1] + dot + extension


def _unusable(code: str, what: str, attachment: AttachmentRef) -> InputError:
    advice = _("Văn bản vẫn được nhận; mở tệp trong iOffice để kiểm tra, hoặc xin lại của cơ quan gửi.")
    return InputError(what=what, where=str(attachment.ordinal), advice=advice, code=code)
