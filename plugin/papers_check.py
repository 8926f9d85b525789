"""Whether this machine can print papers as the agency wants them: font, templates, pictures of signatures."""

from collections.abc import Iterator

from .config.load import Configuration
from .errors import CongkhaiError
from .minutes import Look, pictures_in
from .minutes.look import require_fonts, templates_of
from .records import CheckResult
from .text import _


def papers_results(configuration: Configuration) -> Iterator[CheckResult]:
    """
    Try what `minutes_pdf` will need, without printing anything.

    Yields:
        One ``papers`` result: ok, or why papers cannot be printed.
    """
    dossier = configuration.dossier
    look = Look(fonts=dossier.fonts, templates=dossier.templates)
    try:
        require_fonts(look.fonts)
        templates = templates_of(look)
        pictures = pictures_in(dossier.pictures) if dossier.pictures else {}
    except CongkhaiError as error:
        yield CheckResult(
            "papers", "fail", f"{error.what} ({error.where})" if error.where else error.what, error.advice
        )
        return
    told = _("Trình bày văn bản: phông {fonts}; {templates} mẫu; {pictures} ảnh chữ ký, con dấu.")
    told = told.format(fonts=look.fonts[0], templates=len(templates), pictures=len(pictures))
    yield CheckResult("papers", "ok", told)
