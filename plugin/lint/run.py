"""Ask every check about a subject; what one of them breaks is said and stops no other."""

import logging
from collections.abc import Iterable, Iterator

from ..interfaces import Check
from ..records import Finding, Severity
from ..text import _

_log = logging.getLogger(__name__)
BROKEN = "K01"
"""Id of the finding that says a check itself failed."""
_RANK = {Severity.ERROR: 0, Severity.WARN: 1, Severity.INFO: 2}


def look(subject: object, checks: Iterable[Check]) -> Iterator[Finding]:
    """
    Yield every finding of every check on a subject, in the order of the checks.

    Args:
        subject: a `PaperSet` or `DossierCase`; a check passes over what it does not know.
        checks: as registered.
    """
    for check in checks:
        try:
            findings = tuple(check.look(subject))
        except Exception as error:  # a plugin boundary: said to the reader, and the other checks go on
            _log.exception("a check failed", extra={"check": check.id})
            yield Finding(
                BROKEN, Severity.WARN, check.id,
                _("Phép kiểm tra {id} gặp lỗi ({error}) nên chưa xem phần này.").format(
                    id=check.id, error=type(error).__name__
                ),
                _("Báo cho bộ phận kỹ thuật; tự xem phần này: {title}.").format(title=check.title),
            )  # fmt: skip
        else:
            yield from findings


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with errors first, then warnings, then notes; within each, in the order given."""
    return sorted(findings, key=lambda finding: _RANK[finding.severity])
