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
    ├── ChangedError              a signature is not what its pinned certificate made
    ├── RecheckError              the second verifier does not agree: do not file
    ├── TokenError                a timestamp token that is broken or says something else
    ├── TimestampError            no timestamp service gave a usable token: try again later
    ├── RevocationError           revocation data cannot be had: try again later
    ├── TryLaterError             the next level must wait for data that do not exist yet
    └── LevelError                a signature cannot be raised to the level that was asked for
"""

from dataclasses import dataclass
from datetime import datetime


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
    """The token or signing service is not there now: pulled out, no answer, not confirmed. May be tried again."""

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
class ChangedError(SigningError):
    """A signature does not hold with the certificates that the caller pinned: changed, another's, weak, or partial."""

    code: str = "congkhai-S520"


@dataclass(eq=False)
class RecheckError(SigningError):
    """The second verifier refuses what we produced: it must not be filed."""

    code: str = "congkhai-S500"


@dataclass(eq=False)
class TokenError(SigningError):
    """A timestamp token that is broken, forged, weak, or over something else than it should be."""

    code: str = "congkhai-S700"


@dataclass(eq=False)
class TimestampError(SigningError):
    """
    No timestamp service gave a usable token; asking again later does no harm.

    Attributes:
        failures: service and reason, in the order in which they were asked.
    """

    code: str = "congkhai-S710"
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class RevocationError(SigningError):
    """
    Revocation data cannot be had: no address in the certificate, or nobody answers usefully.

    Attributes:
        next_update: when newer data are announced, where the data that are there are only too old; None otherwise.
    """

    code: str = "congkhai-S720"
    next_update: datetime | None = None


@dataclass(eq=False)
class TryLaterError(SigningError):
    """
    The long-term level must wait: revocation data that were issued after the timestamp do not exist yet.

    Attributes:
        not_before: when the next data are announced; None when nobody says.
    """

    code: str = "congkhai-S730"
    not_before: datetime | None = None


@dataclass(eq=False)
class LevelError(SigningError):
    """A signature cannot be raised: it does not verify, its certificate is revoked, or the file cannot be changed."""

    code: str = "congkhai-S740"
