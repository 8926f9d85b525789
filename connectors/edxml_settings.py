"""Keys of the sources of edXML packets, and of the drop folder among them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from congkhai.plugin.config.settings import Duration, Location, Settings, Size, Words, YesNo

from .edxml_folder import Places
from .edxml_parse import Limits

_MIB = 1024**2


class PacketSettings(Settings):
    """Keys of every source of edXML packets: who we are, what may be trusted, and what a packet may cost."""

    agency_ids: Annotated[Words, Field(min_length=1)] = Field(
        description="Mã định danh (OrganId) của cơ quan mình, mọi dạng cũ và mới; để biết văn bản đến hay đi."
    )
    source_is_plain: YesNo = Field(
        False, description="yes khi nguồn này chắc chắn không có văn bản mật; no thì mọi gói tin đều bị từ chối."
    )
    source_is_plain_basis: str = Field("", description="Căn cứ để khai source-is-plain = yes (văn bản, điều khoản).")
    trim_leading_junk: Annotated[int, Field(ge=0, le=16)] = Field(
        0, description="Được cắt bao nhiêu byte lạ trước khai báo XML; 0: không cắt mà cách ly gói tin."
    )
    keep_active_attachments: YesNo = Field(
        False, description="yes: vẫn giữ tệp chương trình, script, HTML, SVG, macro (không bao giờ mở)."
    )
    max_packet: Size = Field(128 * _MIB, description="Dung lượng lớn nhất của một gói tin.")
    max_depth: Annotated[int, Field(ge=8)] = Field(32, description="Số tầng lồng nhau lớn nhất.")
    max_elements: Annotated[int, Field(ge=100)] = Field(20_000, description="Số phần tử lớn nhất.")
    max_attributes: Annotated[int, Field(ge=1)] = Field(32, description="Số thuộc tính lớn nhất của một phần tử.")
    max_text: Size = Field(64 * 1024, description="Dung lượng chữ lớn nhất của một phần tử, trừ dữ liệu đính kèm.")
    max_receivers: Annotated[int, Field(ge=1)] = Field(5_000, description="Số nơi nhận lớn nhất.")
    max_attachments: Annotated[int, Field(ge=0)] = Field(200, description="Số tệp đính kèm lớn nhất.")
    max_attachment: Size = Field(100 * _MIB, description="Dung lượng lớn nhất của một tệp đính kèm, cả khi giải nén.")
    max_decoded: Size = Field(256 * _MIB, description="Tổng dung lượng lớn nhất của các tệp đính kèm.")
    max_parse_time: Duration = Field(timedelta(seconds=60), description="Thời gian đọc lớn nhất cho một gói tin.")

    @model_validator(mode="after")
    def _declared(self) -> Self:
        if self.source_is_plain and not self.source_is_plain_basis.strip():
            raise ValueError("source-is-plain = yes cần source-is-plain-basis: ghi căn cứ")
        return self

    @property
    def limits(self) -> Limits:
        """What a packet may cost."""
        return Limits(
            packet=self.max_packet, depth=self.max_depth, elements=self.max_elements, attributes=self.max_attributes,
            text=self.max_text, receivers=self.max_receivers, attachments=self.max_attachments,
            attachment=self.max_attachment, decoded=self.max_decoded, seconds=self.max_parse_time.total_seconds(),
            unpacked=self.max_attachment,
        )  # fmt: skip


class EdxmlSettings(PacketSettings):
    """Keys of ``[connector:NAME]`` with ``type = edxml``."""

    folder: Location = Field(description="Thư mục mà nơi gửi hoặc trục liên thông thả gói tin edXML vào.")
    processed: Location | None = Field(None, description="Thư mục cho gói tin đã nhận; để trống: FOLDER-processed.")
    rejected: Location | None = Field(
        None, description="Thư mục cho gói tin hỏng hoặc gây hại; để trống: FOLDER-rejected."
    )
    held: Location | None = Field(None, description="Thư mục cho gói tin chờ người xem; để trống: FOLDER-held.")
    packet_names: Words = Field(("*.edxml", "*.xml"), description="Tên tệp được coi là gói tin.")
    complete_when: Literal["settled", "renamed"] = Field(
        "settled", description="settled: tệp không đổi trong settle-time; renamed: nơi gửi đổi tên tệp khi đã ghi xong."
    )
    settle_time: Duration = Field(timedelta(seconds=10), description="Tệp phải không đổi bao lâu thì được lấy.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        places = self.places
        folders = (places.inbox, places.processed, places.rejected, places.held)
        if len(set(folders)) < len(folders):
            raise ValueError("folder, processed, rejected, held phải là bốn thư mục khác nhau")
        return self

    @property
    def places(self) -> Places:
        """The four folders, defaults filled in."""

        def beside(ending: str) -> Path:
            return self.folder.with_name(f"{self.folder.name}-{ending}")

        return Places(
            inbox=self.folder,
            processed=self.processed or beside("processed"),
            rejected=self.rejected or beside("rejected"),
            held=self.held or beside("held"),
        )
