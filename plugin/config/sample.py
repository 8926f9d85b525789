"""The commented ini: every key of every section with its help and default, from the schema and the plugins."""

import textwrap
from collections.abc import Iterator, Mapping

from ..host import Host
from ..text import _
from .describe import KeyInfo, describe
from .schema import FAMILIES, SECTIONS, CommonSettings
from .settings import Settings

_WIDTH = 100


def sample(host: Host, answers: Mapping[str, Mapping[str, str]]) -> str:
    """
    Write an ini that says everything that can be said.

    Args:
        host: plugins, for the keys of their sections.
        answers: section -> key -> value as the ini writes it. Sections of plugins (``connector:NAME``) need ``type``.

    Returns:
        The text. What was answered stands there in force, everything else as a comment with its default. A kind of
        plugin section without an answer is shown whole as a comment.
    """
    blocks = [
        _comment(_("Cấu hình congkhai. Dòng bắt đầu bằng # là chú thích; bỏ dấu # để đặt giá trị khác mặc định."))
    ]
    blocks += [_block(name, model, answers.get(name, {})) for name, model in SECTIONS.items()]
    kinds = host.families
    for family, title in FAMILIES.items():
        blocks.append(_comment(f"--- {_(title)}: [{family}:{_('TÊN')}] ---"))
        used = set()
        for name, values in answers.items():
            if name.startswith(f"{family}:"):
                kind = kinds[family][values["type"]]
                used.add(kind.name)
                blocks.append(_block(name, kind.settings, values, common=True))
        for kind in kinds[family].values():
            if kind.name not in used:
                shown = _block(f"{family}:{kind.name}", kind.settings, {"type": kind.name}, common=True)
                blocks.append(
                    "\n".join(line if line.startswith("#") else f"#{line}".rstrip() for line in shown.split("\n"))
                )
    return "\n\n".join(blocks) + "\n"


def _block(name: str, model: type[Settings], values: Mapping[str, str], *, common: bool = False) -> str:
    lines = [f"[{name}]"]
    if not common:
        lines.insert(0, _comment(_((model.__doc__ or "").strip().split("\n")[0])))
    keys = [*describe(CommonSettings), *describe(model)] if common else list(describe(model))
    for info in keys:
        lines += _lines(info, values.get(info.name, ""))
    return "\n".join(lines)


def _lines(info: KeyInfo, value: str) -> Iterator[str]:
    yield _comment(info.help)
    yield _comment(_("Kiểu: {type}.").format(type=info.type) + " " + _state(info))
    value = " ".join(value.split())  # one line: an answer must not open a section of its own
    if value:
        yield f"{info.name} = {value}"
    else:
        yield f"#{info.name} = {info.default}".rstrip()


def _state(info: KeyInfo) -> str:
    if info.required:
        return _("Bắt buộc.")
    return _("Mặc định: {default}.").format(default=info.default or _("bỏ trống"))


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False))
