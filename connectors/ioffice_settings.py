"""Keys of ``[connector:NAME]``, ``[channel:NAME]`` and ``[feedback:NAME]`` that speak to iOffice, in the ini file."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from congkhai.plugin.config.secrets import Secret
from congkhai.plugin.config.settings import Duration, Location, Size, Words, YesNo

from .ioffice_calls import forbidden, well_formed
from .ioffice_fields import FILE_FIELDS, NAMES
from .manners_settings import OutgoingSettings, written

LISTS = ("search", "waiting", "processed", "notify", "overdue")
"""Lists that `pull` may walk through; only ``search`` does not depend on the account's own inbox."""


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


def _user_token_path(value: str) -> str:
    path = value.strip().lstrip("/")
    if path and path.count("{user}") != 1:
        raise ValueError("đường dẫn có đúng một chỗ {user}, ví dụ api/token/{user}")
    _call_path(path.replace("{user}", "user"))
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
UserTokenPath = Annotated[str, AfterValidator(_user_token_path)]
CallPath = Annotated[str, AfterValidator(_call_path)]
Day = Annotated[date, BeforeValidator(_day)]
Lists = Annotated[Words, AfterValidator(_lists)]


class IofficeConnection(OutgoingSettings):
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
    login_device: YesNo = Field(
        default=True, description="Gửi cả thông tin thiết bị khi đăng nhập (v2); no: chỉ tên và mật khẩu (v3)."
    )
    lgsp_access_key: Secret | None = Field(
        default=None, description="AccessKey do trục LGSP cấp, dạng tham chiếu; có thì gửi tiêu đề lgspaccesstoken."
    )
    lgsp_secret_key: Secret | None = Field(default=None, description="SecretKey do trục LGSP cấp, dạng tham chiếu.")
    lgsp_app_name: str = Field(default="", description="AppName do trục LGSP cấp.")
    lgsp_partner_code: str = Field(default="", description="PartnerCode do trục LGSP cấp.")
    lgsp_partner_code_cus: str = Field(default="", description="PartnerCodeCus do trục LGSP cấp.")
    gateway_api_key: Secret | None = Field(
        default=None, description="Khóa của cổng kết nối, dạng tham chiếu; có thì gửi tiêu đề x-gw-api-key."
    )
    gateway_token_url: str = Field(
        default="", description="Địa chỉ đầy đủ để lấy token của trục (client_credentials), gửi ở dạng Bearer."
    )
    gateway_consumer_key: Secret | None = Field(
        default=None, description="Consumer key của ứng dụng trên trục, dạng tham chiếu."
    )
    gateway_consumer_secret: Secret | None = Field(
        default=None, description="Consumer secret của ứng dụng trên trục, dạng tham chiếu."
    )
    user_token_path: UserTokenPath = Field(
        default="",
        description="Lời gọi của trục LGSP trả về token iOffice của một người dùng, có chỗ {user}; khi đó token là "
        "token khởi đầu.",
    )
    user_id: str = Field(default="", description="Mã người dùng điền vào {user} của user-token-path.")
    page_size: int = Field(default=10, ge=1, le=200, description="Số dòng mỗi trang danh sách.")
    max_pages: int = Field(default=2000, ge=1, description="Số trang nhiều nhất của một danh sách.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        with_password = self.username and self.password is not None
        if self.token is None and not with_password and not self.gateway_token_url and not self.user_token_path:
            raise ValueError("cần username và password, hoặc token")
        self.require_safe(self.base_url, "base-url")
        if self.gateway_token_url:
            self.require_safe(self.gateway_token_url, "gateway-token-url")
        for one, other in (
            ("lgsp_access_key", "lgsp_secret_key"), ("gateway_consumer_key", "gateway_consumer_secret"),
        ):  # fmt: skip
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"{one.replace('_', '-')} và {other.replace('_', '-')} phải đi cùng nhau")
        if bool(self.user_token_path) != bool(self.user_id):
            raise ValueError("user-token-path và user-id phải đi cùng nhau")
        if self.user_id and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.user_id):
            raise ValueError("user-id chỉ gồm chữ không dấu, số, '-' và '_'")
        return self

    @property
    def bearer_only(self) -> bool:
        """Tell whether the gateway's bearer token is all that the e-office behind it wants."""
        named = self.token is not None or self.username or self.user_token_path
        return bool(self.gateway_token_url) and not named

    @property
    def user_token_call(self) -> str:
        """The call that returns the e-office's token of the configured user; empty when there is none."""
        return self.user_token_path.replace("{user}", self.user_id)

    @property
    def origins(self) -> tuple[str, ...]:
        """The only places that this section ever calls."""
        return tuple(address for address in (self.base_url, self.gateway_token_url) if address)


