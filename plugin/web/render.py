"""Templates: HTML with autoescape always on; what is missing in a template is an error, not an empty place."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from starlette.responses import HTMLResponse, Response

from ..signing_return import level_words
from ..text import LANGUAGES, _, language, retold
from . import history_words, words
from .languages import NAMES
from .visit import Visit

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@cache
def asset(name: str) -> str:
    """Return the address of a file in ``static/``, with a part of its digest so that a new file is fetched anew."""
    file = STATIC / name
    mark = sha256(file.read_bytes()).hexdigest()[:10] if file.exists() else "none"
    return f"/static/{name}?{mark}"


@cache
def environment() -> jinja2.Environment:
    """Return the template environment."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals.update(_=_, asset=asset)
    made.filters.update(
        day=words.day_words, limit=words.limit_words,
        moment=words.moment_words, seconds=words.seconds_words, number=words.number_words,
        size=words.size_words, state=words.state_words, posting_state=words.posting_words, paper=words.paper_words,
        evidence=history_words.evidence_words, break_kind=history_words.break_words, look=history_words.look_words,
        actor=history_words.actor_words, stuck=history_words.stuck_words, retold=retold,
        level=level_words,
    )  # fmt: skip
    return made


def _here(visit: Visit) -> str:
    """Return where a visitor comes back to who changes the language: this page, or the first one after a form."""
    url = visit.request.url
    return (f"{url.path}?{url.query}" if url.query else url.path) if visit.request.method == "GET" else "/"


def page(visit: Visit, template: str, /, status: int = 200, **values: Any) -> Response:
    """
    Return a page.

    Args:
        template: name in ``templates/``.
        values: what the template shows.
    """
    html = environment().get_template(template).render(
        visit=visit, holder=visit.holder, rights=visit.rights, agency=visit.house.configuration.agency,
        path=visit.request.url.path, language=language(), others=[one for one in LANGUAGES if one != language()],
        language_names=NAMES, here=_here(visit), done=visit.query("done"), left=words.left_words(visit.house), **values,
    )  # fmt: skip
    return HTMLResponse(html, status_code=status)
