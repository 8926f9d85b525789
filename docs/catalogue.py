"""
The catalogue of English sentences: taken from the code anew, and compiled.

``python docs/catalogue.py`` writes ``plugin/locale/en/LC_MESSAGES/congkhai.po`` with every sentence of the code (those
already translated keep their translation, new ones stay empty, those no longer said are dropped) and the compiled
``congkhai.mo`` beside it; with ``--check`` it writes nothing and ends with 1 when one of the two is stale.
"""

import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PACKAGES = ("plugin", "connectors", "signing", "schedules")
FOLDER = ROOT / "plugin" / "locale" / "en" / "LC_MESSAGES"
PO, MO = FOLDER / "congkhai.po", FOLDER / "congkhai.mo"
_METHODS = [("**.py", "python"), ("**.html", "jinja2")]
_KEYWORDS = {"_": None}
_HEAD = "What congkhai says, in English. Sentences are added by docs/catalogue.py and translated by hand."
PLACE = re.compile(r"\{[^{}]*\}")


def spoken() -> dict[str, set[str]]:
    """Return every sentence of the code with the files that say it, as paths below the root."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for name, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / package), _METHODS, keywords=_KEYWORDS, strip_comment_tags=False
        ):
            if isinstance(message, str) and message:
                found.setdefault(message, set()).add(f"{package}/{name}")
    return found


def translated() -> dict[str, str]:
    """Return what the catalogue holds: each sentence with its translation, empty where there is none."""
    if not PO.exists():
        return {}
    with PO.open("rb") as stream:
        held = read_po(stream, locale="en", domain="congkhai", abort_invalid=True)
    return {str(one.id): str(one.string) for one in held if one.id}


class _Plain(Catalog):
    """A catalogue whose head holds no dates and no versions of tools, so that it is the same each time."""

    mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]  # noqa: RUF012 - Babel's own attribute


def catalogue(sentences: Sequence[str], known: dict[str, str]) -> Catalog:
    """Put a catalogue together, in the order of the sentences."""
    made = _Plain(locale="en", domain="congkhai", header_comment=f"# {_HEAD}", fuzzy=False)
    for sentence in sentences:
        made.add(sentence, known.get(sentence, ""))
    return made


def files(made: Catalog) -> Iterator[tuple[Path, bytes]]:
    """Give both files with what they should hold."""
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, made, width=0)
    yield PO, text.getvalue()
    write_mo(compiled, made)  # leaves out what has no translation
    yield MO, compiled.getvalue()


def faults(known: dict[str, str]) -> list[str]:
    """Return the translations whose places differ from those of their sentence."""
    return [
        message
        for message, said in known.items()
        if said and sorted(PLACE.findall(message)) != sorted(PLACE.findall(said))
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the catalogue, or tell whether it is stale."""
    known = translated()
    made = catalogue(sorted(spoken()), known)
    wrong = faults(known)
    for message in wrong:
        sys.stderr.write(f"places differ: {message}\n")
    stale = [path for path, data in files(made) if not path.exists() or path.read_bytes() != data]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run python docs/catalogue.py\n")
        return 1 if stale or wrong else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, data in files(made):
        path.write_bytes(data)
    left = sum(1 for message in made if message.id and not message.string)
    sys.stdout.write(f"{len(made)} sentences, {left} without translation\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
