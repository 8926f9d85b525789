"""The section ``[signing]``: in which order papers are signed, who lets them go to signature, and by when."""

from typing import Literal

from pydantic import Field

from .settings import Settings


class SigningSettings(Settings):
    """Trình tự ký biên bản và báo cáo."""

    order: Literal["parallel", "in_order"] = Field(
        default="parallel",
        description="parallel: mọi người ký độc lập, lúc nào cũng được; in_order: lần lượt theo thứ tự trong quy chế.",
    )
    approver: str = Field(
        default="",
        description="Vai trò phải duyệt trước khi văn bản đến người ký, ví dụ records_officer; bỏ trống: không cần.",
    )
    deadline: int = Field(
        default=3, ge=0, le=60, description="Số ngày làm việc để ký kể từ khi lập văn bản; 0: không nhắc."
    )
