"""
From a view to PDF/A-3: one run of typst over files that lie in memory.

Data go in as values, never as template source, so no text of a document can become code. The compiler sees the
templates, the pictures, the XML and this package's folder, nothing else of the machine; it is given no network.
The same view, XML and moment give the same bytes on one machine.
"""

import io
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

import segno
import typst

from ..errors import ConfigurationError, OurError
from ..text import _
from .blocks import View
from .look import Look, installed, name_key, require_fonts, templates_of

RENDITION_CODE = "congkhai-E440"
STANDARD: Final = "a-3a"
"""PDF/A-3, level A: with embedded files, every text searchable, and the structure for screen readers."""

_OFFSET = timezone(timedelta(hours=7))  # a fixed offset, which is what typst takes; Vietnam has no other
_FOLDER = Path(__file__).parent
_COMPILING = Lock()
_PLACE = re.compile(r"┌─ (?:.*[/\\])?([^/\\]+):(\d+):(\d+)")


def typeset(template: str, view: View, attached_xml: bytes, made_at: datetime, look: Look) -> bytes:
    """
    Lay a view out.

    Args:
        template: name without ending, e.g. ``minutes``; the agency's file of this name is used when it has one.
        attached_xml: attached unchanged as ``TEMPLATE.xml`` (``report.xml`` for a report, ``minutes.xml`` otherwise).
        made_at: moment written into the PDF, with zone.

    Raises:
        ConfigurationError: no font, or a template of the agency is faulty, with file and line; the shipped one is not
            used in its place.
        OurError: the PDF could not be made for another reason.
    """
    require_fonts(look.fonts)
    files = templates_of(look)
    name = "report.xml" if template == "report" else "minutes.xml"
    pictures, view = _pictures(view, look)
    own = {**pictures, "attached.xml": attached_xml, "qr.json": _qr(view["code"])}
    main = f"{template}.typ" if f"{template}.typ" in files else "minutes.typ"
    moment = made_at.astimezone(_OFFSET).replace(microsecond=0)
    view = {**view, "fonts": list(look.fonts), "attached": name}
    try:
        return _run(files, main, own, view, moment, look)
    except typst.TypstError:
        # The usual cause is a character that no font of this machine has: an emoji in a comment, a foreign script.
        # The XML keeps it; the rendition then names it by its code instead of leaving it out.
        try:
            return _run(files, main, own, _spelt_out(view), moment, look)
        except typst.TypstError as error:
            raise _fault(template, look, error) from error


def _fault(template: str, look: Look, error: typst.TypstError) -> ConfigurationError | OurError:
    found = _PLACE.search(error.diagnostic)
    file, line = (found[1], int(found[2])) if found else ("main.typ", 0)
    file = f"{template}.typ" if file == "main.typ" else file
    what = _("Không dựng được bản thể hiện PDF: {detail}").format(detail=error.message)
    where = f"{file}:{line}" if line else file
    if look.templates is not None:
        return ConfigurationError(
            what=what, where=where, code="congkhai-E684",
            advice=_("Sửa mẫu trong thư mục [dossier] templates; mẫu đi kèm không được dùng thay một cách im lặng."),
        )  # fmt: skip
    return OurError(
        what, where=where, code=RENDITION_CODE,
        advice=_("Báo cho bộ phận kỹ thuật kèm mã văn bản; tệp XML không bị ảnh hưởng."),
    )  # fmt: skip


def _run(
    files: Mapping[str, bytes], main: str, own: Mapping[str, bytes], view: View, moment: datetime, look: Look
) -> bytes:  # fmt: skip
    """
    Run the compiler.

    Args:
        files: the templates; `main`: name of the one that begins.
        own: what only this paper has, as text: the XML, the QR code, pictures.
    """
    inputs = {name: data.decode() for name, data in own.items()}
    with _COMPILING:
        if look.templates is None:
            compiler = _shipped_compiler(main)
        else:  # a compiler keeps the files of one run only; templates that were copied earlier read `own` as files
            compiler = _compiler({**files, **own, "main.typ": files[main]}, look.templates)
        pdf = compiler.compile(
            format="pdf",
            sys_inputs={"data": json.dumps(view, ensure_ascii=False), **inputs},
            pdf_standards=STANDARD,
            timestamp=moment,
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no single document")
    return pdf


@lru_cache(maxsize=8)
def _shipped_compiler(main: str) -> typst.Compiler:
    """Return the compiler of a shipped template, made ready once: that costs an eighth of a page."""
    return _compiler(_FOLDER / main, _FOLDER)


def _compiler(main: "Path | Mapping[str, bytes]", root: Path) -> typst.Compiler:
    """Make a compiler ready that sees a template, or these files, and a folder; no package, no network."""
    return typst.Compiler(
        cast(Any, main),  # typst takes files by name too; its type stubs do not say so
        root=root,
        font_paths=installed(),
        package_path=_FOLDER / "no-packages",
        package_cache_path=_FOLDER / "no-packages",
    )


@lru_cache(maxsize=64)  # the papers of a matter name the same address
def _qr(text: str) -> bytes:
    """Draw a QR code, one pixel for a module. The mask is fixed: trying all eight costs more than the rest."""
    picture = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False, mask=0).save(picture, kind="png", scale=1, border=0)
    return _plain(picture.getvalue())


def _plain(data: bytes) -> bytes:
    """Return bytes as a JSON list: files in the compiler's memory must be text."""
    return json.dumps(list(data), separators=(",", ":")).encode()


def _pictures(view: View, look: Look) -> tuple[dict[str, bytes], View]:
    """Return the pictures that the signers of a view need, and the view with their file names."""
    known = {name_key(name): data for name, data in look.pictures.items()}
    files: dict[str, bytes] = {}
    rows = []
    for row in view["rows"]:
        cells = []
        for cell in row:
            data = known.get(name_key(cell["person"].replace("\u200b", "")), b"")
            picture = f"signature-{cell['role']}.json" if data else ""
            sealed = bool(look.seal) and cell["role"] == look.seal_role
            if data:
                files[picture] = _plain(data)
            cells.append({**cell, "picture": picture, "seal": "seal.json" if sealed else ""})
        rows.append(cells)
    if look.seal:
        files["seal.json"] = _plain(look.seal)
    return files, {**view, "rows": rows, "seal_width": look.seal_width}


def _spelt_out(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(each if _is_plain(each) else f"[U+{ord(each):04X}]" for each in value)
    if isinstance(value, dict):
        return {key: _spelt_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spelt_out(each) for each in value]
    return value


def _is_plain(character: str) -> bool:
    """Tell whether every serif font that is considered has the character: Latin with Vietnamese, common punctuation."""
    code = ord(character)
    if character in "\n\u200b\u20ab\u20ac\u2116":
        return True
    latin = 0x20 <= code <= 0x17F or code in {0x1A0, 0x1A1, 0x1AF, 0x1B0} or 0x1EA0 <= code <= 0x1EF9
    return latin or (code in range(0x2013, 0x2027) and unicodedata.category(character).startswith("P"))
