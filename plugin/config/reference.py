"""The reference page of all settings, in Markdown, generated from the schema and the plugins' own models."""

from ..host import Host
from .describe import KeyInfo, describe
from .schema import FAMILIES, SECTIONS, CommonSettings
from .settings import Settings

_INTRO = """# Tệp cấu hình

Một tệp `congkhai.ini`, bảng mã UTF-8. Mỗi khóa viết `khóa = giá trị`; dòng bắt đầu bằng `#` hoặc `;` là chú thích;
dòng tiếp theo của một giá trị thụt vào. Khóa bỏ trống coi như không viết. Đường dẫn tương đối tính từ thư mục của tệp.
Các tệp `conf.d/*.ini` bên cạnh, theo thứ tự tên, chỉ được thêm mục mới. Mục hoặc khóa lạ là lỗi, nêu rõ tệp và dòng.
Bí mật không ghi vào tệp mà ghi bằng tham chiếu: `{credential TÊN}` đọc từ systemd, `{file ĐƯỜNG-DẪN}` đọc từ tệp,
`{env TÊN}` đọc từ biến môi trường (cách yếu nhất: tiến trình con cũng thấy).

Trang này được sinh từ mã nguồn; xem mọi giá trị đang có hiệu lực và nơi đặt nó bằng `congkhai check --show`.
"""


def settings_page(host: Host) -> str:
    """
    Write the page.

    Args:
        host: plugins whose kinds are listed.

    Returns:
        Markdown; one heading per section and per kind, one table row per key with type, default and help.
    """
    parts = [_INTRO]
    for name, model in SECTIONS.items():
        parts.append(f"## `[{name}]`\n\n{_title(model)}\n\n{_table(model)}")
    kinds = host.families
    for family, title in FAMILIES.items():
        parts.append(f"## `[{family}:TÊN]`\n\n{title}. Mỗi mục có các khóa chung:\n\n{_table(CommonSettings)}")
        parts += [
            f"### `[{family}:TÊN]` với `type = {kind.name}`\n\n{_table(kind.settings)}"
            for kind in sorted(kinds[family].values(), key=lambda kind: kind.name)
        ]
    return "\n".join(parts)


def _title(model: type[Settings]) -> str:
    return (model.__doc__ or "").strip().split("\n")[0]


def _table(model: type[Settings]) -> str:
    rows = ["| khóa | kiểu | mặc định | ý nghĩa |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{info.name}` | {_cell(info.type)} | {_default(info)} | {_cell(info.help)} |" for info in describe(model)
    ]
    return "\n".join(rows) + "\n"


def _default(info: KeyInfo) -> str:
    if info.required:
        return "**bắt buộc**"
    return f"`{_cell(info.default)}`" if info.default else "bỏ trống"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
