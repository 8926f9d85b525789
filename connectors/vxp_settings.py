"""Keys of ``[connector:NAME]`` with ``type = vxp``."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import YesNo

from .edxml_settings import PacketSettings
from .manners_settings import OutgoingSettings


def _endpoint(value: str) -> str:
    return value.strip().rstrip("/") + "/"


class VxpSettings(OutgoingSettings, PacketSettings):
    """Trục liên thông văn bản quốc gia (VXP): nhận gói tin edXML bằng system-id riêng. Cách ký chưa được kiểm chứng."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = Field(
        description="Địa chỉ dịch vụ của trục (Security Server)."
    )
    system_id: str = Field(description="Mã hệ thống (systemid) cấp riêng cho congkhai, không phải của phần mềm QLVB.")
    secret: Secret = Field(description="Khóa bí mật của system-id, dạng tham chiếu.")
    own_system_id: YesNo = Field(
        False, description="yes để xác nhận system-id không dùng chung với phần mềm QLVB; không có thì không chạy."
    )
    confirm: YesNo = Field(
        False, description="Báo đã nhận (updateStatus done) với trục; chỉ khi đơn vị vận hành trục yêu cầu."
    )
    header_order: Literal["sent", "sorted"] = Field(
        "sent",
        description="Thứ tự tiêu đề khi ký HMAC: theo thứ tự gửi (sent) hoặc theo tên (sorted); hỏi đơn vị vận hành.",
    )
    client_version: str = Field("201608", description="Phiên bản SDK ghi trong tiêu đề XroadVnpt-version.")

    @model_validator(mode="after")
    def _own(self) -> Self:
        self.require_safe(self.endpoint, "endpoint")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.system_id):
            raise ValueError("system-id chỉ gồm chữ không dấu, số, '.', '-' và '_'")
        if not self.own_system_id:
            raise ValueError(
                "cần own-system-id = yes: dùng chung system-id với phần mềm QLVB sẽ lấy mất văn bản của phần mềm đó"
            )
        return self
