"""Writing a first ini from answers: validated before it stands, and never over a file that is there."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import ConfigurationError, StoreError, UsageError
from ..host import Host
from ..text import _
from .configuration import Configuration, IniError
from .describe import KeyInfo, describe
from .load import load
from .sample import sample
from .schema import FAMILIES, SECTIONS
from .settings import Settings
from .validate import nearest

Answers = dict[str, dict[str, str]]
"""Section -> key -> value as the ini writes it."""


def missing_keys(host: Host, answers: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, KeyInfo]]:
    """
    Yield every required key that the answers leave out, with its section.

    Raises:
        UsageError: the answers name a section, kind or key that does not exist.
    """
    for section, values in answers.items():
        model = _model(host, section, values)
        known = {info.name: info for info in describe(model)}
        for key in values:
            if key not in known and (section in SECTIONS or key not in ("type", "agency")):
                raise UsageError(
                    _("[{section}] không có khóa {key}.").format(section=section, key=key) + nearest(key, known),
                    code="congkhai-E121",
                )
        for info in known.values():
            if info.required and not values.get(info.name, "").strip():
                yield section, info


def _model(host: Host, section: str, values: Mapping[str, str]) -> type[Settings]:
    if section in SECTIONS:
        return SECTIONS[section]
    family, colon, name = section.partition(":")
    kinds = host.families
    if family not in FAMILIES or not colon or not name:
        raise UsageError(_("Không có mục [{section}].").format(section=section), code="congkhai-E121")
    kind = kinds[family].get(values.get("type", ""))
    if kind is None:
        raise UsageError(
            _("[{section}] cần type là một trong: {kinds}.").format(section=section, kinds=", ".join(kinds[family])),
            code="congkhai-E121",
        )
    return kind.settings


def write_ini(
    path: Path, host: Host, answers: Mapping[str, Mapping[str, str]], *, overwrite: bool = False
) -> Configuration:
    """
    Write the commented ini, readable by owner and group only, and return it loaded.

    Args:
        path: where it shall stand; its folder is made when missing.
        answers: all required keys among them.
        overwrite: replace a file that is there.

    Raises:
        ConfigurationError: the answers make no valid ini; nothing is written then.
        UsageError: the file is there and `overwrite` is False.
        StoreError: the folder cannot be written.
    """
    text = sample(host, answers)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # the draft lies on the same file system, so that it can be moved into place whole
        with TemporaryDirectory(prefix=".congkhai-init-", dir=path.parent) as trial:
            draft = Path(trial) / path.name
            _write(draft, text)
            _refuse_faults(draft, host)
            if overwrite:
                draft.replace(path)
            else:
                os.link(draft, path)  # refuses a file that has come into being meanwhile, which a rename would not
    except FileExistsError as error:
        raise UsageError(_("Tệp {file} đã có.").format(file=path), code="congkhai-E121") from error
    except OSError as error:
        raise StoreError(
            _("Không viết được {file}: {reason}.").format(file=path, reason=error.strerror),
            advice=_("Chọn một thư mục mà tài khoản này ghi được."), code="congkhai-E415",
        ) from error  # fmt: skip
    return load(path, host)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o640)  # whatever the umask says


def _refuse_faults(draft: Path, host: Host) -> None:
    """Load the draft; its faults are told by section and key, since nobody will see its lines."""
    try:
        load(draft, host)
    except IniError as error:
        faults = "\n".join(f"  [{problem.section}] {problem.key}: {problem.message}" for problem in error.problems)
        raise ConfigurationError(
            _("Các câu trả lời chưa thành một cấu hình đúng:\n{faults}").format(faults=faults),
            advice=_("Chạy lại với giá trị đã sửa."), code="congkhai-E111",
        ) from error  # fmt: skip
