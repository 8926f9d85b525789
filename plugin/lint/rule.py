"""One check as a record: what it is called, how grave it is, where the law says so, and the function that looks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..records import Finding, Severity
from .case import DossierCase
from .records import PaperSet, Place


@dataclass(frozen=True, slots=True)
class Remark:
    """
    What a check has to say about one place.

    Attributes:
        where: place in a paper, or the name of a part, member or channel of a dossier.
        severity: None for the check's own.
    """

    where: Place | str
    message: str
    advice: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A check as the registry holds it (see `congkhai.plugin.interfaces.Check`).

    Attributes:
        id: ``A01`` …; stable, documented.
        severity: the gravest that it gives.
        title: what it looks at, one line in Vietnamese.
        source: clause of the law or decree, or the section of docs that explains the reading.
        papers: looks at papers by their text; None when it looks at dossiers only.
        dossier: looks at one of our dossiers by its records; None when it looks at papers only.
    """

    id: str
    severity: Severity
    title: str
    source: str
    papers: Callable[[PaperSet], Iterable[Remark]] | None = None
    dossier: Callable[[DossierCase], Iterable[Remark]] | None = None

    def look(self, subject: object) -> Iterator[Finding]:
        """Return what there is to say on a subject; nothing on one that the check does not know."""
        remarks: Iterable[Remark] = ()
        if isinstance(subject, PaperSet) and self.papers is not None:
            remarks = self.papers(subject)
        elif isinstance(subject, DossierCase) and self.dossier is not None:
            remarks = self.dossier(subject)
        for remark in remarks:
            severity = remark.severity or self.severity
            yield Finding(self.id, severity, str(remark.where), remark.message, remark.advice)
