"""
The print-ready sheet of a notice board: heading, text, papers with their digests, and a QR code.

Laid out by typst from data; no text of a document can become source of the layout. Equal notices give equal bytes.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import segno
import typst

from congkhai.plugin.errors import OurError
from congkhai.plugin.interfaces import feedback_code
from congkhai.plugin.records import Notice
from congkhai.plugin.text import _, in_vietnamese

SHEET_CODE = "congkhai-E562"
_FOLDER = Path(__file__).parent
_TEMPLATE = "board_sheet.typ"
_COMPILING = Lock()
_DIGEST_LINE = 32


@in_vietnamese
def board_sheet(notice: Notice, *, agency: str, paper: str, address: str, made_at: datetime) -> bytes:
    """
    Lay out the sheet of a notice.

    Args:
        agency: name printed on top; empty leaves the line out.
        paper: ``a4`` or ``a3``.
        address: what the QR code opens: the page on which the notice can be compared; empty puts the notice's code and
            the digest of its first paper into the QR code instead.
        made_at: written into the PDF as its creation time, with zone.

    Returns:
        PDF bytes.

    Raises:
        OurError: it could not be laid out.
    """
    data = _content(notice, agency, paper, address)
    try:
        return _compile(data, made_at)
    except typst.TypstError:
        try:  # the usual cause is a character that no font of this machine has; it is then named by its code
            return _compile(_spelt_out(data), made_at)
        except typst.TypstError as error:
            raise OurError(
                what=_("Không dựng được tờ niêm yết: {detail}").format(detail=error.message), where=notice.disclosure,
                advice=_("Báo cho bộ phận kỹ thuật; có thể in văn bản gốc để niêm yết."), code=SHEET_CODE,
            ) from error  # fmt: skip


def qr_text(notice: Notice, address: str) -> str:
    """Return what the QR code says: the page's address, or code and digest for a comparison by hand."""
    if address:
        return address
    return f"congkhai:{notice.disclosure}:{notice.files[0].sha256 if notice.files else ''}"


def _content(notice: Notice, agency: str, paper: str, address: str) -> dict[str, Any]:
    code = feedback_code(notice.disclosure)
    words = (
        _("Quét mã để xem và đối chiếu nội dung tại {address}").format(address=address)
        if address
        else _("Mã QR mang mã nội dung và mã băm của văn bản để đối chiếu.")
    )
    return {
        "paper": paper, "agency": agency, "heading": _("CÔNG KHAI THÔNG TIN"), "title": notice.title,
        "lines": [line.strip() for line in notice.body.splitlines() if line.strip()],
        "files_heading": _("Văn bản kèm theo (SHA-256):"),
        "files": [{"name": file.name, "digest": _split(file.sha256)} for file in notice.files],
        "qr": segno.make(qr_text(notice, address), error="m", micro=False).svg_inline(border=2), "qr_words": words,
        "code_words": _("Khi góp ý xin nêu mã {code}.").format(code=code),
        "filled_in": _("Niêm yết lúc: …… giờ …… ngày …… tháng …… năm ………   Người niêm yết: ……………………"),
    }  # fmt: skip


def _split(digest: str) -> str:
    return " ".join(digest[start : start + _DIGEST_LINE] for start in range(0, len(digest), _DIGEST_LINE))


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    # No package folder of the machine: the template imports nothing from outside, and must not start to.
    nowhere = _FOLDER / "no-packages"
    return typst.Compiler(_FOLDER / _TEMPLATE, root=_FOLDER, package_path=nowhere, package_cache_path=nowhere)


def _compile(data: Mapping[str, Any], made_at: datetime) -> bytes:
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    with _COMPILING:
        pdf = _compiler().compile(format="pdf", sys_inputs=inputs, timestamp=made_at, root=_FOLDER)
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single document")
    return pdf


def _spelt_out(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(each if _in_every_font(each) else f"[U+{ord(each):04X}]" for each in value)
    if isinstance(value, Mapping):
        return {key: each if key == "qr" else _spelt_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spelt_out(each) for each in value]
    return value


def _in_every_font(letter: str) -> bool:
    """Tell whether every font that is considered has the character: Latin with Vietnamese, common punctuation."""
    return (ord(letter) <= 0x1EF9 and unicodedata.name(letter, "").startswith(("LATIN", "DIGIT", "SPACE"))) or (
        letter.isascii() and letter.isprintable()
    ) or letter in "–—…“”‘’ "  # fmt: skip
