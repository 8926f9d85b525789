"""
Signers whose key lies at a remote signing service (Cloud Signature Consortium API v2): kind ``csc``.

The holder confirms every signature: with a PIN or code typed at the desk, or on their own device while we wait.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from congkhai.signing import CscAccess, CscWire, RemoteKey, load_remote
from congkhai.signing.keys.remote import AuthObject

from .config.secrets import Secret
from .config.settings import Duration, Location
from .errors import AccessError, ConfigurationError, OutsideError
from .hooks import RegisterSigner, hookimpl
from .interfaces import Context
from .records import CheckResult
from .signer_keys import certificate_result, in_house_terms, typed_by_holder
from .signers import SignerSettings
from .signers_asking import AskingSigner
from .text import _

_TRIAL = b"congkhai check"


class CscSettings(SignerSettings):
    """Khóa ở dịch vụ ký số từ xa theo giao thức CSC v2."""

    url: str = Field(description="Địa chỉ dịch vụ, thường kết thúc bằng /csc/v2; https, trừ dịch vụ trên máy này.")
    credential: str = Field(default="", description="Mã của khóa; bỏ trống khi tài khoản chỉ có một khóa.")
    access_token: Secret | None = Field(default=None, description="Mã truy cập OAuth 2.0, bằng tham chiếu.")
    user: str = Field(default="", description="Tài khoản ở dịch vụ, khi không dùng OAuth 2.0.")
    password: Secret | None = Field(default=None, description="Mật khẩu của tài khoản, bằng tham chiếu.")
    pin: Secret | None = Field(
        default=None, description="PIN, bằng tham chiếu, cho khóa tự ký; bỏ trống: congkhai sign hỏi người giữ khóa."
    )
    rsa_padding: Literal["pkcs1", "pss"] = Field(default="pkcs1", description="Kiểu đệm của chữ ký RSA.")
    patience: Duration = Field(default=timedelta(minutes=5), description="Chờ người giữ khóa xác nhận tối đa bao lâu.")
    poll: Duration = Field(default=timedelta(seconds=2), description="Hỏi dịch vụ cách nhau bao lâu trong khi chờ.")
    connect_timeout: Duration = Field(default=timedelta(seconds=10), description="Chờ nối tới dịch vụ.")
    read_timeout: Duration = Field(default=timedelta(seconds=30), description="Chờ mỗi câu trả lời.")
    ca_file: Location | None = Field(default=None, description="Tệp PEM các CA cho TLS; bỏ trống: của hệ điều hành.")
    proxy: str = Field(default="", description="Proxy http://MÁY:CỔNG; bỏ trống: nối thẳng.")

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        basic = bool(self.user) and self.password is not None
        if (self.access_token is not None) == basic or (bool(self.user) != (self.password is not None)):
            raise ValueError("cần đúng một cách đăng nhập: access-token, hoặc cả user và password")
        if min(self.poll, self.patience, self.connect_timeout, self.read_timeout) <= timedelta(0):
            raise ValueError("patience, poll, connect-timeout và read-timeout phải lớn hơn 0")
        return self


class RemoteSigner(AskingSigner[RemoteKey, CscSettings]):
    """A `Signer` over a remote service; `Asking` when its holder types something."""

    def __init__(self, settings: CscSettings, context: Context) -> None:
        """Prepare a signer; the service is not called yet."""
        super().__init__(settings, context)
        self._typed: dict[str, str] = {}

    def _forget_typed(self) -> None:
        self._typed.clear()  # one of them was not right

    @property
    def patience(self) -> timedelta:
        """How long its holder is waited for."""
        return self._settings.patience

    @property
    def poll(self) -> timedelta:
        """How long to wait between two questions whether the holder has confirmed."""
        return self._settings.poll

    def ask_holder(self, octets: bytes) -> str:
        """Send the holder a signature to confirm on their own device; return a ticket. Errors as `sign`."""
        with in_house_terms():
            return self._key.ask(octets)

    def collect(self, octets: bytes, ticket: str) -> tuple[str, bytes | None]:
        """Look once whether the holder has confirmed: the next ticket, and the value or None. Errors as `sign`."""
        with in_house_terms():
            return self._key.collect(octets, ticket)

    @cached_property
    def _key(self) -> RemoteKey:
        settings = self._settings
        with in_house_terms():
            return load_remote(
                CscWire(self._access), self._answers, credential=settings.credential or None,
                pss=settings.rsa_padding == "pss", patience=settings.patience.total_seconds(),
                poll=settings.poll.total_seconds(),
            )  # fmt: skip

    @property
    def _access(self) -> CscAccess:
        settings, token, password = self._settings, self._settings.access_token, self._settings.password
        return CscAccess(
            settings.url,
            bearer=token.read if token else None,
            login=(lambda: (settings.user, password.read())) if password else None,
            connect_timeout=settings.connect_timeout.total_seconds(),
            read_timeout=settings.read_timeout.total_seconds(),
            ca_file=settings.ca_file,
            proxy=settings.proxy or None,
        )

    def _answers(self, wanted: Sequence[AuthObject]) -> dict[str, str]:
        """Return what is known or typed for each; codes that change are neither kept nor taken from the ini."""
        given = {}
        for one in wanted:
            value = "" if one.changing else self._typed.get(one.id, "")
            if not value and not one.changing and self._settings.pin is not None:
                value = self._settings.pin.read()
            elif not value and self._ask is not None:
                value = self._ask(one.label)
                if not one.changing:
                    self._typed[one.id] = value
            given[one.id] = value
        return given

    def _results(self, *, live: bool) -> Iterator[CheckResult]:
        base = f"signer:{self._context.name}"
        if self.attended and self._settings.pin is not None:
            yield typed_by_holder(f"{base}:pin")
        if not live:
            try:
                with in_house_terms():
                    CscWire(self._access)
            except ConfigurationError as error:
                yield CheckResult(f"{base}:service", "fail", str(error), error.advice)
                return
            yield CheckResult(f"{base}:service", "skipped", _("Chưa hỏi dịch vụ ký từ xa (dùng --live)."))
            return
        try:
            key = self._key
        except AccessError as error:
            yield CheckResult(f"{base}:service", "fail", str(error), error.advice)
        except OutsideError as error:
            yield CheckResult(f"{base}:service", "warn", str(error), error.advice)
        except ConfigurationError as error:
            yield CheckResult(f"{base}:service", "fail", str(error), error.advice)
        else:
            what = _("Dịch vụ có khóa {id}; thuật toán {algorithm}.").format(
                id=key.credential.id, algorithm=key.algorithm
            )
            yield CheckResult(f"{base}:service", "ok", what)
            yield certificate_result(f"{base}:certificate", self, self._context.clock)
            yield CheckResult(f"{base}:trial", "skipped", _("Không ký thử: mỗi chữ ký cần người giữ khóa xác nhận."))


@hookimpl
def register_signers(register: RegisterSigner) -> None:
    """Offer the kind ``csc``."""
    register("csc", CscSettings, RemoteSigner)