class IofficeSettings(IofficeConnection):
    """VNPT iOffice: nhận văn bản đến, văn bản đi; nộp lại hồ sơ khi được phép."""

    account_is_dedicated: YesNo = Field(
        default=False,
        description="Tài khoản chỉ dành cho congkhai. Mở chi tiết có thể đánh dấu đã xem cho chính tài khoản đó.",
    )
    lists: Lists = Field(
        default=written("search, waiting, processed"),
        description="Danh sách cần đọc: search, waiting, processed, notify, overdue.",
    )
    waiting_kho: str = Field(default="DEN_CHO_XU_LY", description="Kho của danh sách chờ xử lý.")
    pull_since: Day | None = Field(default=None, description="Chỉ nhận văn bản ban hành từ ngày này; bỏ trống: từ đầu.")
    overlap_days: int = Field(
        default=60, ge=0, description="Mỗi lượt tìm lùi lại bấy nhiêu ngày, vì tìm kiếm không có ngày đến."
    )
    full_sweep_every: Duration = Field(
        default=written("7 d"), description="Chu kỳ đọc lại chi tiết để thấy thay đổi không hiện ở danh sách."
    )
    sweep_days: int = Field(default=400, ge=0, description="Lượt đọc lại lùi bấy nhiêu ngày ban hành; 0: tất cả.")
    quiet_pages: int = Field(
        default=5, ge=1, description="Dừng đọc danh sách cá nhân sau bấy nhiêu trang liền không có gì mới."
    )
    search_options: Words = Field(
        default=(), description="Tham số tìm kiếm thêm, dạng tên=giá trị, ví dụ fieldSort=ngayVanBan."
    )
    count_lists: YesNo = Field(
        default=False, description="Đối chiếu mỗi danh sách với lời gọi đếm trang; lệch thì báo, không coi là đã đủ."
    )
    field_names: Words = Field(
        default=(),
        description="Tên trường riêng của nơi triển khai, dạng trường=tên, ví dụ number=soVB. Các trường: "
        + ", ".join((*NAMES, *FILE_FIELDS)) + ".",
    )  # fmt: skip
    secrecy_plain_values: Words = Field(
        default=written("thường, bình thường"), description="Giá trị độ mật nghĩa là không mật."
    )
    secrecy_empty_is_plain: YesNo = Field(
        default=False, description="Ô độ mật trống nghĩa là không mật; chỉ bật khi đơn vị vận hành xác nhận."
    )
    file_id_field: Literal["id", "attachmentId"] = Field(default="id", description="Mã dùng để tải tệp.")
    file_mode: Literal["download", "downloaddocument"] = Field(
        default="download", description="Tải tệp nguyên dạng (download) hoặc base64 (downloaddocument)."
    )
    related_files: YesNo = Field(default=False, description="Lấy cả tệp liên quan (getfilerelated), sau tệp đính kèm.")
    max_file_size: Size = Field(default=written("200 MiB"), description="Tệp lớn hơn thì không tải.")
    file_back: YesNo = Field(default=False, description="Cho phép nộp hồ sơ công khai trở lại iOffice.")
    push_path: CallPath = Field(default="", description="Lời gọi nhận văn bản mới do tỉnh cấp.")
    push_form: Literal["shared", "lgsp-a", "lgsp-b"] = Field(
        default="shared",
        description="Cách ghi văn bản mới: shared (api/shared/…), lgsp-a (trichYeu, maHoSo), lgsp-b (tenHoSo, "
        "documentCode).",
    )
    handover_folder: Location | None = Field(
        default=None,
        description="Thư mục bàn giao nhận văn bản mới khi không có push-path; văn thư nhập bằng tay.",
    )
    result_path: CallPath = Field(default="", description="Lời gọi đọc kết quả, để biết hồ sơ đã đến hay chưa.")
    result_is_complete: YesNo = Field(
        default=False, description="Danh sách kết quả liệt kê mọi hồ sơ đã nhận, kể cả chưa xử lý."
    )
    push_fields: Words = Field(
        default=(),
        description="Trường gửi kèm, dạng tên=giá trị: documentType, loaiVBId, maNguoiKy, maNguoiTao, noiNhan, "
        "noiNhanNgoai, maCongVanSo.",
    )
    push_max_size: Size = Field(default=written("50 MiB"), description="Tổng dung lượng nhiều nhất của một lần nộp.")
    brief: str = Field(
        default="", description="Mã hồ sơ công việc có sẵn để liên kết văn bản iOffice đang giữ; bỏ trống: không."
    )

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        pairs(self.search_options)
        for name, theirs in pairs(self.field_names).items():
            if name not in {*NAMES, *FILE_FIELDS} or not theirs:
                raise ValueError(f"field-names không có trường {name}")
        unknown = set(pairs(self.push_fields)) - PUSH_FIELDS
        if unknown:
            raise ValueError(f"push-fields không có trường {', '.join(sorted(unknown))}")
        if self.brief and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.brief):
            raise ValueError("brief là mã hồ sơ trong iOffice, chỉ gồm chữ không dấu và số")
        if self.push_form == "shared":
            for name, path in (("push-path", self.push_path), ("result-path", self.result_path)):
                if path and "/shared/" not in f"/{path}":
                    raise ValueError(f"{name} nằm dưới shared/, ví dụ api/shared/integration/doc/create/")
        if self.push_path and self.handover_folder:
            raise ValueError("chỉ đặt một trong push-path và handover-folder")
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
    """Thông báo nội bộ trên iOffice: văn thư đăng, hoặc congkhai đăng khi tỉnh cấp lời gọi; congkhai tự kiểm tra."""

    publish_path: CallPath = Field(
        default="", description="Lời gọi đăng thông báo do tỉnh cấp; bỏ trống: văn thư đăng rồi xác nhận."
    )
    publish_fields: Words = Field(
        default=written("title={title}, content={body}"),
        description="Trường gửi kèm khi đăng, dạng tên=giá trị; giá trị có thể chứa {title}, {body}, {code}, {key}.",
    )

    place: str = Field(default="Mục Thông báo của iOffice", description="Nơi người đọc nhìn thấy, in trong biên bản.")
    details: int = Field(
        default=10, ge=0, le=200, description="Số thông báo mới nhất được mở chi tiết để tìm mã khi tiêu đề không có."
    )

    @model_validator(mode="after")
    def _publishable(self) -> Self:
        values = " ".join(pairs(self.publish_fields).values())
        if self.publish_path and "{title}" not in values and "{code}" not in values:
            raise ValueError("publish-fields phải chứa {title} hoặc {code}, để tìm lại được thông báo")
        return self


