"""
Errors of signing, each of which says what is wrong, where, and what to do.

::

    SigningError
    ├── KeyLoadError              a key or certificate file cannot be used
    ├── CertificateNotUsableError the certificate must not sign at this moment
    ├── KeyUnreachableError       the token or service is not there now: may be tried again
    ├── KeyRefusedError           the token or service refused us: trying again by itself could lock the key
    ├── PrepareError              what was asked to be signed cannot be signed
    ├── CompleteError             a signature value does not belong to what was prepared
    ├── FormatError               XML that is not accepted
    ├── ContainerError            a container that is not read or written
    ├── TrustError                the trust folder cannot be read
    ├── UnreadableError           a path cannot be read, or holds nothing that can carry a signature
    └── RecheckError              the second verifier does not agree: do not file
"""

from dataclasses import dataclass


@dataclass(eq=False)
class SigningError(Exception):
    """
    Base of every error of this package.

    Attributes:
        what: one sentence in the reader's language.
        where: file, member, signature or element; empty when there is no place.
        advice: what to do next, in the reader's language.
        code: stable, documented, searchable; ``congkhai-S`` and three digits.
        exit_code: process exit code when the error ends a program.
    """

    what: str
    where: str = ""
    advice: str = ""
    code: str = "congkhai-S000"
    exit_code: int = 1

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}"

    def explain(self) -> str:
        """Return the whole error as people read it: place and sentence, code, advice."""
        lines = [f"{self} ({self.code})"]
        if self.advice:
            lines.append(self.advice)
        return "\n".join(lines)


@dataclass(eq=False)
class KeyLoadError(SigningError):
    """A key or certificate file cannot be used: wrong password, damaged, or the two do not match."""

    code: str = "congkhai-S110"
    exit_code: int = 78


@dataclass(eq=False)
class CertificateNotUsableError(SigningError):
    """The certificate must not sign now: expired, not yet valid, wrong key usage, weak key or algorithm."""

    code: str = "congkhai-S120"


@dataclass(eq=False)
class KeyUnreachableError(SigningError):
    """The token or signing service is not there now: pulled out, no answer, not confirmed in time. May be tried again."""

    code: str = "congkhai-S131"


@dataclass(eq=False)
class KeyRefusedError(SigningError):
    """The token or signing service refused us: PIN, login, its holder. Trying again by itself could lock the key."""

    code: str = "congkhai-S132"


@dataclass(eq=False)
class PrepareError(SigningError):
    """What was asked to be signed cannot be signed: no body, unusable names, wrong algorithm for the key."""

    code: str = "congkhai-S200"
    exit_code: int = 2


@dataclass(eq=False)
class CompleteError(SigningError):
    """A signature value does not belong to what was prepared, or the content has changed since."""

    code: str = "congkhai-S210"


@dataclass(eq=False)
class FormatError(SigningError):
    """XML that is not accepted: broken, DOCTYPE, duplicate ids, too large, forbidden structure."""

    code: str = "congkhai-S300"


@dataclass(eq=False)
class ContainerError(SigningError):
    """A container that is not read or written: broken zip, hostile names, limits, content that is not as declared."""

    code: str = "congkhai-S310"


@dataclass(eq=False)
class TrustError(SigningError):
    """The trust folder cannot be read, or a file in it is not what its name says."""

    code: str = "congkhai-S400"
    exit_code: int = 2


@dataclass(eq=False)
class UnreadableError(SigningError):
    """A path cannot be read, or is of a kind that carries no signature."""

    code: str = "congkhai-S410"
    exit_code: int = 2


@dataclass(eq=False)
class RecheckError(SigningError):
    """The second verifier refuses what we produced: it must not be filed."""

    code: str = "congkhai-S500"
