"""
PKCS#11 modules: loading a vendor's library, finding a token in it, telling what its errors mean.

A module is told by the binding that its application calls it from one thread only, so that every call happens under
the module's lock. Handles do not survive a fork: a child gets modules of its own, initialised after the fork.

Source: PKCS#11 2.40 section 3.1 (general model, sessions and logins), section 6.6 (forks), 11.1 (return values).
"""

import os
import threading
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._text import _
from ..errors import KeyLoadError, KeyRefusedError, KeyUnreachableError, SigningError

if TYPE_CHECKING:
    from pkcs11 import Token


@dataclass(frozen=True, slots=True)
class TokenState:
    """
    What a token says about itself without any login.

    Attributes:
        label: its label.
        serial: its serial number, which with the label names one token.
        pin_pad: the PIN is typed at the device itself, never into a program.
        tries: ``plenty``; ``low`` after a wrong PIN; ``final`` when the next wrong one locks it; ``locked``.
    """

    label: str
    serial: str
    pin_pad: bool
    tries: str


class TokenModule:
    """
    One PKCS#11 library in one process; got by `module_for`.

    Attributes:
        lock: held around every call into the library.
        generation: grows when the library was started anew; sessions of an older generation are gone.
    """

    def __init__(self, path: str, process: int) -> None:
        self.path = path
        self.process = process
        self.lock = threading.RLock()
        self.generation = 0
        self._library: Any = None

    @property
    def library(self) -> Any:
        """The binding's library object, loaded at first use. Raises KeyLoadError."""
        if self._library is None:
            self._library = _load(self.path, self.process)
        return self._library

    def restart(self) -> None:
        """Start the library anew: some do not find a token again that was pulled out. Every session of it ends."""
        self.generation += 1
        self.library.reinitialize()

    def _restarted(self) -> bool:
        from pkcs11 import PKCS11Error

        try:
            self.restart()
        except PKCS11Error:  # the library stays ended, and is started again when somebody looks for a token again
            return False
        return True

    def find(self, label: str | None, serial: str | None) -> "Token":
        """
        Return the one token of this label and serial number; call under `lock`.

        Args:
            label, serial: what it must carry; None accepts any.

        Raises:
            KeyUnreachableError: there is none now.
            KeyLoadError: several fit; the message lists their serial numbers.
        """
        found, broken = self._tokens(label, serial)
        if not found and broken and self._restarted():
            found, broken = self._tokens(label, serial)
        if not found:
            raise KeyUnreachableError(
                what=_("Không thấy thiết bị ký {token}.").format(token=_named(label, serial)), where=self.path,
                advice=_("Cắm thiết bị, kiểm tra đầu đọc và nhãn, số sê-ri trong cấu hình, rồi thử lại."),
                code="congkhai-S131",
            )  # fmt: skip
        if len(found) > 1:
            listed = ", ".join(f"{token.label} {serial_of(token)}" for token in found)
            raise KeyLoadError(
                what=_("Có {n} thiết bị ký cùng khớp {token}: {listed}.").format(
                    n=len(found), token=_named(label, serial), listed=listed
                ),
                where=self.path, advice=_("Ghi số sê-ri (serial) của đúng thiết bị vào cấu hình."),
                code="congkhai-S137",
            )  # fmt: skip
        return found[0]

    def _tokens(self, label: str | None, serial: str | None) -> "tuple[list[Token], bool]":
        """Return the tokens that fit, and whether any slot failed to tell what is in it."""
        from pkcs11 import PKCS11Error, TokenFlag, TokenNotPresent, TokenNotRecognised

        found, broken = [], False
        try:
            slots = self.library.get_slots()
        except PKCS11Error:
            return [], True
        for slot in slots:
            try:
                token = slot.get_token()
            except (TokenNotPresent, TokenNotRecognised):
                continue
            except PKCS11Error:  # this token is broken or half pulled out; the others may still be good
                broken = True
                continue
            fits = label in (None, token.label) and serial in (None, serial_of(token))
            if fits and token.flags & TokenFlag.TOKEN_INITIALIZED:
                found.append(token)
        return found, broken


_modules: dict[tuple[int, str], TokenModule] = {}
"""By process and path. A child keeps its parent's entries untouched: to free them would end the parent's sessions."""


def module_for(path: Path) -> TokenModule:
    """Return this process's module for a library file; loads nothing yet."""
    key = (os.getpid(), str(path))
    return _modules.setdefault(key, TokenModule(key[1], key[0]))  # setdefault is atomic: no lock to inherit in a fork


def require_binding() -> None:
    """Make sure that the optional binding is installed. Raises KeyLoadError."""
    try:
        import_module("pkcs11")
    except ImportError as error:
        raise KeyLoadError(
            what=_("Chưa cài phần hỗ trợ thiết bị ký PKCS#11."), advice=_("Cài: pip install 'congkhai[pkcs11]'."),
            code="congkhai-S130",
        ) from error  # fmt: skip


