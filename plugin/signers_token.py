"""
Signers whose key lies on a token or in an HSM: kind ``pkcs11``.

A person's token signs only while its holder is at the machine and types the PIN; the agency's token is kept by Văn thư
(NĐ 30/2020/NĐ-CP Điều 32), and works by itself only where the agency has decided so in writing.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from congkhai.signing import Pkcs11Key, TokenKey, load_pkcs11, token_state

from .config.secrets import Secret
from .config.settings import Location
from .errors import AccessError, ConfigurationError, OutsideError
from .hooks import RegisterSigner, hookimpl
from .interfaces import Context
from .records import CheckResult
from .signer_keys import certificate_result, in_house_terms, typed_by_holder
from .signers import SignerSettings
from .signers_asking import AskingSigner
from .text import _

_TRIAL = b"congkhai check"


class Pkcs11Settings(SignerSettings):
    """Khóa trên thiết bị ký (token, thẻ, HSM) qua PKCS#11."""

    module: Location = Field(description="Thư viện PKCS#11 của hãng thiết bị (.so).")
    token: str = Field(default="", description="Nhãn của thiết bị; cần nhãn hoặc số sê-ri.")
    serial: str = Field(default="", description="Số sê-ri của thiết bị; bắt buộc khi hai thiết bị cùng nhãn.")
    key_label: str = Field(default="", description="Nhãn của khóa; bỏ trống khi thiết bị chỉ có một khóa ký.")
    key_id: str = Field(default="", description="CKA_ID của khóa, dạng thập lục phân; bỏ trống như trên.")
    certificates: Location | None = Field(
        default=None, description="Tệp chứng thư (PEM hoặc DER, người ký trước); bỏ trống: đọc từ thiết bị."
    )
    pin: Secret | None = Field(
        default=None, description="PIN, bằng tham chiếu, cho khóa tự ký; bỏ trống: congkhai sign hỏi người giữ khóa."
    )
    rsa_padding: Literal["pkcs1", "pss"] = Field(default="pkcs1", description="Kiểu đệm của chữ ký RSA.")

    @field_validator("key_id")
    @classmethod
    def _hexadecimal(cls, value: str) -> str:
        try:
            bytes.fromhex(value.replace(":", ""))
        except ValueError:
            raise ValueError("dạng thập lục phân, ví dụ 0A hoặc 0a:1f") from None
        return value

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.token and not self.serial:
            raise ValueError("cần token (nhãn) hoặc serial (số sê-ri) để chọn đúng thiết bị")
        if not self.attended and self.pin is None:
            raise ValueError("attended = no cần pin: không có người nhập PIN cho khóa tự ký")
        return self


class TokenSigner(AskingSigner[Pkcs11Key, Pkcs11Settings]):
    """A `Signer` over a token; `Asking` when its PIN is typed."""

    def __init__(self, settings: Pkcs11Settings, context: Context) -> None:
        """Prepare a signer; neither module nor token is touched yet."""
        super().__init__(settings, context)
        self._typed: str | None = None

    def _forget_typed(self) -> None:
        self._typed = None

    @property
    def _place(self) -> TokenKey:
        settings = self._settings
        return TokenKey(
            settings.module, settings.token or None, settings.serial or None, settings.key_label or None,
            bytes.fromhex(settings.key_id.replace(":", "")) or None,
        )  # fmt: skip

    @cached_property
    def _key(self) -> Pkcs11Key:
        settings = self._settings
        with in_house_terms():
            return load_pkcs11(
                self._place, self._pin, certificates=settings.certificates, pss=settings.rsa_padding == "pss",
                careful=settings.pin is not None,
            )  # fmt: skip

    def _pin(self) -> str | None:
        """Return the ini's PIN, else the typed one, else ask; called at a login only."""
        if self._settings.pin is not None:
            return self._settings.pin.read()
        if self._typed is None and self._ask is not None:
            state = token_state(self._place)
            left = {
                "low": _(" (đã có lần nhập sai)"), "final": _(" (CÒN MỘT LẦN THỬ CUỐI, sai nữa sẽ khóa)"),
            }.get(state.tries, "")  # fmt: skip
            label = _("PIN của thiết bị {label}, số sê-ri {serial}{left}")
            self._typed = self._ask(label.format(label=state.label, serial=state.serial, left=left)) or None
        return self._typed

    def _results(self, *, live: bool) -> Iterator[CheckResult]:
        base = f"signer:{self._context.name}"
        if self.attended and self._settings.pin is not None:
            yield typed_by_holder(f"{base}:pin")
        try:
            with in_house_terms():
                state = token_state(self._place)
            key = self._key
        except OutsideError as error:
            yield CheckResult(f"{base}:token", "warn", str(error), error.advice)
            return
        except ConfigurationError as error:
            yield CheckResult(f"{base}:token", "fail", str(error), error.advice)
            return
        what = _("Thiết bị {label}, số sê-ri {serial}; thuật toán {algorithm}.").format(
            label=state.label, serial=state.serial, algorithm=key.algorithm
        )
        if state.tries == "plenty":
            yield CheckResult(f"{base}:token", "ok", what)
        else:
            yield CheckResult(
                f"{base}:token", "fail" if state.tries == "locked" else "warn",
                what + " " + _("PIN: đã khóa.") * (state.tries == "locked")
                + _("PIN: đã có lần nhập sai.") * (state.tries != "locked"),
                _("Người giữ thiết bị đăng nhập đúng một lần, hoặc nhờ nơi cấp mở khóa."),
            )  # fmt: skip
        yield certificate_result(f"{base}:certificate", self, self._context.clock)
        if live:
            yield self._trial(f"{base}:trial")

    def _trial(self, check: str) -> CheckResult:
        if self.attended:
            return CheckResult(check, "skipped", _("Khóa có người giữ: chỉ ký khi chính người đó ký."))
        try:
            self.sign(_TRIAL)
        except (AccessError, OutsideError, ConfigurationError) as error:
            return CheckResult(check, "fail", str(error), error.advice)
        return CheckResult(check, "ok", _("Ký thử thành công."))


@hookimpl
def register_signers(register: RegisterSigner) -> None:
    """Offer the kind ``pkcs11``."""
    register("pkcs11", Pkcs11Settings, TokenSigner)
