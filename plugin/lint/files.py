"""
From a file to the text of one paper: plain text, PDF, DOCX, or a scan.

Files come from anywhere, so nothing is believed: the kind is told by the bytes, sizes are limited before anything is
opened, archives are unpacked only as far as a limit, and a paper with a secrecy mark is refused without an echo.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from lxml import etree

from ..errors import InputError
from ..secrecy import carries_mark
from ..text import _
from .encodings import decode, modern
from .flat import flatten
from .ocr import recognise
from .records import Text

MIB = 1024 * 1024
MOST = {"pdf": 100 * MIB, "docx": 50 * MIB, "image": 50 * MIB, "text": 8 * MIB}
"""Largest file of each kind, bytes."""
PAGES = 200
SCANNED_PAGES = 40
UNPACKED = 32 * MIB
"""Largest text part of a DOCX once unpacked, bytes."""
CHARACTERS = 2_000_000
_DPI = 250
_FEW = 25  # characters on a page below which it is taken for a picture
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_IMAGES = (b"\x89PNG", b"\xff\xd8", b"II*\x00", b"MM\x00*")


def read_paper(path: Path, name: str = "") -> Text:
    """
    Read one paper from a file.

    Args:
        path: the file.
        name: how findings call it; the file's own name when empty.

    Raises:
        InputError: it cannot be read (codes ``congkhai-E670`` to ``congkhai-E678``), or carries a secrecy mark.
        OurError: a scan, and no program to recognise it.
    """
    name = name or path.name
    try:
        if not path.is_file():
            raise InputError(
                _("Không có tệp này."), where=name, advice=_("Kiểm tra lại đường dẫn."), code="congkhai-E670"
            )
        size = path.stat().st_size
        with path.open("rb") as stream:
            kind = _kind(stream.read(8))
        if size == 0:
            raise InputError(_("Tệp trống."), where=name, advice=_("Lấy lại tệp từ nơi lập."), code="congkhai-E671")
        if size > MOST[kind]:
            raise InputError(
                _("Tệp {size} MiB, lớn hơn mức {most} MiB đọc được.").format(size=size // MIB, most=MOST[kind] // MIB),
                where=name,
                advice=_("Chia tệp theo từng văn bản, hoặc quét lại ở 200–300 dpi."),
                code="congkhai-E673",
            )
        if kind == "pdf":
            return _finished(name, list(_pdf(path, name)), "pdf")
        return read_bytes(path.read_bytes(), name)
    except OSError as error:
        raise InputError(
            _("Không đọc được tệp: {reason}.").format(reason=error.strerror or error),
            where=name,
            advice=_("Kiểm tra quyền đọc tệp."),
            code="congkhai-E670",
        ) from error


def read_bytes(data: bytes, name: str) -> Text:
    """Read one paper from bytes that are in memory already. Raises as `read_paper`."""
    if not data:
        raise InputError(_("Tệp trống."), where=name, advice=_("Lấy lại tệp từ nơi lập."), code="congkhai-E671")
    kind = _kind(data[:8])
    if kind == "pdf":
        return _finished(name, list(_pdf(data, name)), "pdf")
    if kind == "docx":
        return _finished(name, [(_docx(data, name), "docx")], "docx")
    if kind == "image":
        return _finished(name, [(recognise(data, name), "ocr")], "ocr")
    try:
        text, encoding = decode(data)
    except UnicodeDecodeError as error:
        raise _unknown(name, data) from error
    if not _legible(text):
        raise _unknown(name, data)
    return _finished(name, [(text, "text")], "text", encoding)


def _kind(head: bytes) -> str:
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    return "image" if head.startswith(_IMAGES) else "text"


def _legible(text: str) -> bool:
    seen = text[:20_000]
    odd = sum(
        not (letter.isprintable() or letter in "\n\r\t\f\v\u200e\u200f\u202a\u202c\ufeff\u200b\u00ad")
        for letter in seen
    )
    return odd * 20 <= len(seen)


def _finished(name: str, pages: list[tuple[str, str]], medium: str, encoding: str = "utf-8") -> Text:
    """Join the pages of a paper; refuse one that says nothing, or that carries a secrecy mark."""
    texts = [text for text, _medium in pages]
    if encoding == "utf-8":
        readings = [modern(text) for text in texts]
        texts = [text for text, _encoding in readings]
        encoding = next((found for _text, found in readings if found != "utf-8"), encoding)
    if any(carries_mark(text) for text in texts):
        raise InputError(
            _("Văn bản có dấu chỉ độ mật nên bị từ chối, không đọc nội dung."),
            where=_("một tệp đã đưa vào"),
            advice=_("Đưa văn bản này ra khỏi máy nối mạng và báo người phụ trách bảo vệ bí mật nhà nước."),
            code="congkhai-E677",
        )
    if sum(len(text) for text in texts) > CHARACTERS:
        raise InputError(
            _("Văn bản dài hơn {most} ký tự.").format(most=CHARACTERS),
            where=name,
            advice=_("Chia tệp theo từng văn bản."),
            code="congkhai-E673",
        )
    if not any(letter.isalpha() for text in texts for letter in text):
        raise InputError(
            _("Không có chữ nào đọc được trong tệp."),
            where=name,
            advice=_("Quét lại rõ hơn ở 200–300 dpi, hoặc đưa bản có lớp chữ."),
            code="congkhai-E678",
        )
    starts, length = [], 0
    flat = flatten("\n".join(texts))
    for text in texts:
        starts.append(length)
        length += len(flatten(text).source) + 1
    if any(kind == "ocr" for _text, kind in pages):
        medium = "ocr"
    return Text(name, flat, tuple(starts) if medium in {"pdf", "ocr"} else (), medium, encoding)


def _pdf(source: Path | bytes, name: str) -> Iterator[tuple[str, str]]:
    """Yield the text of each page and how it was got; a page without text is recognised as a picture."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(
                _("Tệp PDF có mật khẩu."),
                where=name,
                advice=_("Lưu lại tệp không đặt mật khẩu rồi đưa vào."),
                code="congkhai-E674",
            ) from error
        raise InputError(
            _("Tệp PDF hỏng."), where=name, advice=_("Lấy lại tệp từ nơi lập."), code="congkhai-E672"
        ) from error
    try:
        if len(document) > PAGES:
            raise InputError(
                _("Tệp có {count} trang, nhiều hơn mức {most} trang đọc được.").format(count=len(document), most=PAGES),
                where=name,
                advice=_("Chia tệp theo từng văn bản."),
                code="congkhai-E673",
            )
        scanned = 0
        for index in range(len(document)):
            page = document[index]
            textpage = page.get_textpage()
            text = textpage.get_text_bounded().replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-")
            textpage.close()
            if len("".join(text.split())) >= _FEW:
                yield text, "pdf"
            elif not any(True for _object in page.get_objects(max_depth=3)):
                yield "", "pdf"  # a blank page
            else:
                scanned += 1
                if scanned > SCANNED_PAGES:
                    raise InputError(
                        _("Bản quét có hơn {most} trang, quá nhiều để nhận dạng chữ.").format(most=SCANNED_PAGES),
                        where=name,
                        advice=_("Chia tệp theo từng văn bản."),
                        code="congkhai-E673",
                    )
                yield recognise(_picture(page), f"{name}, tr. {index + 1}"), "ocr"
            page.close()
    except pypdfium2.PdfiumError as error:
        raise InputError(
            _("Tệp PDF hỏng."), where=name, advice=_("Lấy lại tệp từ nơi lập."), code="congkhai-E672"
        ) from error
    finally:
        document.close()


