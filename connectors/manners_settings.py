"""The ini keys that every connector and channel over HTTP has in common; see `congkhai.connectors.manners`."""

import ipaddress
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from congkhai.plugin.config.settings import Duration, Location, Settings, Size, YesNo


def written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class OutgoingSettings(Settings):
    """Keys of every section that calls an outside system over HTTP: pace, time-outs, proxy, certificates, limits."""

    ca_bundle: Location | None = Field(
        default=None, description="Tệp PEM của CA riêng. Việc kiểm tra chứng thư máy chủ luôn bật."
    )
    client_certificate: Location | None = Field(
        default=None, description="Tệp PEM của chứng thư máy trạm, khi hệ thống ngoài đòi xác thực TLS hai chiều."
    )
    client_key: Location | None = Field(
        default=None, description="Tệp PEM của khoá riêng ứng với client-certificate, không đặt mật khẩu."
    )
    plain_http: YesNo = Field(
        default=False, description="Cho phép http không mã hóa tới máy khác; mật khẩu sẽ đi ở dạng rõ."
    )
    proxy: str = Field(default="", description="Máy chủ trung gian, ví dụ http://proxy:3128; bỏ trống: nối thẳng.")
    connect_timeout: Duration = Field(default=written("15 s"), description="Chờ kết nối.")
    read_timeout: Duration = Field(default=written("60 s"), description="Chờ mỗi phần trả lời.")
    total_timeout: Duration = Field(default=written("5 min"), description="Chờ trọn một trả lời.")
    max_rps: float = Field(default=4.0, gt=0, le=1000, description="Số lời gọi nhiều nhất mỗi giây.")
    retries: int = Field(
        default=2, ge=0, le=5, description="Số lần thử lại một lời gọi đọc; hàng đợi còn thử lại sau đó."
    )
    retry_wait: Duration = Field(default=written("1 s"), description="Chờ trước lần thử lại đầu, rồi gấp đôi dần.")
    retry_after_limit: Duration = Field(
        default=written("60 s"), description="Chờ tại chỗ nhiều nhất bấy lâu khi máy chủ yêu cầu (Retry-After)."
    )
    breaker_failures: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=12, description="Sau bấy nhiêu lời gọi hỏng liên tiếp thì ngắt, không gọi nữa; 0: không ngắt."
    )
    breaker_pause: Duration = Field(
        default=written("2 min"), description="Ngắt bấy lâu rồi thử một lời gọi; vẫn hỏng thì gấp đôi, tối đa một giờ."
    )
    max_answer: Size = Field(default=written("32 MiB"), description="Trả lời dài hơn mức này thì bỏ, trừ tệp tải về.")
    max_clock_skew: Duration = Field(
        default=written("5 min"), description="Đồng hồ hai bên lệch quá mức này thì cảnh báo."
    )

    @model_validator(mode="after")
    def _outgoing(self) -> Self:
        if (self.client_certificate is None) != (self.client_key is None):
            raise ValueError("client-certificate và client-key phải đi cùng nhau")
        for name in ("connect_timeout", "read_timeout", "total_timeout"):
            if getattr(self, name).total_seconds() <= 0:
                raise ValueError(f"{name.replace('_', '-')} phải dài hơn 0")
        if self.proxy and urlsplit(self.proxy).scheme not in {"http", "https"}:
            raise ValueError("proxy là một địa chỉ http:// hoặc https://")
        return self

    def require_safe(self, address: str, key: str) -> None:
        """
        Refuse an address that would carry secrets in clear text to another machine; for use in a model validator.

        Args:
            address: full URL.
            key: name of the ini key that holds it, for the message.

        Raises:
            ValueError: ``http`` to another machine without ``plain-http = yes``, or no full address.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{key} phải là một địa chỉ đầy đủ, bắt đầu bằng https://")
        if parts.username or parts.password:
            raise ValueError(f"{key} không được chứa tài khoản, mật khẩu")
        if parts.scheme == "http" and not self.plain_http and not is_loopback(parts.hostname):
            raise ValueError(f"{key} phải là https (hoặc đặt plain-http = yes nếu cơ quan chấp nhận rủi ro)")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
