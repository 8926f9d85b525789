"""Any change of a chain is found: by the chain itself, and when all hashes were set right again, by heads elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from congkhai.plugin.store.journal import ZERO, Anchor, Head, canonical, entry_hash, verify_rows


@dataclass(frozen=True)
class Entry:
    """A row as the database gives it."""

    seq: int
    prev: str
    body: str
    hash: str


def chained(bodies: Sequence[str]) -> list[Entry]:
    """Make the rows of a chain."""
    rows: list[Entry] = []
    for seq, body in enumerate(bodies):
        previous = rows[-1].hash if rows else ZERO
        rows.append(Entry(seq, previous, body, entry_hash(previous, body)))
    return rows


def head_of(rows: Sequence[Entry]) -> Head:
    """Return the head row that fits."""
    return Head(rows[-1].seq, rows[-1].hash) if rows else Head(-1, ZERO)


def anchors_of(rows: Sequence[Entry], places: Sequence[int]) -> list[Anchor]:
    """Return heads as dossiers and checkpoints print them."""
    return [Anchor(seq, rows[seq].hash, f"dossier {seq}") for seq in places]


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[Entry], list[int]]:
    """Draw a chain of distinct entries and the numbers at which dossiers and checkpoints were made."""
    count = draw(st.integers(3, 24))
    words = draw(st.lists(st.text(max_size=6), min_size=count, max_size=count))
    rows = chained([canonical({"act": "test", "n": n, "word": word}) for n, word in enumerate(words)])
    places = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=4, unique=True))
    return rows, places


@st.composite
def mutations(draw: st.DrawFn, rows: list[Entry], upto: int) -> tuple[list[Entry], str]:
    """Draw a change of the bodies' sequence that touches an entry up to `upto`; the rows still carry old hashes."""
    at = draw(st.integers(0, upto))
    kind = draw(st.sampled_from(["change", "delete", "insert", "swap", "truncate", "repeat"]))
    found = list(rows)
    if kind == "change":
        found[at] = replace(found[at], body=found[at].body + " ")
    elif kind == "delete":
        del found[at]
    elif kind == "insert":
        found.insert(at, replace(found[at], body=canonical({"act": "forged", "n": at})))
    elif kind == "swap":
        other = draw(st.integers(0, len(rows) - 1).filter(lambda one: one != at))
        found[at], found[other] = found[other], found[at]
    elif kind == "truncate":
        found = found[:at]
    else:
        found.insert(at, found[at])
    return found, kind


def numbered(rows: Sequence[Entry]) -> list[Entry]:
    """Number rows anew without touching their hashes, as a clumsy forger does."""
    return [replace(row, seq=seq) for seq, row in enumerate(rows)]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_change_without_new_hashes_is_found_by_the_chain_itself(data: st.DataObject) -> None:
    rows, _places = data.draw(chains())
    stated = head_of(rows)
    found, kind = data.draw(mutations(rows, len(rows) - 1))
    assert not verify_rows("xa", rows, stated).broken
    for forged in (numbered(found), sorted(found, key=lambda row: row.seq)):
        if forged != rows:
            assert verify_rows("xa", forged, stated).broken, kind
            fitting = head_of(forged)
            cut_off = forged == rows[: len(forged)]  # what is left is a chain; only a head from outside tells
            assert bool(verify_rows("xa", forged, fitting).broken) is not cut_off, kind


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_chain_made_anew_is_found_by_any_head_that_was_signed_at_or_after_the_change(data: st.DataObject) -> None:
    rows, places = data.draw(chains())
    anchors = anchors_of(rows, places)
    whole = verify_rows("xa", rows, head_of(rows), anchors)
    assert (whole.broken, whole.proven, whole.anchors) == ((), max(places), len(places))
    found, kind = data.draw(mutations(rows, max(places)))
    forged = chained([row.body for row in found])
    if [row.body for row in forged[: max(places) + 1]] == [row.body for row in rows[: max(places) + 1]]:
        return  # what was exchanged lies behind every head: only a later checkpoint could tell
    assert not verify_rows("xa", forged, head_of(forged)).broken  # nothing inside tells
    assert verify_rows("xa", forged, head_of(forged), anchors).broken, kind


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_change_in_any_column_of_any_row_is_found(data: st.DataObject) -> None:
    rows, _places = data.draw(chains())
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(["prev", "hash", "body", "seq"]))
    row = rows[at]
    digit = data.draw(st.integers(0, 63))
    flipped = lambda text: text[:digit] + ("0" if text[digit] != "0" else "1") + text[digit + 1 :]  # noqa: E731 - once
    changed = {
        "prev": replace(row, prev=flipped(row.prev)), "hash": replace(row, hash=flipped(row.hash)),
        "body": replace(row, body=row.body.replace("test", "best")), "seq": replace(row, seq=row.seq + 100),
    }[column]  # fmt: skip
    forged = [*rows[:at], changed, *rows[at + 1 :]]
    assert verify_rows("xa", forged, head_of(rows)).broken


def test_garbage_in_place_of_a_hash_is_found_and_not_died_of() -> None:
    rows = chained(["a", "b", "c"])
    forged = [rows[0], replace(rows[1], prev="no digest"), rows[2]]
    assert verify_rows("xa", forged, head_of(rows)).broken