def _picture(page: "pypdfium2.PdfPage") -> bytes:
    """Render a page in grey as PGM, at a scale that keeps huge pages within reason."""
    width, height = page.get_size()
    scale = min(_DPI / 72, 6000 / max(width, height, 1.0))
    bitmap = page.render(scale=scale, grayscale=True)
    rows = bytes(bitmap.buffer)
    lines = b"".join(rows[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
    head = f"P5 {bitmap.width} {bitmap.height} 255\n".encode()
    bitmap.close()
    return head + lines


def _docx(data: bytes, name: str) -> str:
    """Return the text of a DOCX: header, body with tables cell by cell, in reading order."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "word/document.xml" not in archive.namelist():
                raise _unknown(name, data)
            parts = ["word/document.xml"]
            texts = [_paragraphs(_part(archive, part, name)) for part in parts]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, etree.XMLSyntaxError) as error:
        raise InputError(
            _("Tệp DOCX hỏng hoặc có mật khẩu."),
            where=name,
            advice=_("Mở bằng phần mềm soạn thảo rồi lưu lại."),
            code="congkhai-E675",
        ) from error
    return "\n".join(texts)


def _part(archive: zipfile.ZipFile, part: str, name: str) -> etree._Element:
    """Unpack and parse one part; never more than the limit, whatever its entry claims."""
    with archive.open(part) as stream:
        body = stream.read(UNPACKED + 1)
    if len(body) > UNPACKED:
        raise InputError(
            _("Tệp DOCX bung ra lớn hơn {most} MiB, không giống một văn bản.").format(most=UNPACKED // MIB),
            where=name,
            advice=_("Lấy lại tệp từ nơi lập; không mở tệp lạ."),
            code="congkhai-E675",
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(body, parser)


def _paragraphs(root: etree._Element) -> str:
    lines = []
    for paragraph in root.iter(f"{_W}p"):
        pieces = []
        for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
            if any(ancestor.tag == f"{_W}p" and ancestor is not paragraph for ancestor in _between(node, paragraph)):
                continue  # the text of a box inside; it has its own turn
            pieces.append(_SIGNS.get(str(node.tag)) or node.text or "")
        lines.append("".join(pieces))
    return "\n".join(lines)


_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def _between(node: etree._Element, top: etree._Element) -> Iterator[etree._Element]:
    for ancestor in node.iterancestors():
        if ancestor is top:
            return
        yield ancestor


def _unknown(name: str, data: bytes) -> InputError:
    old = data.startswith(b"\xd0\xcf\x11\xe0")
    advice = (
        _("Mở bằng phần mềm soạn thảo rồi lưu lại dạng .docx hoặc PDF.")
        if old
        else _("Đưa văn bản dạng .txt (UTF-8), .pdf, .docx, hoặc ảnh quét .png, .jpg, .tif.")
    )
    return InputError(_("Tệp không phải loại văn bản đọc được."), where=name, advice=advice, code="congkhai-E672")
