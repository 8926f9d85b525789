"""
Keys in files: PKCS#12 and PEM.

A key is loaded once and kept as an object: the full check of an RSA key costs up to a tenth of a second and happens
here, never per signature.
"""

from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from .._text import _
from ..algorithms import BY_NAME, default_algorithm, fits, raw_from_der, rsa_padding
from ..errors import KeyLoadError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class MadeValue(bytes):
    """
    An RSA value together with what it was made of, which spares whoever completes the signature one calculation.

    OpenSSL holds the result of its short way (CRT) against the public exponent before it lets it out, and takes the
    long way when they disagree (a test bends a key's numbers and sees it). The key was held against the certificate
    when it was loaded. So such a value is right for these octets and this certificate, and for nothing else; bytes
    that came from anywhere else, and all of ECDSA, are calculated again.
    """

    made_of: tuple[bytes, bytes, str] | None = None
    """Octets, certificate (DER) and algorithm; None when nobody said."""

    def is_over(self, octets: bytes, certificate: bytes, algorithm: str) -> bool:
        """Tell whether the value was made over these octets, with this certificate's key and this algorithm."""
        return self.made_of == (octets, certificate, algorithm)


class FileKey:
    """
    A private key held in memory, with its certificate; made by `load_pkcs12` and `load_pem`.

    Safe to share between threads: nothing in it changes.

    Attributes:
        certificate: the signing certificate.
        certificate_der: the same, DER.
        chain: further certificates of the path, DER, in file order.
        algorithm: one of ``ALGORITHMS``.
    """

    __slots__ = ("_key", "_padding", "_spec", "_sure", "algorithm", "certificate", "certificate_der", "chain")

    def __init__(
        self, key: PrivateKey, certificate: x509.Certificate, chain: Iterable[x509.Certificate], algorithm: str | None
    ) -> None:
        self.certificate = certificate
        self.certificate_der = certificate.public_bytes(serialization.Encoding.DER)
        self.chain = tuple(one.public_bytes(serialization.Encoding.DER) for one in chain)
        self.algorithm = algorithm or default_algorithm(key.public_key())
        self._key = key
        if self.algorithm not in BY_NAME or not fits(BY_NAME[self.algorithm], key.public_key()):
            raise KeyLoadError(
                what=_("Thuật toán {algorithm} không dùng được với khóa này.").format(algorithm=self.algorithm),
                advice=_("Chọn một trong: {names}.").format(names=", ".join(BY_NAME)),
                code="congkhai-S115",
            )
        self._spec = BY_NAME[self.algorithm]
        self._padding = rsa_padding(self._spec)
        matching = certificate.public_key() == key.public_key()
        self._sure = key if matching and isinstance(key, rsa.RSAPrivateKey) else None

    def __repr__(self) -> str:
        return f"FileKey({self.algorithm}, serial {self.certificate.serial_number:X})"

    def sign(self, octets: bytes) -> bytes:
        """
        Sign octets (not a digest).

        Args:
            octets: what `prepare` returned as ``octets``.

        Returns:
            The raw XML-DSig signature value; for ECDSA r‖s, each of the curve's size.
        """
        if self._sure is None:
            return self._plain_value(octets)
        made = MadeValue(self._sure.sign(octets, self._padding, self._spec.hash))
        made.made_of = (octets, self.certificate_der, self.algorithm)
        return made

    def _plain_value(self, octets: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(octets, self._padding, self._spec.hash)
        return raw_from_der(self._key.sign(octets, ec.ECDSA(self._spec.hash)), self._key.key_size)


def load_pkcs12(path: Path, password: str | None, *, algorithm: str | None = None) -> FileKey:
    """
    Load key, certificate and chain from a PKCS#12 file (.p12, .pfx).

    Args:
        path: the file.
        password: its password; None when it has none.
        algorithm: one of ``ALGORITHMS``; None takes the usual one for the key.

    Raises:
        KeyLoadError: no such file, wrong password, damaged, no key or certificate in it, the two do not match, or a
            key of a kind that cannot sign here.
    """
    data = _read(path)
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(data, _encode(password))
    except ValueError as error:
        wrong = "password" in str(error).lower() or "mac" in str(error).lower()
        raise KeyLoadError(
            what=_("Mật khẩu của tệp khóa không đúng.") if wrong else _("Tệp khóa PKCS#12 bị hỏng."),
            where=str(path), code="congkhai-S113" if wrong else "congkhai-S112",
            advice=_("Kiểm tra lại mật khẩu.") if wrong else _("Xuất lại tệp .p12 từ nơi cấp."),
        ) from error  # fmt: skip
    if certificate is None or key is None:
        raise KeyLoadError(
            what=_("Tệp PKCS#12 không có đủ khóa bí mật và chứng thư của khóa đó."), where=str(path),
            advice=_("Xuất lại tệp .p12 kèm khóa và chứng thư."), code="congkhai-S114",
        )  # fmt: skip
    return _matched(key, certificate, chain, algorithm, path)


def load_pem(key: Path, certificates: Path, password: str | None = None, *, algorithm: str | None = None) -> FileKey:
    """
    Load a key and its certificates from PEM files.

    Args:
        key: PKCS#8 or traditional PEM key.
        certificates: PEM; the signer's certificate first, then the chain. May be the same file.
        password: of the key; None when it is not encrypted.
        algorithm: one of ``ALGORITHMS``; None takes the usual one for the key.

    Raises:
        KeyLoadError: as for `load_pkcs12`.
    """
    try:
        loaded = serialization.load_pem_private_key(_read(key), _encode(password))
    except TypeError as error:  # the library's way to say: encrypted without password, or a password for nothing
        raise KeyLoadError(
            what=_("Tệp khóa cần mật khẩu, hoặc không có mật khẩu mà lại được cho."), where=str(key),
            advice=_("Kiểm tra khai báo mật khẩu của khóa."), code="congkhai-S113",
        ) from error  # fmt: skip
    except ValueError as error:
        wrong = password is not None and "password" in str(error).lower()
        raise KeyLoadError(
            what=_("Mật khẩu của tệp khóa không đúng.") if wrong else _("Tệp khóa PEM bị hỏng hoặc không đúng dạng."),
            where=str(key), advice=_("Kiểm tra lại tệp và mật khẩu."),
            code="congkhai-S113" if wrong else "congkhai-S112",
        ) from error  # fmt: skip
    found = read_certificates(certificates)
    return _matched(loaded, found[0], found[1:], algorithm, certificates)


def read_certificates(path: Path) -> list[x509.Certificate]:
    """
    Read certificates from a file: PEM, several in a row, or one as DER.

    Raises:
        KeyLoadError: no such file, or no certificate in it.
    """
    data = _read(path)
    try:
        if data.startswith(b"\x30"):
            return [x509.load_der_x509_certificate(data)]
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise KeyLoadError(
            what=_("Tệp chứng thư bị hỏng hoặc không có chứng thư nào."), where=str(path),
            advice=_("Ghi chứng thư của người ký trước, các chứng thư trung gian sau."), code="congkhai-S111",
        ) from error  # fmt: skip


def _matched(
    key: object, certificate: x509.Certificate, chain: Iterable[x509.Certificate], algorithm: str | None, path: Path
) -> FileKey:
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyLoadError(
            what=_("Loại khóa này không dùng để ký được; cần RSA hoặc ECDSA."), where=str(path), code="congkhai-S115"
        )
    try:
        same = certificate.public_key() == key.public_key()
    except ValueError as error:
        raise KeyLoadError(
            what=_("Không đọc được khóa công khai trong chứng thư số."), where=str(path), code="congkhai-S111"
        ) from error
    if not same:
        raise KeyLoadError(
            what=_("Khóa bí mật không phải của chứng thư đi kèm."), where=str(path),
            advice=_("Kiểm tra hai tệp có cùng một lần cấp không."), code="congkhai-S116",
        )  # fmt: skip
    return FileKey(key, certificate, chain, algorithm)


def _encode(password: str | None) -> bytes | None:
    return None if password is None else password.encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyLoadError(
            what=_("Không mở được tệp khóa hoặc chứng thư: {reason}").format(reason=error.strerror or error),
            where=str(path), advice=_("Kiểm tra đường dẫn và quyền đọc."), code="congkhai-S117",
        ) from error  # fmt: skip
