"""
The sidecar of a paper in a folder: its fields as a clerk or another program wrote them, as JSON or INI.

For ``cong-van.pdf`` it is ``cong-van.pdf.json``, ``cong-van.json``, ``cong-van.pdf.ini`` or ``cong-van.ini``, the first
that is there. Fields: ``number``, ``issued``, ``issuer``, ``subject``, ``type``, ``signer``, ``secrecy``, ``urgency``,
``arrived``, ``direction`` (``in``, ``out``), ``identifier``, ``attachments`` (names of further files of the paper in
the same folder; in INI separated by commas). Dates are ``dd/mm/yyyy`` or ISO.
"""

import configparser
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .ioffice_fields import clean, day

FIELDS = (
    "number", "issued", "issuer", "subject", "type", "signer", "secrecy", "urgency", "arrived", "direction",
    "identifier",
)  # fmt: skip
_LIMIT = 256 * 1024
_MOST_FILES = 200


class SidecarError(ValueError):
    """The sidecar cannot be used; `code` is ``sidecar-unreadable``, ``sidecar-unknown-field`` or ``sidecar-value``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sidecar:
    """
    A sidecar as it was read.

    Attributes:
        name: of its file; empty when there is none.
        fields: what it says, text in NFC; a missing field is missing, an empty one is empty.
        issued, arrived: its dates.
        attachments: names of further files, without any folder.
    """

    name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    issued: date | None = None
    arrived: date | None = None
    attachments: tuple[str, ...] = ()


def candidates(paper: str) -> tuple[str, ...]:
    """Return the names a paper's sidecar may have, best first."""
    stem = Path(paper).stem
    return (f"{paper}.json", f"{stem}.json", f"{paper}.ini", f"{stem}.ini")


def read_sidecar(path: Path) -> Sidecar:
    """
    Read one sidecar file.

    Raises:
        SidecarError: not to be used, see there.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _LIMIT:
        raise SidecarError("sidecar-unreadable")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        said = _json(text) if path.suffix.lower() == ".json" else _ini(text)
    except SidecarError:
        raise
    except (ValueError, configparser.Error, RecursionError) as error:
        raise SidecarError("sidecar-unreadable") from error
    if set(said) - {*FIELDS, "attachments"}:
        raise SidecarError("sidecar-unknown-field")
    fields = {name: _text(said[name]) for name in FIELDS if name in said}
    if fields.get("direction", "in") not in {"in", "out"}:
        raise SidecarError("sidecar-value")
    return Sidecar(
        path.name, fields, _date(fields.get("issued", "")), _date(fields.get("arrived", "")), _names(said)
    )  # fmt: skip


def _json(text: str) -> Mapping[str, Any]:
    said = json.loads(text)
    if not isinstance(said, dict):
        raise SidecarError("sidecar-unreadable")
    return said


def _ini(text: str) -> Mapping[str, Any]:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.read_string(text if text.lstrip().startswith("[") else f"[document]\n{text}")
    if len(parser.sections()) != 1:
        raise ValueError("one section")
    return dict(parser[parser.sections()[0]])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise SidecarError("sidecar-value")
    return clean(str(value))


def _date(text: str) -> date | None:
    found, unread = day(text)
    if unread:
        raise SidecarError("sidecar-value")
    return found


def _names(said: Mapping[str, Any]) -> tuple[str, ...]:
    written = said.get("attachments", ())
    names = [name.strip() for name in written.split(",")] if isinstance(written, str) else written
    if not isinstance(names, list | tuple) or len(names) > _MOST_FILES:
        raise SidecarError("sidecar-value")
    for name in names:
        # A name and never a way: what a sidecar names must lie beside it.
        if not isinstance(name, str) or name != Path(name).name or name in {"", ".", ".."} or "\\" in name:
            raise SidecarError("sidecar-value")
    return tuple(unicodedata.normalize("NFC", name) for name in names)
