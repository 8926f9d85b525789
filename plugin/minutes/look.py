"""
What an agency decides about the looks of its papers: fonts, own templates, address for checking, pictures.

NĐ 30/2020/NĐ-CP, Phụ lục I: Times New Roman; the picture of a signature is blue and transparent, that of the seal is
red, in real size, over the left third of the signature. A picture proves nothing: signatures lie in the attached XML.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import typst

from ..errors import ConfigurationError
from ..text import _

FONTS = ("Times New Roman", "Liberation Serif", "Tinos")
"""What papers are set in; the second and third have the same widths as the first, so that lines break alike."""

SEAL_ROLE = "head"
_SHIPPED = Path(__file__).parent
_LARGEST = 4 * 1024 * 1024  # bytes of a template or a picture
_PNG = b"\x89PNG\r\n\x1a\n"
# A template may import files that lie beside it, named by a plain string. Everything by which typst could be made to
# fetch a package from the Internet (its import takes any expression), or to build such an import, is refused.
_IMPORT = re.compile(r"\b(?:import|include)\b(?!\s*\"[^\"\\@/]+\.typ\"\s*(?:[:;]|$))")
_DYNAMIC = re.compile(r"\b(?:eval|std|plugin)\b")


@dataclass(frozen=True, slots=True)
class Look:
    """
    How a paper looks.

    Attributes:
        fonts: families, best first; one of them must be installed.
        templates: folder whose ``.typ`` files take the place of the shipped ones of the same name; None: the shipped.
        verify: address that the QR code names; empty: it names the paper's id and the digest of its body.
        pictures: PNG of the handwritten signature by the name of the person.
        seal: PNG of the agency's seal, or empty; `seal_role`: over whose signature; `seal_width`: millimetres.
    """

    fonts: tuple[str, ...] = FONTS
    templates: Path | None = None
    verify: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    seal: bytes = b""
    seal_role: str = SEAL_ROLE
    seal_width: int = 36


SHIPPED = Look()


@lru_cache(maxsize=1)
def installed() -> typst.Fonts:
    """Return the fonts of this machine, looked for once; a font that is installed later counts after a new start."""
    return typst.Fonts()


def require_fonts(fonts: tuple[str, ...]) -> None:
    """Raise ConfigurationError (``congkhai-E681``) when none of the fonts is installed."""
    held = {family.casefold() for family in installed().families()}
    if not any(family.casefold() in held for family in fonts):
        raise ConfigurationError(
            what=_("Máy này không có phông chữ nào trong số: {fonts}.").format(fonts=", ".join(fonts)),
            where="[dossier] fonts",
            advice=_("Cài gói fonts-liberation2 (Debian, Ubuntu) hoặc phông Times New Roman, rồi khởi động lại."),
            code="congkhai-E681",
        )


def templates_of(look: Look) -> dict[str, bytes]:
    """
    Return the templates by file name: the shipped ones, replaced and joined by the agency's ``.typ`` files.

    Other files of that folder, such as a picture, are read by the compiler itself, which sees nothing beside it.

    Raises:
        ConfigurationError: the agency's folder cannot be read, or a template in it reaches for the network or for code
            that is put together at run time (``congkhai-E682``).
    """
    files = dict(_shipped())
    if look.templates is None:
        return files
    try:
        own = sorted(one for one in look.templates.iterdir() if one.suffix == ".typ")
        for one in own:
            if one.stat().st_size > _LARGEST:
                raise _refused(one.name, _("Tệp lớn hơn {limit} MiB.").format(limit=_LARGEST // 1024 // 1024))
            files[one.name] = one.read_bytes()
    except OSError as error:
        raise _refused(str(look.templates), _("Không đọc được thư mục mẫu: {detail}").format(detail=error)) from error
    for one in own:
        _require_harmless(one.name, files[one.name])
    return files


def _require_harmless(name: str, source: bytes) -> None:
    try:
        lines = source.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise _refused(name, _("Mẫu không phải văn bản UTF-8.")) from error
    for number, line in enumerate(lines, 1):
        if _IMPORT.search(line) or _DYNAMIC.search(line):
            raise _refused(
                f"{name}:{number}",
                _("Mẫu chỉ được nhập tệp .typ cùng thư mục, ghi tên trong ngoặc kép; không dùng eval, std, plugin."),
            )


def _refused(where: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        what=what, where=where, code="congkhai-E682",
        advice=_("Sửa mẫu trong thư mục [dossier] templates, hoặc bỏ khóa này để dùng mẫu đi kèm."),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, bytes]:
    return {one.name: one.read_bytes() for one in _SHIPPED.glob("*.typ")}


def pictures_in(folder: Path) -> dict[str, bytes]:
    """
    Read the pictures of signatures: ``HỌ TÊN.png`` each, by name in normal form; ``seal.png`` is the agency's seal.

    Raises:
        ConfigurationError: the folder cannot be read, or a file is no PNG or too large (``congkhai-E683``).
    """
    found = {}
    try:
        for one in sorted(folder.glob("*.png")):
            data = one.read_bytes() if one.stat().st_size <= _LARGEST else b""
            if not data.startswith(_PNG):
                raise ConfigurationError(
                    what=_("Ảnh chữ ký hoặc con dấu phải là PNG nền trong, tối đa {limit} MiB.").format(
                        limit=_LARGEST // 1024 // 1024
                    ),
                    where=str(one), code="congkhai-E683", advice=_("Thay tệp ảnh này, hoặc bỏ nó khỏi thư mục."),
                )  # fmt: skip
            found[name_key(one.stem)] = data
    except OSError as error:
        raise ConfigurationError(
            what=_("Không đọc được thư mục ảnh chữ ký: {detail}").format(detail=error), where=str(folder),
            code="congkhai-E683", advice=_("Kiểm tra khóa [dossier] pictures và quyền đọc thư mục."),
        ) from error  # fmt: skip
    return found


def name_key(name: str) -> str:
    """Return the form under which a person's name finds their picture."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
