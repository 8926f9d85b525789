"""
Signers whose key lies in a file: kinds ``pkcs12`` and ``pem``.

A file key suits the agency's own seal and trials; a person's lawful signature comes from their token or remote service.
The file is opened at first use and kept in memory, so that a missing key stops the steps that need it and no others.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from congkhai.signing.errors import SigningError
from congkhai.signing.keys import FileKey, check_certificate, load_pem, load_pkcs12

from .config.secrets import Secret
from .config.settings import Location, Settings, YesNo
from .errors import ConfigurationError
from .hooks import RegisterSigner, hookimpl
from .interfaces import Context
from .records import CheckResult
from .text import _

SEAL = "seal"
"""The role that seals dossiers: a service key of the agency, not a person's."""
_TRIAL = b"congkhai check"


class SignerSettings(Settings):
    """What every signer says, whatever its key lies in."""

    role: Annotated[str, Field(min_length=1)] = Field(
        description="Vai trò trong quy chế: head, records_officer, front_chair…; hoặc seal cho con dấu của hồ sơ."
    )
    person: Annotated[str, Field(min_length=1)] = Field(description="Họ và tên người ký, như in trên văn bản.")
    attended: YesNo = Field(
        default=True, description="yes: chỉ chính người giữ khóa mới cho ký; no: tiến trình nền được tự ký."
    )
    unattended_basis: str = Field(
        default="",
        description="Văn bản cho phép ký không có người giữ khóa; bắt buộc khi attended = no, trừ role = seal.",
    )

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        if not self.attended and self.role != SEAL and not self.unattended_basis.strip():
            raise ValueError("attended = no cần unattended-basis nêu văn bản cho phép, trừ khi role = seal")
        return self


class Pkcs12Settings(SignerSettings):
    """Khóa trong tệp PKCS#12 (.p12, .pfx)."""

    file: Location = Field(description="Tệp .p12 hoặc .pfx chứa khóa và chứng thư.")
    password: Secret | None = Field(
        default=None, description="Mật khẩu của tệp, bằng tham chiếu; bỏ trống khi không có."
    )
    rsa_padding: Literal["pkcs1", "pss"] = Field(default="pkcs1", description="Kiểu đệm của chữ ký RSA.")


class PemSettings(SignerSettings):
    """Khóa trong tệp PEM."""

    file: Location = Field(description="Tệp PEM chứa khóa bí mật.")
    certificates: Location | None = Field(
        default=None, description="Tệp PEM chứa chứng thư người ký rồi đến chuỗi; bỏ trống: cùng tệp với khóa."
    )
    password: Secret | None = Field(
        default=None, description="Mật khẩu của khóa, bằng tham chiếu; bỏ trống khi không có."
    )
    rsa_padding: Literal["pkcs1", "pss"] = Field(default="pkcs1", description="Kiểu đệm của chữ ký RSA.")


class FileSigner:
    """A `Signer` over a key file."""

    def __init__(self, settings: Pkcs12Settings | PemSettings, context: Context) -> None:
        """
        Prepare a signer; nothing is opened yet.

        Args:
            settings: its section.
            context: names it, and tells the moment its certificate is judged at.
        """
        self.role = settings.role
        self.person = settings.person
        self.attended = settings.attended
        self._settings = settings
        self._context = context

    @cached_property
    def algorithm(self) -> str:
        """Name of the signature algorithm; opens the key. Raises ConfigurationError."""
        return self._key.algorithm

    def certificate(self) -> bytes:
        """Return the signing certificate, DER. Raises ConfigurationError when the key cannot be opened."""
        return self._key.certificate_der

    def chain(self) -> Sequence[bytes]:
        """Return further certificates of the path, DER, in file order. Raises ConfigurationError."""
        return self._key.chain

    def sign(self, octets: bytes) -> bytes:
        """Sign octets and return the raw XML-DSig value. Raises ConfigurationError when the key cannot be opened."""
        return self._key.sign(octets)

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check file rights, key against certificate, dates and usage; with `live` also sign a trial text."""
        return tuple(self._results(live=live))

    @cached_property
    def _key(self) -> FileKey:
        settings = self._settings
        password = settings.password.read() if settings.password else None
        try:
            key = _opened(settings, password, None)
            if settings.rsa_padding == "pss" and key.algorithm.startswith("rsa-sha"):
                key = _opened(settings, password, key.algorithm.replace("rsa-", "rsa-pss-", 1))
        except SigningError as error:
            raise ConfigurationError(error.what, error.where, error.advice, error.code) from error
        return key

    def _results(self, *, live: bool) -> Iterator[CheckResult]:
        base = f"signer:{self._context.name}"
        if _others_can_read(self._settings.file):
            yield CheckResult(
                f"{base}:file", "warn",
                _("Mọi người trên máy đọc được tệp khóa {file}.").format(file=self._settings.file),
                _("Đặt quyền 600 cho tệp khóa."),
            )  # fmt: skip
        try:
            key = self._key
        except ConfigurationError as error:
            yield CheckResult(f"{base}:key", "fail", str(error), error.advice)
            return
        yield CheckResult(
            f"{base}:key", "ok",
            _("Khóa khớp với chứng thư; thuật toán {algorithm}.").format(algorithm=key.algorithm) + _padding_note(key),
        )  # fmt: skip
        yield self._certificate_result(f"{base}:certificate", key)
        if live:
            key.sign(_TRIAL)
            yield CheckResult(f"{base}:trial", "ok", _("Ký thử thành công."))

    def _certificate_result(self, check: str, key: FileKey) -> CheckResult:
        try:
            facts = check_certificate(key.certificate_der, self._context.clock.now(), algorithm=key.algorithm)
        except SigningError as error:
            return CheckResult(check, "fail", str(error), error.advice)
        what = _("Chứng thư của {subject}, còn {days} ngày.").format(subject=facts.subject, days=facts.days_left)
        if facts.warnings:
            return CheckResult(check, "warn", " ".join([what, *facts.warnings]), _("Chuẩn bị chứng thư thay thế."))
        return CheckResult(check, "ok", what)


def _opened(settings: Pkcs12Settings | PemSettings, password: str | None, algorithm: str | None) -> FileKey:
    if isinstance(settings, PemSettings):
        return load_pem(settings.file, settings.certificates or settings.file, password, algorithm=algorithm)
    return load_pkcs12(settings.file, password, algorithm=algorithm)


def _padding_note(key: FileKey) -> str:
    """Note the padding that the circular on signature standards names when the older one is in use."""
    if key.algorithm.startswith("rsa-sha"):
        return " " + _("Đệm PKCS#1 v1.5; tiêu chuẩn bắt buộc hiện nêu RSA-PSS (rsa-padding = pss).")
    return ""


def _others_can_read(file: Path) -> bool:
    try:
        return os.name == "posix" and bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False  # a missing file is told when it is opened, with its own advice


@hookimpl
def register_signers(register: RegisterSigner) -> None:
    """Offer the kinds ``pkcs12`` and ``pem``."""
    register("pkcs12", Pkcs12Settings, FileSigner)
    register("pem", PemSettings, FileSigner)
