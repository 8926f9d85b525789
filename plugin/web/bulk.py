"""Acts on several rows at once: each on its own, and each failure named with what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.responses import Response

from ..errors import CongkhaiError
from .render import page
from .visit import Visit, redirect


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be done to one of the chosen rows, and what to do."""

    subject: str
    title: str
    what: str
    advice: str


def each(chosen: Iterable[str], act: Callable[[str], object], title: Callable[[str], str]) -> tuple[int, list[Failure]]:
    """
    Do an act to every chosen row; one that fails keeps nobody else from being done.

    Args:
        title: names a row for people.

    Returns:
        How many were done, and the failures in the order of the rows.
    """
    done, failures = 0, []
    for one in dict.fromkeys(chosen):
        try:
            act(one)
        except CongkhaiError as error:
            failures.append(Failure(one, title(one), error.what, error.advice))
        else:
            done += 1
    return done, failures


def outcome(visit: Visit, done: int, failures: list[Failure], back: str, notice: str) -> Response:
    """Go back to the list when all went well; otherwise say how many were done and name each that was not."""
    if not failures:
        return redirect(back, done=notice)
    return page(visit, "bulk.html", 409, count=done, failures=failures, back=back)
