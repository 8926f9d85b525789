"""Keys of ``[connector:NAME] type = ioffice`` and ``[channel:NAME] type = ioffice-notice`` in the ini file."""

import ipaddress
import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Location, Settings, Size, Words, YesNo

from .ioffice_calls import forbidden, well_formed

LISTS = ("search", "waiting", "processed", "notify", "overdue")
"""Lists that `pull` may walk through; only ``search`` does not depend on the account's own inbox."""


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


def _base_url(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("địa chỉ đầy đủ, kể cả đường dẫn ngữ cảnh, ví dụ https://ioffice.example.vn/qlvb/")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("địa chỉ không được chứa tài khoản, mật khẩu, dấu ? hoặc dấu #")
    if not re.fullmatch(r"(/[A-Za-z0-9_-]+)*/?", parts.path):
        raise ValueError("đường dẫn ngữ cảnh chỉ gồm chữ không dấu, số, '-' và '_'")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _call_path(value: str) -> str:
    path = value.strip().lstrip("/")
    if path and not well_formed(path):
        raise ValueError("đường dẫn tính từ base-url, kết thúc bằng '/', không có '..', '%' hoặc '?'")
    if path and (forbidden("POST", path) or forbidden("GET", path)):
        raise ValueError("đường dẫn này đánh dấu, chuyển, kết thúc, thu hồi hoặc ký văn bản nên không được gọi")
    return path


def _login_path(value: str) -> str:
    path = _call_path(value)
    if not re.fullmatch(r"(api/)?(oauth/)?login/(v\d+/)?", path):
        raise ValueError("đường dẫn đăng nhập, ví dụ api/login/v2/")
    return path


def _push_path(value: str) -> str:
    path = _call_path(value)
    if path and "/shared/" not in f"/{path}":
        raise ValueError("đường dẫn liên thông do tỉnh cấp, nằm dưới shared/, ví dụ api/shared/integration/doc/create/")
    return path


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError as error:
            raise ValueError("một ngày, viết 2025-07-01") from error
    return value


def _lists(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name not in LISTS:
            raise ValueError(f"'{name}' không phải danh sách; có: {', '.join(LISTS)}")
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
LoginPath = Annotated[str, AfterValidator(_login_path)]
PushPath = Annotated[str, AfterValidator(_push_path)]
Day = Annotated[date, BeforeValidator(_day)]
Lists = Annotated[Words, AfterValidator(_lists)]


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class IofficeConnection(Settings):
    """What connector and channel share: where iOffice is and how to come in."""

    base_url: BaseUrl = Field(description="Địa chỉ iOffice kể cả đường dẫn ngữ cảnh, ví dụ https://…/qlvb/.")
    login_path: LoginPath = Field(
        default="api/login/v2/", description="Lời gọi đăng nhập; tùy phiên bản: api/login/, …/v2/, …/v3/."
    )
    username: str = Field(default="", description="Tài khoản tích hợp, không dùng OTP và mã xác nhận.")
    password: Secret | None = Field(default=None, description="Mật khẩu của tài khoản, dạng tham chiếu.")
    token: Secret | None = Field(
        default=None, description="Token do người vận hành iOffice cấp, dạng tham chiếu; khi có thì không đăng nhập."
    )
    login_renew_after: Duration | None = Field(
        default=None, description="Đăng nhập lại sau khoảng này; bỏ trống: chỉ khi phiên hết hạn."
    )
    ca_bundle: Location | None = Field(
        default=None, description="Tệp PEM của CA riêng. Việc kiểm tra chứng thư máy chủ luôn bật."
    )
    plain_http: YesNo = Field(
        default=False, description="Cho phép http không mã hóa tới máy khác; mật khẩu sẽ đi ở dạng rõ."
    )
    proxy: str = Field(default="", description="Máy chủ trung gian, ví dụ http://proxy:3128; bỏ trống: nối thẳng.")
    connect_timeout: Duration = Field(default=_written("15 s"), description="Chờ kết nối.")
    read_timeout: Duration = Field(default=_written("60 s"), description="Chờ mỗi phần trả lời.")
    total_timeout: Duration = Field(default=_written("5 min"), description="Chờ trọn một trả lời.")
    max_rps: float = Field(default=4.0, gt=0, le=1000, description="Số lời gọi nhiều nhất mỗi giây.")
    retries: int = Field(
        default=2, ge=0, le=5, description="Số lần thử lại một lời gọi đọc; hàng đợi còn thử lại sau đó."
    )
    retry_wait: Duration = Field(default=_written("1 s"), description="Chờ trước lần thử lại đầu, rồi gấp đôi dần.")
    retry_after_limit: Duration = Field(
        default=_written("60 s"), description="Chờ tại chỗ nhiều nhất bấy lâu khi iOffice yêu cầu (Retry-After)."
    )
    page_size: int = Field(default=10, ge=1, le=200, description="Số dòng mỗi trang danh sách.")
    max_pages: int = Field(default=2000, ge=1, description="Số trang nhiều nhất của một danh sách.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.token is None and not (self.username and self.password is not None):
            raise ValueError("cần username và password, hoặc token")
        host = urlsplit(self.base_url).hostname or ""
        if self.base_url.startswith("http:") and not self.plain_http and not is_loopback(host):
            raise ValueError("base-url phải là https (hoặc đặt plain-http = yes nếu cơ quan chấp nhận rủi ro)")
        return self


class IofficeSettings(IofficeConnection):
    """VNPT iOffice: nhận văn bản đến, văn bản đi; nộp lại hồ sơ khi được phép."""

    account_is_dedicated: YesNo = Field(
        default=False,
        description="Tài khoản chỉ dành cho congkhai. Mở chi tiết có thể đánh dấu đã xem cho chính tài khoản đó.",
    )
    lists: Lists = Field(
        default=_written("search, waiting, processed"),
        description="Danh sách cần đọc: search, waiting, processed, notify, overdue.",
    )
    waiting_kho: str = Field(default="DEN_CHO_XU_LY", description="Kho của danh sách chờ xử lý.")
    pull_since: Day | None = Field(default=None, description="Chỉ nhận văn bản ban hành từ ngày này; bỏ trống: từ đầu.")
    overlap_days: int = Field(
        default=60, ge=0, description="Mỗi lượt tìm lùi lại bấy nhiêu ngày, vì tìm kiếm không có ngày đến."
    )
    full_sweep_every: Duration = Field(
        default=_written("7 d"), description="Chu kỳ đọc lại chi tiết để thấy thay đổi không hiện ở danh sách."
    )
    sweep_days: int = Field(default=400, ge=0, description="Lượt đọc lại lùi bấy nhiêu ngày ban hành; 0: tất cả.")
    quiet_pages: int = Field(
        default=5, ge=1, description="Dừng đọc danh sách cá nhân sau bấy nhiêu trang liền không có gì mới."
    )
    search_options: Words = Field(
        default=(), description="Tham số tìm kiếm thêm, dạng tên=giá trị, ví dụ fieldSort=ngayVanBan."
    )
    secrecy_plain_values: Words = Field(
        default=_written("thường, bình thường"), description="Giá trị độ mật nghĩa là không mật."
    )
    secrecy_empty_is_plain: YesNo = Field(
        default=False, description="Ô độ mật trống nghĩa là không mật; chỉ bật khi đơn vị vận hành xác nhận."
    )
    file_id_field: Literal["id", "attachmentId"] = Field(default="id", description="Mã dùng để tải tệp.")
    file_mode: Literal["download", "downloaddocument"] = Field(
        default="download", description="Tải tệp nguyên dạng (download) hoặc base64 (downloaddocument)."
    )
    max_file_size: Size = Field(default=_written("200 MiB"), description="Tệp lớn hơn thì không tải.")
    file_back: YesNo = Field(default=False, description="Cho phép nộp hồ sơ công khai trở lại iOffice.")
    push_path: PushPath = Field(default="", description="Lời gọi nhận văn bản mới do tỉnh cấp.")
    result_path: PushPath = Field(default="", description="Lời gọi đọc kết quả, để biết hồ sơ đã đến hay chưa.")
    result_is_complete: YesNo = Field(
        default=False, description="Danh sách kết quả liệt kê mọi hồ sơ đã nhận, kể cả chưa xử lý."
    )
    push_fields: Words = Field(
        default=(),
        description="Trường gửi kèm, dạng tên=giá trị: documentType, loaiVBId, maNguoiKy, maNguoiTao, noiNhan, "
        "noiNhanNgoai, maCongVanSo.",
    )
    push_max_size: Size = Field(default=_written("50 MiB"), description="Tổng dung lượng nhiều nhất của một lần nộp.")
    brief: str = Field(
        default="", description="Mã hồ sơ công việc có sẵn để liên kết văn bản iOffice đang giữ; bỏ trống: không."
    )

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        pairs(self.search_options)
        unknown = set(pairs(self.push_fields)) - PUSH_FIELDS
        if unknown:
            raise ValueError(f"push-fields không có trường {', '.join(sorted(unknown))}")
        if self.brief and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.brief):
            raise ValueError("brief là mã hồ sơ trong iOffice, chỉ gồm chữ không dấu và số")
        if self.full_sweep_every <= timedelta(0):
            raise ValueError("full-sweep-every phải dài hơn 0")
        return self


PUSH_FIELDS = frozenset(
    {"documentType", "loaiVBId", "maNguoiKy", "maNguoiTao", "noiNhan", "noiNhanNgoai", "maCongVanSo"}
)
"""Members of the push call that a province fills; ours are ``dossierId``, ``summary`` and ``files``."""


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """Read ``name=value`` words; raises ValueError for a word without ``=``."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"'{word}' không có dạng tên=giá trị")
        found[name.strip()] = value.strip()
    return found


class IofficeNoticeSettings(IofficeConnection):
    """Thông báo nội bộ trên iOffice: văn thư đăng, congkhai tự kiểm tra thông báo còn hiển thị."""

    place: str = Field(default="Mục Thông báo của iOffice", description="Nơi người đọc nhìn thấy, in trong biên bản.")
    details: int = Field(
        default=10, ge=0, le=200, description="Số thông báo mới nhất được mở chi tiết để tìm mã khi tiêu đề không có."
    )
