"""
Keys on tokens and in HSMs, through PKCS#11.

The certificate is read without a PIN, so that it can be checked before its holder is asked for one. The PIN is asked
for at the first signature, tried once, and never kept here. Every value is verified with the certificate before it
leaves, which is also what proves that key and certificate belong together.

Source: PKCS#11 2.40 sections 11.4 to 11.11.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .._text import _
from ..algorithms import BY_NAME, verify_value
from ..errors import KeyRefusedError, SigningError
from .certificates import chosen_algorithm
from .file import read_certificates
from .pkcs11_module import (
    TokenModule,
    TokenState,
    explained,
    is_gone,
    is_wrong_pin,
    locked,
    module_for,
    require_binding,
    state_of,
    wrong_pin,
)
from .pkcs11_objects import TokenKey, attribute, certificates_of, not_matching, private_key, ways

if TYPE_CHECKING:
    from pkcs11 import Session, Token

__all__ = ["Pkcs11Key", "TokenKey", "TokenState", "load_pkcs11", "token_state"]


@dataclass(slots=True)
class _Place:
    """A session of one thread, and the private key in it once its holder has logged in."""

    module: TokenModule
    generation: int
    token: "Token"
    session: "Session"
    key: Any = None
    each_time: bool = False


class Pkcs11Key:
    """
    A private key on a token; made by `load_pkcs11`.

    May be shared between threads and used after a fork: each thread of each process opens a session of its own.

    Attributes:
        certificate, certificate_der, chain, algorithm: as `Key` says.
    """

    def __init__(
        self, place: TokenKey, certificates: Sequence[x509.Certificate], algorithm: str,
        pin: Callable[[], str | None], *, careful: bool,
    ) -> None:  # fmt: skip
        self.certificate = certificates[0]
        self.certificate_der = self.certificate.public_bytes(Encoding.DER)
        self.chain = tuple(one.public_bytes(Encoding.DER) for one in certificates[1:])
        self.algorithm = algorithm
        self._where = place
        self._pin = pin
        self._careful = careful
        self._refused: KeyRefusedError | None = None
        self._mine = threading.local()

    def __repr__(self) -> str:
        return f"Pkcs11Key({self.algorithm}, serial {self.certificate.serial_number:X})"

    def state(self) -> TokenState:
        """Tell what the token says about itself, without a login. Raises KeyUnreachableError, KeyLoadError."""
        return token_state(self._where)

    def forget_refusal(self) -> None:
        """Allow one more try after a wrong PIN; for a person who has given another one."""
        self._refused = None

    def sign(self, octets: bytes) -> bytes:
        """
        Sign octets (not a digest).

        Args:
            octets: what `prepare` returned as ``octets``.

        Returns:
            The raw XML-DSig signature value, verified with the certificate; ECDSA as r‖s.

        Raises:
            KeyUnreachableError: the token is not there or was pulled out; may be tried again.
            KeyRefusedError: wrong PIN, locked, or no PIN was given. A wrong PIN is tried once, then refused here.
            KeyLoadError: no such key, or it does not belong to the certificate.
            SigningError: the token cannot do this algorithm, or fails in another way.
        """
        from pkcs11 import PKCS11Error, SessionCount

        module = module_for(self._where.module)
        with module.lock:
            fresh = self._here(module) is None
            try:
                value = self._signed(module, octets)
            except PKCS11Error as error:
                self._mine.place = None
                crowded = isinstance(error, SessionCount)
                if not crowded and (fresh or not is_gone(error)):
                    raise explained(error, self._name) from error
                # The session had worked before: the token may have been out and in again since. Or the sessions of
                # threads that are no more use up what the token allows: a library that starts anew has none.
                try:
                    if crowded:
                        module.restart()
                    value = self._signed(module, octets)
                except PKCS11Error as second:
                    self._mine.place = None
                    raise explained(second, self._name) from second
        if not verify_value(BY_NAME[self.algorithm], self.certificate.public_key(), octets, value):
            raise not_matching(self._name)
        return value

    @property
    def _name(self) -> str:
        return " ".join(part for part in (self._where.token, self._where.serial) if part) or str(self._where.module)

    def _here(self, module: TokenModule) -> _Place | None:
        """Return this thread's session when it is of this process and of the library's present run."""
        place: _Place | None = getattr(self._mine, "place", None)
        if place is None or place.module is not module or place.generation != module.generation:
            return None
        return place

    def _signed(self, module: TokenModule, octets: bytes) -> bytes:
        from pkcs11 import FunctionNotSupported, MechanismInvalid, MechanismParamInvalid

        place = self._here(module) or self._opened(module)
        self._mine.place = place
        more = {"pin": self._asked()} if place.each_time else {}
        for mechanism, parameter, data in ways(BY_NAME[self.algorithm], octets, place.token.slot.get_mechanisms()):
            try:
                return bytes(place.key.sign(data, mechanism=mechanism, mechanism_param=parameter, **more))
            except (MechanismInvalid, MechanismParamInvalid, FunctionNotSupported):
                continue  # listed, yet not for this key: the next way gives the same value
            except Exception as error:
                if more and is_wrong_pin(error):
                    raise self._refusal(place.token) from error
                raise
        raise SigningError(
            what=_("Thiết bị ký không làm được thuật toán {algorithm}.").format(algorithm=self.algorithm),
            where=self._name, code="congkhai-S138",
            advice=_("Với RSA, đổi rsa-padding trong cấu hình (pkcs1 hoặc pss), hoặc dùng thiết bị khác."),
        )  # fmt: skip

    def _opened(self, module: TokenModule) -> _Place:
        """Open a session for this thread, log in and find the key."""
        from pkcs11 import Attribute

        token = module.find(self._where.token, self._where.serial)
        session = self._logged_in(token)
        key = private_key(session, self._where, self.certificate, self._name)
        each_time = bool(attribute(key, Attribute.ALWAYS_AUTHENTICATE))
        return _Place(module, module.generation, token, session, key, each_time)

    def _logged_in(self, token: "Token") -> "Session":
        from pkcs11 import PROTECTED_AUTH, PKCS11Error, UserAlreadyLoggedIn

        state = state_of(token)
        if state.tries == "locked":
            raise locked(self._name)
        if self._careful and state.tries != "plenty":
            raise KeyRefusedError(
                what=_("Thiết bị ký báo đã có lần nhập PIN sai; không tự thử PIN trong cấu hình nữa."),
                where=self._name, code="congkhai-S136",
                advice=_("Người giữ thiết bị đăng nhập đúng một lần bằng phần mềm của hãng, rồi kiểm tra PIN đã khai."),
            )  # fmt: skip
        try:
            return token.open(user_pin=PROTECTED_AUTH if state.pin_pad else self._asked())
        except UserAlreadyLoggedIn:
            return token.open()  # a login is shared by all sessions of a process
        except PKCS11Error as error:
            if is_wrong_pin(error):
                raise self._refusal(token) from error
            raise

    def _asked(self) -> str:
        if self._refused is not None:
            raise self._refused
        pin = self._pin()
        if not pin:
            raise KeyRefusedError(
                what=_("Cần PIN của thiết bị ký, do chính người giữ thiết bị nhập."), where=self._name,
                advice=_("Ký bằng congkhai sign tại máy đang cắm thiết bị."), code="congkhai-S135",
            )  # fmt: skip
        return pin

    def _refusal(self, token: "Token") -> KeyRefusedError:
        self._refused = wrong_pin(state_of(token))
        return self._refused


def load_pkcs11(
    place: TokenKey,
    pin: Callable[[], str | None],
    *,
    certificates: Path | None = None,
    algorithm: str | None = None,
    pss: bool = False,
    careful: bool = False,
) -> Pkcs11Key:
    """
    Find a token and read the certificate of a key on it; nobody is asked for a PIN yet.

    Args:
        place: where the key lies.
        pin: returns the PIN when a signature needs it; None or empty when nobody can give it. Not called for a token
            with a PIN pad of its own.
        certificates: PEM or DER file with the signer's certificate first, for tokens that hold none.
        algorithm: one of ``ALGORITHMS``; None takes the usual one for the key.
        pss: with `algorithm` None, take RSA-PSS for an RSA key.
        careful: do not try the PIN on a token that reports an earlier wrong one; for PINs that no person types, which
            would else lock the token by restarts.

    Raises:
        KeyLoadError: no module, no or several certificates, several tokens, wrong algorithm.
        KeyUnreachableError: the token is not there.
        SigningError: another fault of the token.
    """
    require_binding()
    from pkcs11 import PKCS11Error

    if certificates is not None:
        line = read_certificates(certificates)
    else:
        module = module_for(place.module)
        with module.lock:
            token = module.find(place.token, place.serial)
            try:
                with token.open() as session:
                    line = certificates_of(session, place)
            except PKCS11Error as error:
                raise explained(error, token.label) from error
    return Pkcs11Key(place, line, chosen_algorithm(line[0], algorithm, pss=pss), pin, careful=careful)


def token_state(place: TokenKey) -> TokenState:
    """Tell what the token of a key says about itself, without a login. Raises KeyUnreachableError, KeyLoadError."""
    require_binding()
    from pkcs11 import PKCS11Error

    module = module_for(place.module)
    with module.lock:
        token = module.find(place.token, place.serial)
        try:
            return state_of(token)
        except PKCS11Error as error:
            raise explained(error, token.label) from error
