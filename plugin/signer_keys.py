"""
What signers over tokens and services share: settings, errors in the house's terms, what their holder must type.

A key that only its holder may use is never set to work by what lies on the machine alone: what it needs is typed at the
terminal, held in memory for that one run, and written nowhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol, runtime_checkable

from congkhai.signing.errors import KeyRefusedError, KeyUnreachableError, SigningError
from congkhai.signing.keys import check_certificate

from .clock import Clock
from .errors import AccessError, ConfigurationError, OutsideError
from .interfaces import Signer
from .records import CheckResult
from .text import _

Ask = Callable[[str], str]
"""Shows a label to the holder of a key and returns what they typed, which nobody else sees."""


@runtime_checkable
class Asking(Protocol):
    """A signer whose holder may have to type something at the moment of signing."""

    def ask_with(self, ask: Ask) -> None:
        """
        Learn how to ask the holder, who is at the desk now; without it nothing is asked and nothing typed is used.

        What is typed stays in memory, for this run at most; one-time codes serve one signature.
        """
        ...


@runtime_checkable
class Confirmed(Protocol):
    """
    A signer whose holder confirms each signature on a device of their own, so that asking and fetching come apart.

    Attributes:
        patience: how long the holder is waited for.
        poll: how long to wait between two looks.
    """

    @property
    def patience(self) -> timedelta: ...

    @property
    def poll(self) -> timedelta: ...

    def ask_holder(self, octets: bytes) -> str:
        """
        Send the holder a signature to confirm; never waits. Returns a ticket that may be kept and shows nothing secret.

        MUST refuse (AccessError) when anything would have to be typed here, or nobody confirms apart.
        """
        ...

    def collect(self, octets: bytes, ticket: str) -> tuple[str, bytes | None]:
        """Look once: the ticket for the next look, and the raw value once it is there. Raises as `Signer.sign`."""
        ...


@contextmanager
def in_house_terms() -> Iterator[None]:
    """
    Turn the errors of keys into the house's.

    Not there now: OutsideError, tried again. Refused: AccessError, which stops work until a person has looked, so that
    no PIN is ever tried in a loop. Anything else: ConfigurationError.
    """
    try:
        yield
    except KeyUnreachableError as error:
        raise OutsideError(error.what, error.where, error.advice, error.code) from error
    except KeyRefusedError as error:
        raise AccessError(error.what, error.where, error.advice, error.code) from error
    except SigningError as error:
        raise ConfigurationError(error.what, error.where, error.advice, error.code) from error


def certificate_result(check: str, signer: Signer, clock: Clock) -> CheckResult:
    """Judge a signer's certificate at legal time for ``congkhai check``."""
    try:
        facts = check_certificate(signer.certificate(), clock.now(), algorithm=signer.algorithm)
    except SigningError as error:
        return CheckResult(check, "fail", str(error), error.advice)
    what = _("Chứng thư của {subject}, còn {days} ngày.").format(subject=facts.subject, days=facts.days_left)
    if facts.warnings:
        return CheckResult(check, "warn", " ".join([what, *facts.warnings]), _("Chuẩn bị chứng thư thay thế."))
    return CheckResult(check, "ok", what)


def typed_by_holder(check: str) -> CheckResult:
    """Return the warning about an attended key whose PIN lies on the machine."""
    return CheckResult(
        check, "warn", _("PIN của khóa có người giữ đang nằm trên máy; pháp luật yêu cầu chính người giữ khóa nhập."),
        _("Bỏ pin khỏi mục này để congkhai sign hỏi người giữ khóa."),
    )  # fmt: skip
