"""Keys of ``[connector:NAME]`` with ``type = iwork``."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Size, Words, YesNo

from .manners_settings import OutgoingSettings, written

LISTS = ("den", "di", "van-thu")
"""Lists that `pull` may walk: incoming of the account, outgoing, incoming of the registry."""


def _base_url(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("chỉ ghi máy chủ, ví dụ https://iwork.example.vn; đường dẫn ứng dụng ghi ở app-path")
    return f"{parts.scheme}://{parts.netloc}/"


def _path(value: str) -> str:
    path = value.strip().strip("/")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,7}", path):
        raise ValueError("đường dẫn chỉ gồm chữ không dấu, số, '-', '_' và '/'")
    return path


def _lists(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name not in LISTS:
            raise ValueError(f"'{name}' không phải danh sách; có: {', '.join(LISTS)}")
    return value


class IworkSettings(OutgoingSettings):
    """VNPT iWork / iOffice v3 (.ashx) sau cổng của tỉnh: nhận văn bản đến, văn bản đi. Giao diện chưa được công bố."""

    base_url: Annotated[str, AfterValidator(_base_url)] = Field(description="Máy chủ, ví dụ https://iwork.example.vn.")
    app_path: Annotated[str, AfterValidator(_path)] = Field("ioffice", description="Đường dẫn ứng dụng trên máy chủ.")
    token: Secret | None = Field(None, description="Token (JWT) do người vận hành cấp, dạng tham chiếu.")
    refresh_token: Secret | None = Field(
        None, description="Refresh token, dạng tham chiếu; có thì tự lấy token mới khi hết hạn."
    )
    refresh_path: Annotated[str, AfterValidator(_path)] = Field(
        "iwork/Oauth/api/v1/RefreshToken", description="Lời gọi đổi refresh token lấy token mới."
    )
    domain: str = Field("", description="Tham số domain của lời gọi đổi token.")
    account_is_dedicated: YesNo = Field(
        False, description="Tài khoản chỉ dành cho congkhai. Mở chi tiết có thể đánh dấu đã xem."
    )
    lists: Annotated[Words, AfterValidator(_lists)] = Field(
        default=written("den, di"), description="Danh sách cần đọc: den (đến), di (đi), van-thu (sổ đến của văn thư)."
    )
    page_size: int = Field(20, ge=1, le=200, description="Số dòng mỗi trang danh sách.")
    max_pages: int = Field(2000, ge=1, description="Số trang nhiều nhất của một danh sách.")
    quiet_pages: int = Field(3, ge=1, description="Dừng đọc sau bấy nhiêu trang liền không có gì mới.")
    full_sweep_every: Duration = Field(
        default=written("7 d"), description="Chu kỳ đọc lại toàn bộ danh sách và chi tiết để thấy thay đổi."
    )
    secrecy_plain_values: Words = Field(
        default=written("thường, bình thường"), description="Giá trị độ mật nghĩa là không mật."
    )
    secrecy_empty_is_plain: YesNo = Field(
        False, description="Ô độ mật trống nghĩa là không mật; chỉ bật khi đơn vị vận hành xác nhận."
    )
    file_mode: Literal["path", "handler"] = Field(
        "handler", description="Tải tệp theo FilePath (path) hoặc qua IworkFileHandler.ashx (handler)."
    )
    storage_hosts: Words = Field((), description="Máy chủ lưu tệp được phép gọi khi file-mode = path.")
    max_file_size: Size = Field(default=written("200 MiB"), description="Tệp lớn hơn thì không tải.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.token is None and self.refresh_token is None:
            raise ValueError("cần token hoặc refresh-token: iWork đăng nhập bằng captcha nên không dùng được mật khẩu")
        self.require_safe(self.base_url, "base-url")
        for host in self.storage_hosts:
            if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", host):
                raise ValueError(f"storage-hosts: '{host}' không phải tên máy chủ")
        if self.full_sweep_every <= timedelta(0):
            raise ValueError("full-sweep-every phải dài hơn 0")
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """The only places that are ever called: the gateway, and the storage hosts over https."""
        own = urlsplit(self.base_url)
        return (self.base_url, *(f"{_scheme(own.scheme, host)}://{host}" for host in self.storage_hosts))


def _scheme(own: str, host: str) -> str:
    # A storage host on this very machine is a simulator; any other is only called over https.
    return own if host.partition(":")[0] in {"127.0.0.1", "localhost"} else "https"
