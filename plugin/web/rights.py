"""Who may see and do what: deny by default, decided in one place (OWASP ASVS 4.0, V4.1)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ..accounts import Account, Duty


class Right(StrEnum):
    """What a page asks of its visitor."""

    OPEN = "open"
    """Anybody inside the agency's network."""
    OPEN_VERIFY = "open-verify"
    """Anybody, when ``[web] verify-without-account`` allows it; otherwise as READ."""
    OPEN_LIST = "open-list"
    """Anybody, when ``[web] list-without-account`` allows it; otherwise as READ."""
    SIGNED_IN = "signed-in"
    READ = "read"
    CLERK = "clerk"
    SIGN = "sign"
    REPORT = "report"
    DECIDE = "decide"
    """What only the head of the agency answers for."""
    ADMIN = "admin"


GRANTS: Mapping[Duty, frozenset[Right]] = MappingProxyType(
    {
        Duty.CLERK: frozenset({Right.READ, Right.CLERK, Right.REPORT}),
        Duty.SIGNER: frozenset({Right.READ, Right.SIGN}),
        Duty.INSPECTOR: frozenset({Right.READ, Right.REPORT}),
        Duty.HEAD: frozenset({Right.READ, Right.REPORT, Right.DECIDE}),
        Duty.ADMIN: frozenset({Right.READ, Right.ADMIN}),
    }
)
"""What each duty may do; an inspector reads and verifies everything and changes nothing."""


def rights_of(holder: Account | None) -> frozenset[Right]:
    """Return every right of a visitor; of one who has not signed in only what is open."""
    if holder is None:
        return frozenset({Right.OPEN})
    granted = {Right.OPEN, Right.OPEN_VERIFY, Right.OPEN_LIST, Right.SIGNED_IN}
    for duty in holder.duties:
        granted |= GRANTS[duty]
    return frozenset(granted)
