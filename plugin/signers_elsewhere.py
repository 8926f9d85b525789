"""
Signers whose key this house never holds: kind ``certificate``.

Their holder signs elsewhere (the signing plug-in on their own PC, a token program) and the signature is brought back;
the registered certificate is what it must have been made with.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import Field, model_validator

from congkhai.signing.errors import SigningError
from congkhai.signing.keys.certificates import chosen_algorithm

from .config.settings import Location
from .errors import ConfigurationError, NotAllowedError
from .hooks import RegisterSigner, hookimpl
from .interfaces import Context
from .records import CheckResult
from .signer_keys import certificate_result
from .signers import SignerSettings
from .text import _


class CertificateSettings(SignerSettings):
    """Chỉ đăng ký chứng thư; người ký dùng khóa ở nơi khác rồi gửi chữ ký về."""

    certificate: Location = Field(
        description="Tệp chứng thư của người ký (PEM hoặc DER); tệp PEM có thể kèm chuỗi phía sau."
    )
    rsa_padding: Literal["pkcs1", "pss"] = Field(default="pkcs1", description="Kiểu đệm của chữ ký RSA.")

    @model_validator(mode="after")
    def _by_a_person(self) -> Self:
        if not self.attended:
            raise ValueError("attended phải là yes: ở đây không có khóa nào để tự ký")
        return self


class RegisteredSigner:
    """A `Signer` without a key: it names the certificate, and never signs."""

    def __init__(self, settings: CertificateSettings, context: Context) -> None:
        """
        Prepare a signer; the file is not read yet.

        Args:
            settings: its section.
            context: names it, and tells the moment its certificate is judged at.
        """
        self.role = settings.role
        self.person = settings.person
        self.attended = True
        self._settings = settings
        self._context = context

    @cached_property
    def algorithm(self) -> str:
        """Name of the usual algorithm of its key. Raises ConfigurationError."""
        try:
            return chosen_algorithm(self._line[0], None, pss=self._settings.rsa_padding == "pss")
        except SigningError as error:
            raise ConfigurationError(error.what, error.where, error.advice, error.code) from error

    def certificate(self) -> bytes:
        """Return the registered certificate, DER. Raises ConfigurationError when it cannot be read."""
        return self._line[0].public_bytes(Encoding.DER)

    def chain(self) -> Sequence[bytes]:
        """Return the further certificates of the file, DER. Raises ConfigurationError."""
        return tuple(one.public_bytes(Encoding.DER) for one in self._line[1:])

    def sign(self, octets: bytes) -> bytes:  # noqa: ARG002 - the contract's argument; there is no key to use it with
        """Refuse: there is no key here. Raises NotAllowedError, always."""
        raise NotAllowedError(
            what=_("Khóa của {person} không nằm ở đây.").format(person=self.person),
            where=f"[signer:{self._context.name}]", code="congkhai-E740",
            advice=_("Ký trên trang ký, hoặc ký bằng chương trình khác rồi nhận về bằng congkhai sign --return TỆP."),
        )  # fmt: skip

    def check(self, *, live: bool) -> Sequence[CheckResult]:  # noqa: ARG002 - the contract's argument; nothing to try
        """Judge the certificate."""
        return tuple(self._results())

    @cached_property
    def _line(self) -> tuple[x509.Certificate, ...]:
        file = self._settings.certificate
        try:
            data = file.read_bytes()
            if b"-----BEGIN" not in data:
                return (x509.load_der_x509_certificate(data),)
            return tuple(x509.load_pem_x509_certificates(data))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                what=_("Không đọc được chứng thư đã đăng ký ({reason}).").format(reason=type(error).__name__),
                where=str(file), code="congkhai-E741", advice=_("Chép tệp .cer, .crt hoặc .pem của người ký vào đó."),
            ) from error  # fmt: skip

    def _results(self) -> Iterator[CheckResult]:
        base = f"signer:{self._context.name}"
        try:
            self.certificate()
        except ConfigurationError as error:
            yield CheckResult(f"{base}:key", "fail", str(error), error.advice)
            return
        yield CheckResult(f"{base}:key", "ok", _("Người ký dùng khóa ở nơi khác; chỉ đăng ký chứng thư."))
        yield certificate_result(f"{base}:certificate", self, self._context.clock)


@hookimpl
def register_signers(register: RegisterSigner) -> None:
    """Offer the kind ``certificate``."""
    register("certificate", CertificateSettings, RegisteredSigner)
