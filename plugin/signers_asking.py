"""What a signer over a token and one over a remote service have in common: a key that answers, and a holder to ask."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from congkhai.signing import KeyRefusedError

from .interfaces import Context
from .records import CheckResult
from .signer_keys import Ask, in_house_terms
from .signers import SignerSettings


class AskedKey(Protocol):
    """A key of `congkhai.signing` that needs somebody or something to be there."""

    @property
    def algorithm(self) -> str:
        """Name of the signature algorithm."""
        ...

    @property
    def certificate_der(self) -> bytes:
        """The signing certificate."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """Issuers, DER."""
        ...

    def sign(self, octets: bytes) -> bytes:
        """Return the raw value."""
        ...

    def forget_refusal(self) -> None:
        """Let a refused key be tried anew."""
        ...


Key = TypeVar("Key", bound=AskedKey)
Kind = TypeVar("Kind", bound=SignerSettings)


class AskingSigner(ABC, Generic[Key, Kind]):
    """
    A `Signer` that is `Asking`; what its holder types is kept in memory and forgotten when the key refuses it.

    Subclasses load the key, forget what was typed, and say what `check` found.
    """

    def __init__(self, settings: Kind, context: Context) -> None:
        """
        Prepare a signer; nothing outside is touched yet.

        Args:
            settings: its section.
            context: names it, and tells the moment its certificate is judged at.
        """
        self.role = settings.role
        self.person = settings.person
        self.attended = settings.attended
        self._settings = settings
        self._context = context
        self._ask: Ask | None = None

    @property
    def algorithm(self) -> str:
        """Name of the signature algorithm; asks the key. Raises OutsideError, ConfigurationError."""
        return self._key.algorithm

    def certificate(self) -> bytes:
        """Return the signing certificate, DER; needs no PIN. Raises OutsideError, ConfigurationError."""
        return self._key.certificate_der

    def chain(self) -> Sequence[bytes]:
        """Return the issuers that come with the key, DER. Raises OutsideError, ConfigurationError."""
        return self._key.chain

    def sign(self, octets: bytes) -> bytes:
        """
        Sign octets, once the holder has typed or confirmed what is needed; return the raw XML-DSig value.

        Raises:
            OutsideError: the key is not there, or not confirmed in time; may be tried again.
            AccessError: PIN, code or login refused, locked, declined, or its holder has not typed what is asked.
            ConfigurationError: key and certificate do not fit the settings, or the call is refused for another reason.
        """
        with in_house_terms():
            try:
                return self._key.sign(octets)
            except KeyRefusedError:
                self._forget_typed()  # not right, or of no use any more
                raise

    def ask_with(self, ask: Ask) -> None:
        """Learn how to ask the holder; what is missing is asked for when the key wants it."""
        self._ask = ask
        if "_key" in self.__dict__:
            self._key.forget_refusal()

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        """Check settings, key and certificate as far as that needs no person; `live` asks what lies outside."""
        return tuple(self._results(live=live))

    @cached_property
    @abstractmethod
    def _key(self) -> Key: ...

    @abstractmethod
    def _forget_typed(self) -> None: ...

    @abstractmethod
    def _results(self, *, live: bool) -> Iterator[CheckResult]: ...
