"""What a correction means for other papers that wait: those alike, which a clerk may settle in the same way."""

from ..house import House
from ..records import Document
from .clerk import Row, waiting
from .corrections import Correction, corrections, document_facts
from .likeness import ENOUGH, likeness_of


def correction_on(house: House, document: str) -> Correction | None:
    """Return the newest correction that was made on a paper and still holds, or None."""
    with house.store.read() as connection:
        held = [one for one in corrections(connection, house.agency) if one.document == document]
    return held[-1] if held else None


def alike_waiting(house: House, document: Document) -> list[tuple[Row, float]]:
    """
    Return the papers that wait for a clerk and are like this one, the most alike first.

    Papers that come in later are proposed by the correction itself; these came before it and are never changed
    without a person's word.

    Returns:
        Each with how alike it is, `likeness.ENOUGH` to 1.0.
    """
    kind = house.regulation.agency_kind
    own = likeness_of(document_facts(document, kind))
    found = []
    for row in waiting(house):
        if row.document.id != document.id:
            share = likeness_of(document_facts(row.document, kind)).to(own)
            if share >= ENOUGH:
                found.append((row, share))
    return sorted(found, key=lambda one: -one[1])