class IofficeCommentsSettings(IofficeConnection):
    """
    Ý kiến ghi trên iOffice ở văn bản đi của cơ quan; chỉ lấy ý kiến nêu mã ``GY-…`` của một nội dung công khai.

    Hình thức nhật ký xử lý mới biết qua mã nguồn ứng dụng khách, chưa được đơn vị vận hành xác nhận.
    """

    title: str = Field(
        default="ý kiến ghi trên iOffice", min_length=1,
        description="Tên nguồn, in trong biên bản. Chỉ ý kiến nêu mã GY-… được lấy; mọi dòng khác của nhật ký xử lý là "
        "chỉ đạo nội bộ, không được đọc vào congkhai.",
    )  # fmt: skip
    days: int = Field(
        default=60, ge=1, le=3650,
        description="Xem nhật ký xử lý của văn bản đi ban hành trong bấy nhiêu ngày gần đây; nên dài hơn thời gian "
        "công khai. Hình thức nhật ký mới biết qua mã nguồn ứng dụng khách, chưa được xác nhận; chỉ lấy ý kiến có mã "
        "GY-…: hãy ghi thử một ý kiến như vậy.",
    )  # fmt: skip
    max_rps: float = Field(
        default=1.0, gt=0, le=1000, description="Số lời gọi nhiều nhất mỗi giây; mỗi văn bản đi là một lời gọi."
    )
