"""The section ``[archive]`` of the ini: how dossiers become archive packages."""

from typing import Literal, Self

from pydantic import Field, model_validator

from .settings import Location, Settings, Words, YesNo


class ArchiveSettings(Settings):
    """Gói tin lưu trữ theo Thông tư 05/2025/TT-BNV; cơ quan đối chiếu với thông tư và lưu trữ nhận trước khi nộp."""

    profile: str = Field(
        default="tt05-circular",
        min_length=1,
        description="Hồ sơ mẫu của gói tin: tt05-circular, tt05-real-sample, eark-2.1, hoặc đường dẫn đến tệp ini "
        "của cơ quan.",
    )
    schemas: Location | None = Field(
        default=None,
        description="Thư mục chứa lược đồ XSD đã công bố, được chép vào gói tin; bỏ trống: lược đồ do phần mềm lập.",
    )
    fonds: str = Field(default="", max_length=50, description="Mã phông lưu trữ; bỏ trống: mã định danh của cơ quan.")
    submission: str = Field(
        default="", max_length=100, description="Mã đăng ký nộp lưu (SUBMISSIONAGREEMENT); có thể bỏ trống."
    )
    mode: Literal["", "01", "02"] = Field(
        default="",
        description="Mã chế độ sử dụng: 01 công khai, 02 có điều kiện; bỏ trống: theo lời ghi trong hồ sơ. "
        "03 (mật) không bao giờ được ghi.",
    )
    retention_codes: Words = Field(
        default=(),
        description="Mã của thời hạn bảo quản khi khác bảng của hồ sơ mẫu, viết như 20 năm=05, 5 năm=07.",
    )
    retention_confirmed: YesNo = Field(
        default=False, description="Lưu trữ cơ quan đã xác nhận các mã thời hạn bảo quản."
    )

    @model_validator(mode="after")
    def _codes(self) -> Self:
        for one in self.retention_codes:
            words, equals, code = one.partition("=")
            if not words.strip() or not equals or code.strip() not in {f"0{digit}" for digit in range(1, 8)}:
                raise ValueError(f"retention-codes viết như 20 năm=05 (mã 01 đến 07), thay cho '{one}'")
        return self

    def retention(self) -> tuple[tuple[str, str], ...]:
        """Return words of retention in lower case with their codes."""
        pairs = (one.partition("=") for one in self.retention_codes)
        return tuple((" ".join(words.split()).casefold(), code.strip()) for words, _equals, code in pairs)
