"""Keys of ``[connector:NAME]`` with ``type = folder``."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from congkhai.plugin.config.settings import Duration, Location, Settings, Size, Words, YesNo

from .edxml_folder import Places
from .manners_settings import written


class FolderSettings(Settings):
    """Thư mục văn bản: PDF, DOCX, ảnh quét, có hoặc không có tệp thông tin (JSON, INI) đi kèm."""

    folder: Location = Field(description="Thư mục mà văn thư hoặc máy quét thả văn bản vào.")
    processed: Location | None = Field(None, description="Thư mục cho văn bản đã nhận; để trống: FOLDER-processed.")
    held: Location | None = Field(None, description="Thư mục cho tệp không đọc được; để trống: FOLDER-held.")
    file_names: Words = Field(
        ("*.pdf", "*.docx", "*.png", "*.jpg", "*.jpeg", "*.tif", "*.tiff"), description="Tên tệp được coi là văn bản."
    )
    complete_when: Literal["settled", "renamed"] = Field(
        "settled", description="settled: tệp không đổi trong settle-time; renamed: nơi gửi đổi tên tệp khi đã ghi xong."
    )
    settle_time: Duration = Field(default=written("10 s"), description="Tệp phải không đổi bao lâu thì được lấy.")
    sidecar: Literal["optional", "required"] = Field(
        "optional", description="optional: không có tệp thông tin thì đọc trang đầu; required: chờ có tệp thông tin."
    )
    direction: Literal["in", "out"] = Field("in", description="Văn bản trong thư mục là đến (in) hay đi (out).")
    issuer: str = Field("", description="Cơ quan ban hành khi mọi văn bản trong thư mục là của một cơ quan.")
    source_is_plain: YesNo = Field(
        False, description="yes khi nguồn này chắc chắn không có văn bản mật; no thì chỉ nhận văn bản ghi rõ không mật."
    )
    source_is_plain_basis: str = Field("", description="Căn cứ để khai source-is-plain = yes (văn bản, điều khoản).")
    secrecy_plain_values: Words = Field(
        default=written("thường, bình thường, không mật"),
        description="Giá trị secrecy trong tệp thông tin nghĩa là không mật.",
    )
    ocr: Literal["auto", "off"] = Field("auto", description="auto: đọc bản quét bằng Tesseract khi máy có cài.")
    ocr_program: str = Field("tesseract", description="Tên hoặc đường dẫn chương trình Tesseract.")
    ocr_languages: str = Field("vie", pattern=r"[a-z_+]{3,40}", description="Ngôn ngữ nhận dạng của Tesseract.")
    ocr_timeout: Duration = Field(default=written("60 s"), description="Thời gian nhận dạng lớn nhất của một trang.")
    max_file: Size = Field(default=written("100 MiB"), description="Dung lượng lớn nhất của một tệp.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.source_is_plain and not self.source_is_plain_basis.strip():
            raise ValueError("source-is-plain = yes cần source-is-plain-basis: ghi căn cứ")
        places = self.places
        if len({places.inbox, places.processed, places.held}) < 3:
            raise ValueError("folder, processed, held phải là ba thư mục khác nhau")
        return self

    @property
    def places(self) -> Places:
        """The folders, defaults filled in; what is unreadable and what is held lie together."""

        def beside(ending: str) -> Path:
            return self.folder.with_name(f"{self.folder.name}-{ending}")

        held = self.held or beside("held")
        return Places(self.folder, self.processed or beside("processed"), held, held)
