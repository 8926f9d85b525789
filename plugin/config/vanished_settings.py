"""The section ``[vanished]`` of the ini: how papers are noticed that their source does not show any more."""

from datetime import timedelta

from pydantic import Field

from .settings import Duration, Settings, YesNo
from .values import Share

_NO_TIME = timedelta(0)


class VanishedSettings(Settings):
    """Nhận ra văn bản không còn trên hệ thống nguồn; congkhai chỉ báo, người có thẩm quyền quyết định."""

    enabled: YesNo = Field(
        default=True, description="Có hỏi lại nguồn xem văn bản đang hoặc sắp công khai còn ở đó hay không."
    )
    look_every: Duration = Field(
        default=timedelta(days=1), ge=timedelta(minutes=1),
        description="Hỏi lại mỗi văn bản thưa đến mức nào; các lần hỏi được rải đều.",
    )  # fmt: skip
    times: int = Field(
        default=3, ge=2, le=100, description="Chỉ báo khi nguồn không cho thấy văn bản trong bấy nhiêu lần hỏi liền."
    )
    over: Duration = Field(
        default=timedelta(hours=48), ge=_NO_TIME,
        description="Các lần hỏi đó phải trải ra ít nhất khoảng thời gian này.",
    )  # fmt: skip
    share: Share = Field(
        default=0.2, description="Nhiều hơn hai văn bản và hơn tỷ lệ này của một nguồn cùng biến mất: không tin, chỉ "
        "báo kiểm tra quyền của tài khoản và nguồn.",
    )  # fmt: skip
    until: Duration = Field(
        default=timedelta(days=365), gt=_NO_TIME,
        description="Thôi hỏi văn bản đã nhận lâu hơn mức này: hệ thống nguồn có thể đã chuyển lưu trữ.",
    )  # fmt: skip
