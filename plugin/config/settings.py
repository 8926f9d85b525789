"""
Building blocks of the ini schema: the base model of a section, and value types that say what they accept.

A section is a frozen pydantic model; the ini key of a field is its name with hyphens. Every field has a type, a
default or is required, and a description, from which the reference and the sample ini are generated.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo


class Settings(BaseModel):
    """Base of every section; unknown keys are errors, values never change after reading."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_", "-"),
        validate_default=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )


def _yes_no(value: Any) -> Any:
    if isinstance(value, str):
        if value.strip().lower() in {"yes", "true", "1", "on", "có"}:
            return True
        if value.strip().lower() in {"no", "false", "0", "off", "không"}:
            return False
        raise ValueError("yes hoặc no")
    return value


_UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)\s*", value)
    if not match:
        raise ValueError("một khoảng thời gian có đơn vị: 90 s, 15 min, 6 h, 3 d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def _size(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+)\s*(B|KiB|MiB|GiB)\s*", value)
    if not match:
        raise ValueError("một dung lượng có đơn vị: 500 KiB, 20 MiB, 1 GiB")
    return int(match[1]) * _SIZES[match[2]]


def _words(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(word.strip() for word in re.split(r"[,\n]", value) if word.strip())
    return value


def _path(value: Any, info: ValidationInfo) -> Any:
    """Resolve a path against the folder of the ini file (context ``folder``)."""
    if isinstance(value, str):
        folder = (info.context or {}).get("folder", Path())
        return (Path(folder) / Path(value).expanduser()).absolute()
    return value


YesNo = Annotated[bool, BeforeValidator(_yes_no)]
"""``yes`` or ``no``."""
Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A length of time with its unit: ``90 s``, ``15 min``, ``6 h``, ``3 d``."""
Size = Annotated[int, BeforeValidator(_size)]
"""Bytes, written with a unit: ``500 KiB``, ``20 MiB``."""
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""Several words, separated by commas or line ends."""
Location = Annotated[Path, BeforeValidator(_path)]
"""A file or folder; relative ones are resolved against the ini's own folder."""
