"""Secrets by reference: the ini names where a secret lies, never the secret itself."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from ..errors import ConfigurationError
from ..text import _

_FORM = re.compile(r"\{(credential|file|env)\s+([^{}]+?)\s*\}")


class SecretRef:
    """
    A reference to a secret: ``{credential NAME}``, ``{file PATH}`` or ``{env NAME}``.

    Read at use, never printed: its representation shows the reference only.
    """

    __slots__ = ("folder", "kind", "name")

    def __init__(self, kind: str, name: str, folder: Path) -> None:
        self.kind = kind
        self.name = name
        self.folder = folder

    def __repr__(self) -> str:
        return f"{{{self.kind} {self.name}}}"

    def read(self) -> str:
        """
        Return the secret; only a trailing line end is removed.

        Raises:
            ConfigurationError: the credential, file or variable is not there or cannot be read.
        """
        try:
            if self.kind == "env":
                return os.environ[self.name]
            return self._path().read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, KeyError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                what=_("Không đọc được bí mật {reference}.").format(reference=self),
                advice=_("Tạo tệp, credential hoặc biến môi trường mà tham chiếu nêu, rồi chạy lại."),
                code="congkhai-E114",
            ) from error

    def _path(self) -> Path:
        if self.kind == "credential":
            return Path(os.environ["CREDENTIALS_DIRECTORY"]) / self.name
        return self.folder / Path(self.name).expanduser()


def _secret(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    match = _FORM.fullmatch(value.strip())
    if not match:
        raise ValueError("tham chiếu {credential TÊN}, {file ĐƯỜNG-DẪN} hoặc {env TÊN}, không ghi bí mật vào đây")
    if match[1] == "credential" and not re.fullmatch(r"[\w.-]+", match[2]):
        raise ValueError("tên credential chỉ gồm chữ, số, '.', '_' và '-'")
    return SecretRef(match[1], match[2], Path((info.context or {}).get("folder", Path())))


Secret = Annotated[SecretRef, BeforeValidator(_secret)]
"""A reference to a secret; needs ``arbitrary_types_allowed`` (set in `Settings`)."""