def _load(path: str, process: int) -> Any:
    import pkcs11
    from pkcs11 import _pkcs11

    before = next((one for (pid, name), one in _modules.items() if name == path and pid != process), None)
    try:
        if before is None or before._library is None:
            return pkcs11.lib(path)
        return _initialised_after_fork(_pkcs11, before._library, path)
    except (pkcs11.PKCS11Error, OSError) as error:
        raise KeyLoadError(
            what=_("Không nạp được thư viện PKCS#11: {reason}").format(reason=error or type(error).__name__),
            where=path, advice=_("Kiểm tra đường dẫn module và gói phần mềm của hãng thiết bị."), code="congkhai-S130",
        ) from error  # fmt: skip


def _initialised_after_fork(binding: Any, inherited: Any, path: str) -> Any:
    from pkcs11 import PKCS11Error

    try:
        return binding.lib(path)  # the standard's way: a child initialises without ending what the parent holds
    except PKCS11Error:
        inherited.reinitialize()  # a library that does not notice forks thinks it is initialised
        return inherited


def serial_of(token: "Token") -> str:
    """Return a token's serial number as text."""
    return token.serial.decode("utf-8", "replace").strip("\0 ")


def state_of(token: "Token") -> TokenState:
    """Read what a token says about itself. Call under the module's lock."""
    from pkcs11 import TokenFlag

    flags = token.slot.get_token().flags  # asked anew: those of a token object are as old as the object
    tries = "plenty"
    if flags & TokenFlag.USER_PIN_COUNT_LOW:
        tries = "low"
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        tries = "final"
    if flags & TokenFlag.USER_PIN_LOCKED:
        tries = "locked"
    return TokenState(token.label, serial_of(token), bool(flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH), tries)


def _named(label: str | None, serial: str | None) -> str:
    return " ".join(part for part in (label, serial) if part) or _("nào")


_GONE = (
    "DeviceRemoved", "TokenNotPresent", "TokenNotRecognised", "SessionHandleInvalid", "SessionClosed", "SlotIDInvalid",
    "ObjectHandleInvalid", "KeyHandleInvalid", "UserNotLoggedIn", "DeviceError", "GeneralError", "FunctionFailed",
    "DeviceMemory", "HostMemory", "SessionCount", "OperationNotInitialized",
)  # fmt: skip
"""Return values that say: not now; the token was pulled out, its session ended, the reader stumbled."""
_WRONG = ("PinIncorrect", "PinInvalid", "PinLenRange")


def is_gone(error: Exception) -> bool:
    """Tell whether an error of the binding means that token or session are gone, and may come back."""
    return type(error).__name__ in _GONE


def is_wrong_pin(error: Exception) -> bool:
    """Tell whether an error of the binding means that the PIN was wrong."""
    return type(error).__name__ in _WRONG


def explained(error: Exception, token: str) -> SigningError:
    """
    Turn an error of the binding, other than a wrong PIN, into ours.

    Args:
        error: a ``pkcs11.PKCS11Error``.
        token: what to call the token.
    """
    name = type(error).__name__
    if is_gone(error):
        return KeyUnreachableError(
            what=_("Thiết bị ký đã bị rút ra hoặc không trả lời ({error}).").format(error=name), where=token,
            advice=_("Cắm lại thiết bị rồi ký lại; chưa có chữ ký nào được tạo."), code="congkhai-S131",
        )  # fmt: skip
    if name == "PinLocked":
        return locked(token)
    if name in {"PinExpired", "UserPinNotInitialized"}:
        return KeyRefusedError(
            what=_("PIN của thiết bị ký chưa được đặt hoặc đã hết hạn ({error}).").format(error=name), where=token,
            advice=_("Đổi PIN bằng phần mềm của hãng thiết bị."), code="congkhai-S134",
        )  # fmt: skip
    return SigningError(
        what=_("Thiết bị ký báo lỗi {error}.").format(error=name), where=token,
        advice=_("Thử thiết bị bằng phần mềm của hãng; báo lỗi kèm tên lỗi này."), code="congkhai-S139",
    )  # fmt: skip


def locked(token: str) -> KeyRefusedError:
    """Return the error of a token whose PIN is locked."""
    return KeyRefusedError(
        what=_("PIN của thiết bị ký đã bị khóa vì nhập sai nhiều lần."), where=token,
        advice=_("Nhờ nơi cấp thiết bị mở khóa bằng mã quản trị (SO PIN, PUK)."), code="congkhai-S133",
    )  # fmt: skip


def wrong_pin(state: TokenState) -> KeyRefusedError:
    """Return the error of a wrong PIN, with how many tries may be left; `state` is the token's after the try."""
    left = {
        "final": _("Chỉ còn một lần thử: nhập sai lần nữa thiết bị sẽ bị khóa."),
        "locked": _("Thiết bị đã bị khóa, không còn lần thử nào."),
    }.get(state.tries, _("Số lần thử còn lại do thiết bị quy định, thường chỉ vài lần trước khi bị khóa."))
    return KeyRefusedError(
        what=_("PIN không đúng; đã dừng sau một lần thử. {left}").format(left=left), where=state.label,
        advice=_("Kiểm tra PIN với người giữ thiết bị trước khi thử lại."), code="congkhai-S132",
    )  # fmt: skip
