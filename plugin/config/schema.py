"""
The house's own sections of the ini, as data: type, default, help for every key.

The commented sample, the reference page, the checks of a file and ``check --show`` all come from here. Sections of
plugins such as ``[connector:NAME]`` add the settings of their kind to `CommonSettings`.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .archive_settings import ArchiveSettings as ArchiveSettings
from .oidc_settings import check_oidc
from .reminder_settings import ReminderSettings as ReminderSettings
from .secrets import Secret
from .settings import Duration, Location, Settings, Size, Words, YesNo
from .signing_settings import SigningSettings as SigningSettings
from .values import Addresses, Database, Days, OfficeHours, Regulation, Retention, Share, Vault, Weekdays, Years
from .vanished_settings import VanishedSettings as VanishedSettings

Text = Annotated[str, Field(min_length=1)]
_NO_TIME = timedelta(0)


def _written(text: str) -> Any:
    """Give a default as the ini would write it; it is parsed like any other value."""
    return text


class AgencySettings(Settings):
    """Cơ quan lập hồ sơ công khai."""

    name: Text = Field(description="Tên đầy đủ của cơ quan, như in trên văn bản.")
    code: Text = Field(description="Mã định danh của cơ quan (hoặc một mã ngắn không dấu khi chưa có).")
    kind: Literal["xa", "so", "trung_tam", "van_phong"] = Field(
        description="Loại cơ quan: xa (UBND cấp xã), so (sở), trung_tam (đơn vị sự nghiệp), van_phong (văn phòng)."
    )
    regulation: Regulation = Field(
        default="statute-2022",
        description="Quy chế công khai của cơ quan: tên một quy chế có sẵn, hoặc đường dẫn đến tệp ini của cơ quan.",
    )
    language: Literal["vi", "en"] = Field(default="vi", description="Ngôn ngữ của những gì người dùng đọc.")
    place: str = Field(
        default="", description="Địa danh ghi trước ngày tháng trên văn bản, ví dụ Mẫu Sơn; bỏ trống: tên cơ quan."
    )
    superior: str = Field(
        default="", description="Tên cơ quan chủ quản cấp trên, in phía trên tên cơ quan; có thể bỏ trống."
    )
    office_hours: OfficeHours = Field(
        default=(),
        description="Giờ làm việc, ví dụ 07:30-11:30, 13:30-17:00. Khi bỏ trống, mọi hạn được tính đến 24:00.",
    )
    has_intranet: YesNo = Field(
        default=False,
        description="Cơ quan có mạng thông tin nội bộ để đăng tải hay không; quyết định hình thức công khai.",
    )


class StoreSettings(Settings):
    """Nơi lưu dữ liệu: cơ sở dữ liệu và kho tệp."""

    folder: Location = Field(
        default=_written("data"), description="Thư mục làm việc. Đường dẫn tương đối tính từ thư mục của tệp ini này."
    )
    database: Database = Field(
        default="",
        description="sqlite:///ĐƯỜNG-DẪN hoặc postgresql+psycopg://…; bỏ trống: tệp SQLite trong thư mục làm việc.",
    )
    silence: Duration = Field(
        default=timedelta(seconds=45), ge=timedelta(seconds=2), le=timedelta(minutes=10),
        description="PostgreSQL im lặng bao lâu thì coi như mất liên lạc. Máy chủ cũng kết thúc phiên của nút bị cắt "
        "sau chừng ấy, rồi nút khác mới làm thay. SQLite không dùng.",
    )  # fmt: skip
    vault: Vault = Field(
        default="",
        description="Kho tệp theo mã băm SHA-256: một thư mục hoặc s3://…; bỏ trống: vault trong thư mục làm việc.",
    )
    s3_endpoint: str = Field(
        default="", description="Địa chỉ dịch vụ S3, ví dụ https://s3.tinh.gov.vn; bỏ trống: theo máy chạy congkhai."
    )
    s3_access_key: Secret | None = Field(default=None, description="Mã truy cập S3; bỏ trống: theo máy chạy congkhai.")
    s3_secret_key: Secret | None = Field(default=None, description="Khóa bí mật S3; bỏ trống: theo máy chạy congkhai.")


class WorkSettings(Settings):
    """Hàng đợi công việc và nhịp làm việc của tiến trình nền."""

    node: str = Field(default="", max_length=64, description="Tên của nút này khi chạy nhiều nút; bỏ trống: tên máy.")
    workers: int = Field(default=2, ge=0, le=64, description="Số luồng xử lý; 0 khi nút này chỉ phục vụ trang web.")
    lease: Duration = Field(
        default=timedelta(minutes=2),
        gt=_NO_TIME,
        description="Thời gian một luồng được giữ một việc trước khi nút khác có thể nhận lại.",
    )
    poll: Duration = Field(
        default=timedelta(seconds=1), gt=_NO_TIME, description="Thời gian thực giữa hai lần xem có việc đến hạn."
    )
    retry_first: Duration = Field(
        default=timedelta(seconds=30), gt=_NO_TIME, description="Chờ bao lâu trước lần thử lại đầu tiên."
    )
    retry_longest: Duration = Field(
        default=timedelta(hours=6), gt=_NO_TIME, description="Khoảng chờ dài nhất giữa hai lần thử lại."
    )
    attempts: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="Số lần thử trước khi việc bị dừng và chờ người vận hành. Với các giá trị mặc định: khoảng 10 "
        "ngày, đủ cho một kỳ nghỉ Tết; việc hỏng từ lần thứ 8 (khoảng một giờ) đã hiện trong congkhai status.",
    )
    pull_every: Duration = Field(
        default=timedelta(minutes=15), gt=_NO_TIME, description="Khoảng cách giữa hai lần lấy văn bản."
    )
    probe_every: Duration = Field(
        default=timedelta(days=1),
        gt=_NO_TIME,
        description="Khoảng cách giữa hai lần kiểm tra nội dung đang đăng còn xem được. Từ 1 d trở lên: khoảng cách "
        "giữa hai ngày có kiểm tra, mỗi ngày vào những lúc ngẫu nhiên; ngắn hơn: kiểm tra đều đặn.",
    )
    probes_in_office_hours: int = Field(
        default=2, ge=0, le=24, description="Số lần kiểm tra ngẫu nhiên trong giờ làm việc của một ngày có kiểm tra; "
        "ngoài giờ luôn có thêm một lần.",
    )  # fmt: skip
    after_gap: Literal["regulation", "note", "prolong", "restart"] = Field(
        default="regulation",
        description="Niêm yết bị gián đoạn hoặc nội dung bị đổi: note (chỉ ghi nhận), prolong (kéo dài), restart (đếm "
        "lại từ đầu); regulation: theo khóa interruption trong mục [counting] của quy chế.",
    )
    after_correction: Literal["note", "prolong", "restart"] = Field(
        default="restart", description="Thay văn bản đang công khai bằng bản đã sửa: thời hạn tính thế nào."
    )

    clock_tolerance: Duration = Field(
        default=timedelta(minutes=1),
        gt=_NO_TIME,
        description="Đồng hồ máy lệch hoặc nhảy quá mức này thì các việc có hiệu lực pháp lý tạm dừng.",
    )
    clock_longest_gap: Duration = Field(
        default=timedelta(days=60),
        gt=_NO_TIME,
        description="Ngừng chạy lâu hơn mức này: khi chạy lại, một người phải xác nhận giờ máy là đúng.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.retry_longest < self.retry_first:
            raise ValueError("retry-longest không được ngắn hơn retry-first")
        return self


class TimestampSettings(Settings):
    """Dịch vụ cấp dấu thời gian."""

    url: Addresses = Field(
        default=(), description="Địa chỉ dịch vụ dấu thời gian (RFC 3161), thử lần lượt; bỏ trống: chưa dùng."
    )
    budget: Duration = Field(
        default=timedelta(hours=4),
        gt=_NO_TIME,
        description="Hồ sơ chờ dấu thời gian và dữ liệu dài hạn bao lâu trước khi được niêm phong như đang có.",
    )
    timeout: Duration = Field(
        default=timedelta(minutes=3),
        gt=_NO_TIME,
        description="Chờ mỗi lần hỏi dịch vụ dấu thời gian, OCSP, CRL; có dịch vụ trả lời sau hơn hai phút.",
    )
    proxy: str = Field(default="", description="Máy chủ trung gian để hỏi các dịch vụ đó; bỏ trống: nối thẳng.")
    policy: str = Field(
        default="",
        pattern=r"^([0-2](\.\d{1,20}){1,20})?$",
        description="Chính sách (OID) mà dấu thời gian phải theo, ví dụ 1.2.704.1; bỏ trống: theo dịch vụ.",
    )


class TrustSettings(Settings):
    """Chứng thư gốc mà cơ quan tin cậy."""

    folder: Location = Field(
        default=_written("trust"),
        description="Thư mục chứa chứng thư gốc, CRL và trả lời OCSP dùng khi kiểm tra chữ ký.",
    )


class TaggingSettings(Settings):
    """Gắn nhóm nội dung công khai cho văn bản."""

    use: Words = Field(
        default=("rules",), description="Các bộ gắn nhóm, hỏi lần lượt; bộ đầu tiên có ý kiến sẽ quyết định."
    )
    auto_above: Share = Field(default=0.85, description="Độ tin cậy từ mức này trở lên: đề xuất được coi là chắc chắn.")
    review_above: Share = Field(
        default=0.4, description="Độ tin cậy từ mức này trở lên: đưa cho văn thư xem; dưới mức này: không đề xuất."
    )
    automatic: YesNo = Field(
        default=False,
        description="Cho phép đề xuất chắc chắn có hiệu lực ngay mà không chờ văn thư xác nhận; cần automatic-basis.",
    )
    automatic_basis: str = Field(
        default="", description="Văn bản của người đứng đầu cho phép làm tự động: số, ký hiệu, ngày."
    )

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        if self.review_above > self.auto_above:
            raise ValueError("review-above không được cao hơn auto-above")
        if self.automatic and not self.automatic_basis.strip():
            raise ValueError("automatic = yes cần automatic-basis nêu văn bản cho phép")
        return self


class CalendarSettings(Settings):
    """Bổ sung cho lịch làm việc: ngày nghỉ và ngày làm bù do nơi có thẩm quyền quyết định."""

    off: Days = Field(default=(), description="Ngày nghỉ thêm, ví dụ 23/11/2026.")
    work: Days = Field(default=(), description="Ngày nghỉ hằng tuần nhưng phải làm bù.")
    confirmed: Years = Field(
        default=(),
        description="Các năm cơ quan đã đối chiếu với thông báo nghỉ chính thức và đã khai đủ off, work, ví dụ 2027.",
    )
    weekend: Weekdays = Field(default=(5, 6), description="Ngày nghỉ hằng tuần: mon, tue, wed, thu, fri, sat, sun.")

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = sorted(set(self.off) & set(self.work))
        if both:
            raise ValueError(f"ngày {both[0]:%d/%m/%Y} vừa là ngày nghỉ (off) vừa là ngày làm việc (work)")
        return self


class PublicationSettings(Settings):
    """Việc nào được tự động công khai, và các thời hạn mà luật không nêu."""

    automatic: Words = Field(
        default=(),
        description="Kênh được tự động đăng cả khi luật nhà đòi người quyết định (cổng công cộng, việc nhân sự): TÊN "
        "hoặc TÊN:nhóm, ví dụ cong:workplan, intranet:personnel; cần basis.",
    )
    attended: Words = Field(default=(), description="Kênh phải chờ người bấm đăng dù tự đăng được: TÊN hoặc TÊN:nhóm.")
    basis: str = Field(default="", description="Văn bản của người đứng đầu cho phép tự động: số, ký hiệu, ngày.")
    contacts: Words = Field(
        default=(),
        description="Số điện thoại, số tài khoản, thư điện tử của chính cơ quan (hoặc @tên-miền), cách nhau bằng dấu "
        "phẩy: không coi là dữ liệu cá nhân khi công khai ra ngoài.",
    )
    supply_days: int = Field(
        default=5, ge=1, le=60, description="Số ngày làm việc để trả lời yêu cầu cung cấp thông tin (Điều 48.4 của "
        "Luật không nêu số ngày).",
    )  # fmt: skip
    future_days: int = Field(
        default=31, ge=0, le=366, description="Ngày văn bản muộn hơn ngày nhận quá số ngày này thì coi là đọc nhầm: "
        "chờ văn thư xác nhận, hạn tính từ ngày nhận.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _with_basis(self) -> Self:
        if self.automatic and not self.basis.strip():
            raise ValueError("automatic cần basis nêu văn bản cho phép")
        return self


class DossierSettings(Settings):
    """Hồ sơ công khai."""

    folder: Location | None = Field(
        default=None, description="Thư mục chứa hồ sơ đã lập; bỏ trống: dossiers trong thư mục làm việc."
    )
    file_to: str = Field(
        default="", description="Nộp hồ sơ vào đâu: TÊN của một [connector:TÊN]; bỏ trống: chỉ giữ tại chỗ."
    )
    retention: Retention = Field(
        default="20 năm", description="Thời hạn bảo quản, ví dụ 20 năm hoặc vĩnh viễn; do lưu trữ cơ quan xác nhận."
    )
    creator: str = Field(
        default="",
        max_length=30,
        description="Người lập hồ sơ (NĐ 30/2020: tối đa 30 ký tự); bỏ trống: người giữ vai trò records_officer.",
    )
    templates: Location | None = Field(
        default=None,
        description="Thư mục mẫu trình bày của cơ quan: mỗi tệp .typ thay mẫu đi kèm cùng tên (posting.typ, "
        "closing.typ, "
        "conference.typ, ballot.typ, declarations.typ, report.typ, layout.typ); bỏ trống: mẫu theo NĐ 30/2020.",
    )
    fonts: Words = Field(
        default=("Times New Roman", "Liberation Serif", "Tinos"),
        min_length=1,
        description="Phông chữ của bản thể hiện PDF, ưu tiên từ trái sang; máy phải có ít nhất một phông.",
    )
    pictures: Location | None = Field(
        default=None,
        description="Thư mục ảnh chữ ký: HỌ TÊN.png màu xanh, nền trong, và seal.png (con dấu màu đỏ); "
        "bỏ trống: không in ảnh. Ảnh không thay chữ ký số.",
    )
    seal_width: int = Field(
        default=36, ge=10, le=60, description="Bề rộng con dấu trên bản thể hiện, milimét (kích thước thực tế)."
    )
    minutes_number: Literal["none", "required"] = Field(
        default="none",
        description="Số của biên bản, báo cáo: none là lập được cả khi chưa có số (kiểm tra A12 nhắc); "
        "required là chờ văn thư ghi số bằng congkhai number trước khi lập.",
    )


class WebSettings(Settings):
    """Trang web cho văn thư, người ký và người kiểm tra."""

    listen: Text = Field(default="127.0.0.1", description="Địa chỉ lắng nghe; mặc định chỉ máy này vào được.")
    port: int = Field(default=8080, ge=1, le=65535, description="Cổng lắng nghe.")
    enabled: YesNo = Field(default=True, description="Tiến trình nền có phục vụ trang web hay không.")
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Cổng riêng cho /healthz, /readyz, /metrics; 0: chỉ ở cổng chính.",
    )  # fmt: skip
    public_url: str = Field(
        default="",
        description="Địa chỉ mà người dùng gõ, ví dụ https://congkhai.xa.gov.vn; bỏ trống: địa chỉ lắng nghe. "
        "Cần có khi đứng sau máy chủ trung gian.",
    )
    tls_certificate: Location | None = Field(
        default=None,
        description="Chứng thư TLS (PEM); cần khi lắng nghe ngoài máy này mà không có máy chủ trung gian đứng trước.",
    )
    tls_key: Location | None = Field(default=None, description="Khóa riêng của chứng thư TLS (PEM).")
    verify_without_account: YesNo = Field(
        default=True, description="Trang kiểm tra chữ ký mở cho cả người không có tài khoản."
    )
    list_without_account: YesNo = Field(
        default=True, description="Danh sách đang công khai và phiếu góp ý mở cho cả người không có tài khoản."
    )
    session_idle: Duration = Field(
        default=timedelta(minutes=30), gt=_NO_TIME, description="Phiên đăng nhập kết thúc sau bao lâu không dùng."
    )
    session_longest: Duration = Field(
        default=timedelta(hours=12), gt=_NO_TIME, description="Phiên đăng nhập kéo dài nhất bao lâu."
    )
    guess_language: YesNo = Field(
        default=False,
        description="Người xem chưa chọn ngôn ngữ: đoán theo trình duyệt (Accept-Language); không: theo "
        "[agency] language.",
    )
    upload_limit: Size = Field(default=_written("64 MiB"), ge=1024, description="Một lần tải lên lớn nhất.")
    proxies: Words = Field(
        default=(),
        description="Địa chỉ IP của các máy chủ trung gian đứng trước (unix: qua socket trong hệ thống tệp); chỉ tin "
        "X-Forwarded-For do các máy này gửi.",
    )
    api_per_minute: int = Field(
        default=120, ge=1, le=1_000_000,
        description="Giao diện /api/v1: mỗi mã truy cập được gọi mấy lần một phút trên một nút.",
    )  # fmt: skip
    oidc_issuer: str = Field(
        default="",
        description="Đăng nhập một cửa (OpenID Connect): địa chỉ nơi cấp, đúng như nơi cấp công bố; trống: không có.",
    )
    oidc_client_id: str = Field(default="", description="Mã ứng dụng mà nơi cấp đặt cho congkhai.")
    oidc_client_secret: Secret | None = Field(
        default=None, description="Mật khẩu của ứng dụng, dạng tham chiếu; bỏ trống với ứng dụng công khai (chỉ PKCE)."
    )
    oidc_title: Text = Field(default="Đăng nhập một cửa", description="Chữ trên nút đăng nhập.")
    oidc_scopes: Words = Field(default=("openid", "profile"), description="Phạm vi xin nơi cấp; phải có openid.")
    oidc_claim: Text = Field(
        default="groups", description="Trường chứa nhóm của người dùng; dấu chấm đi vào bên trong: realm_access.roles."
    )
    oidc_duties: Words = Field(
        default=(),
        description="Nhóm nào có vai trò nào, dạng nhóm=clerk, mỗi lần đăng nhập đặt lại; bỏ trống: giữ như đã khai "
        "bằng congkhai user.",
    )
    oidc_roles: Words = Field(
        default=(), description="Nhóm nào ký cho vai trò nào của quy chế, dạng nhóm=head; bỏ trống: giữ như đã khai."
    )
    oidc_agency_claim: str = Field(
        default="",
        description="Trường chứa mã định danh cơ quan của người dùng; có thì phải gồm mã của cơ quan đang vào. Nhiều "
        "cơ quan dùng chung thì cần có để tự lập tài khoản.",
    )
    oidc_create: YesNo = Field(
        default=False, description="Tự lập tài khoản cho người đăng nhập lần đầu; cần oidc-duties."
    )
    oidc_ca_bundle: Location | None = Field(default=None, description="Tệp PEM của CA riêng của nơi cấp.")
    oidc_proxy: str = Field(default="", description="Proxy http://MÁY:CỔNG để hỏi nơi cấp; bỏ trống: nối thẳng.")
    oidc_timeout: Duration = Field(default=timedelta(seconds=10), gt=_NO_TIME, description="Chờ nơi cấp trả lời.")

    @model_validator(mode="after")
    def _one_provider(self) -> Self:
        check_oidc(self.oidc_issuer, self.oidc_client_id, self.oidc_scopes, self.oidc_duties, self.oidc_roles)
        if self.oidc_create and not self.oidc_duties:
            raise ValueError("oidc-create cần oidc-duties: tài khoản mới lấy vai trò từ nhóm")
        return self


class LogSettings(Settings):
    """Nhật ký kỹ thuật (tiếng Anh, ra stderr)."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Mức chi tiết.")
    format: Literal["text", "json"] = Field(
        default="text", description="text cho người đọc, json cho hệ thống thu thập."
    )


