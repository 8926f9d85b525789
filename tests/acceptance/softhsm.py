"""
SoftHSM tokens in a folder of their own, and a way to make the module misbehave at the level of its C functions.

The module keeps its state per process: `Tokens.close` ends it, so that the next test starts with its own tokens.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pkcs11.util.x509 import decode_x509_certificate

from congkhai.signing.keys.pkcs11_module import module_for

PIN, SO_PIN = "Ma-PIN-cua-toi", "87654321"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
)  # fmt: skip


def softhsm() -> Path:
    """Return the module; a machine without it fails the tests, it does not skip them."""
    found = next((Path(place) for place in _PLACES if Path(place).exists()), None)
    assert found is not None, "the tests of tokens need the Debian package softhsm2"
    assert shutil.which("softhsm2-util"), "the tests of tokens need the Debian package softhsm2"
    return found


class Holder(Protocol):
    """Somebody's key with its certificates."""

    @property
    def private(self) -> Any:
        """The private key."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate of the key."""

    @property
    def chain(self) -> Sequence[x509.Certificate]:
        """Who issued it."""


class Tokens:
    """A folder of tokens that SoftHSM serves in this process until `close`."""

    def __init__(self, folder: Path, setenv: Callable[[str, str], None], mechanisms: str = "ALL") -> None:
        self.module = softhsm()
        self.folder = folder / "tokens"
        self.folder.mkdir(parents=True)
        self.configuration = folder / "softhsm2.conf"
        self.configuration.write_text(
            f"directories.tokendir = {self.folder}\nobjectstore.backend = file\nlog.level = ERROR\n"
            f"slots.mechanisms = {mechanisms}\n",
            encoding="utf-8",
        )
        setenv("SOFTHSM2_CONF", str(self.configuration))
        self.setenv = setenv

    def make(self, label: str) -> str:
        """Initialise one more token; return its serial number."""
        before = self.serials()
        self._util("--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN)
        (serial,) = set(self.serials()) - set(before)
        self.close()  # SoftHSM looks for tokens at its start only
        return serial

    def serials(self) -> list[str]:
        """List the serial numbers of the tokens that were made, as the tool of SoftHSM shows them."""
        text = self._util("--show-slots")
        blocks = text.split("Slot ")[1:]
        return [
            line.split(":")[1].strip()
            for block in blocks
            if "Initialized:      yes" in block
            for line in block.splitlines()
            if "Serial number:" in line
        ]

    def put(
        self, serial: str, identity: Holder, label: str = "ky", id_: bytes = b"\x01", *, certificate: bool = True,
        chain: bool = True,
    ) -> None:  # fmt: skip
        """Import a key, and with it its certificates."""
        path = self.folder.parent / "import.p8"
        path.write_bytes(
            identity.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._util(
            "--import", str(path), "--serial", serial, "--label", label, "--id", id_.hex(), "--pin", PIN, "--force"
        )
        path.unlink()
        own = identity.certificate
        certificates = ([own] if certificate else []) + (list(identity.chain) if chain else [])
        library = pkcs11.lib(str(self.module))
        library.reinitialize()
        with library.get_token(token_serial=serial.encode()).open(rw=True, user_pin=PIN) as session:
            for one in certificates:
                mine = one is own
                attributes = decode_x509_certificate(one.public_bytes(serialization.Encoding.DER))
                more = {pkcs11.Attribute.LABEL: label if mine else "ca", pkcs11.Attribute.TOKEN: True}
                attributes.update(more | ({pkcs11.Attribute.ID: id_} if mine else {}))
                session.create_object(attributes)
        library.reinitialize()

    def close(self) -> None:
        """End the module, so that the next test reads its own configuration."""
        module, library = module_for(self.module), pkcs11._loaded.get(str(self.module))
        module.generation += 1
        module._library = None  # the next use initialises it again
        if library is not None and library.initialized:
            library.finalize()

    def pull_out(self) -> None:
        """Take the tokens away."""
        self.folder.rename(self.folder.with_name("away"))

    def put_back(self) -> None:
        """Put them in again."""
        self.folder.with_name("away").rename(self.folder)

    def _util(self, *arguments: str) -> str:
        done = subprocess.run(
            ["softhsm2-util", *arguments], capture_output=True, text=True, timeout=60,
            env={"SOFTHSM2_CONF": str(self.configuration)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


_FUNCTIONS = {
    "C_Initialize": 0,
    "C_GetTokenInfo": 6,
    "C_OpenSession": 12,
    "C_Login": 18,
    "C_SignInit": 42,
    "C_Sign": 43,
}
"""Places in CK_FUNCTION_LIST, PKCS#11 2.40 section 3.4."""
_SIGNATURES = {
    "C_Initialize": (ctypes.c_void_p,),
    "C_GetTokenInfo": (ctypes.c_ulong, ctypes.c_void_p),
    "C_OpenSession": (ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
    "C_Login": (ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong),
    "C_SignInit": (ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong),
    "C_Sign": (ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p),
}
_FLAGS_AT = 32 + 32 + 16 + 16
"""Where the flags stand in CK_TOKEN_INFO."""
CKR_DEVICE_REMOVED, CKR_PIN_LOCKED = 0x32, 0xA4
CKR_MECHANISM_INVALID, CKR_SESSION_COUNT = 0x70, 0xB1
COUNT_LOW, FINAL_TRY, LOCKED, PIN_PAD = 0x10000, 0x20000, 0x40000, 0x100


class Faults:
    """Replaces functions of the module's own list, as a real token with real troubles would answer."""

    def __init__(self, module: Path) -> None:
        library = ctypes.CDLL(str(module))
        self._list = ctypes.c_void_p()
        assert library.C_GetFunctionList(ctypes.byref(self._list)) == 0
        self._kept: dict[str, int] = {}
        self._callbacks: list[Any] = []

    def replace(self, name: str, make: Callable[[Callable[..., int]], Callable[..., int]]) -> None:
        """Put a function in the place of another; `make` gets the real one."""
        slot = self._slot(name)
        kind = ctypes.CFUNCTYPE(ctypes.c_ulong, *_SIGNATURES[name])
        self._kept.setdefault(name, slot.value or 0)
        callback = kind(make(kind(slot.value)))
        self._callbacks.append(callback)  # the module calls it for as long as it stands in the list
        slot.value = ctypes.cast(callback, ctypes.c_void_p).value

    def undo(self) -> None:
        """Put the real functions back."""
        for name, address in self._kept.items():
            self._slot(name).value = address
        self._kept.clear()

    def flags(self, extra: int) -> None:
        """Add flags to what the token says about itself."""

        def make(real: Callable[..., int]) -> Callable[..., int]:
            def info(slot: int, place: int) -> int:
                answer = real(slot, place)
                flags = ctypes.c_ulong.from_address(place + _FLAGS_AT)
                flags.value |= extra
                return answer

            return info

        self.replace("C_GetTokenInfo", make)

    def answer(self, name: str, value: int, *, times: int = 1) -> None:
        """Answer the next calls of a function with an error."""

        def make(real: Callable[..., int]) -> Callable[..., int]:
            left = [times]

            def answer(*arguments: Any) -> int:
                if left[0] > 0:
                    left[0] -= 1
                    return value
                return real(*arguments)

            return answer

        self.replace(name, make)

    def count(self, name: str) -> list[int]:
        """Count the calls of a function; the list grows by one for each."""
        calls: list[int] = []

        def make(real: Callable[..., int]) -> Callable[..., int]:
            def counted(*arguments: Any) -> int:
                calls.append(1)
                return real(*arguments)

            return counted

        self.replace(name, make)
        return calls

    def _slot(self, name: str) -> ctypes.c_void_p:
        first = (self._list.value or 0) + ctypes.sizeof(ctypes.c_void_p)  # CK_VERSION, padded to a pointer
        return ctypes.c_void_p.from_address(first + _FUNCTIONS[name] * ctypes.sizeof(ctypes.c_void_p))