class CommonSettings(Settings):
    """Khóa chung của mỗi [connector:TÊN], [channel:TÊN] và [signer:TÊN]."""

    type: Text = Field(description="Loại, do một plugin cung cấp.")
    agency: Text = Field(
        default="main",
        description="Khóa của cơ quan mà mục này phục vụ, như trong [agency:KHÓA]; bỏ trống khi chỉ có một cơ quan.",
    )


SECTIONS: Mapping[str, type[Settings]] = MappingProxyType(
    {
        "agency": AgencySettings,
        "store": StoreSettings,
        "work": WorkSettings,
        "timestamp": TimestampSettings,
        "trust": TrustSettings,
        "tagging": TaggingSettings,
        "calendar": CalendarSettings,
        "publication": PublicationSettings,
        "vanished": VanishedSettings,
        "reminders": ReminderSettings,
        "signing": SigningSettings,
        "dossier": DossierSettings,
        "archive": ArchiveSettings,
        "web": WebSettings,
        "log": LogSettings,
    }
)
"""Sections of one name each, in the order of the sample."""

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "connector": "Hệ thống văn bản bên ngoài",
        "channel": "Hình thức công khai",
        "signer": "Khóa ký của một vai trò",
        "feedback": "Nguồn tiếp nhận ý kiến phản ánh, kiến nghị",
        "messenger": "Cách báo việc cho người giữ một vai trò",
    }
)
"""Sections ``[FAMILY:NAME]`` that plugins fill, and what each is."""

MAIN_AGENCY = "main"
"""Key of the only agency of an installation; it never changes, even when the agency's code does."""

PER_AGENCY = ("tagging", "calendar", "publication", "reminders", "signing", "dossier", "archive")
"""Sections that may be said again for one agency of several, as ``[dossier:KEY]``: what it does not say stays."""


def ini_key(model: type[Settings], field: str) -> str:
    """Return the ini key of a model's field: its name with hyphens."""
    return str(model.model_fields[field].alias or field)


def ini_keys(model: type[Settings]) -> Mapping[str, str]:
    """Return the ini keys of a model, in order, each with the name of its field."""
    return {ini_key(model, field): field for field in model.model_fields}


def field_default(model: type[Settings], field: str) -> Any:
    """Return the default of a field as it is declared; pydantic's own marker when the field is required."""
    return model.model_fields[field].get_default(call_default_factory=True)
