"""
Text of a paper's first page: from the PDF or DOCX itself, or by OCR (Tesseract, when it is installed).

Nothing touches the disk: the page goes to Tesseract through its standard input and comes back through its standard
output, because what is read here has not passed the secrecy gate yet. Tesseract runs as a process of its own with a
time limit; a picture that breaks it breaks nothing else.
"""

import io
import shutil
import subprocess  # nosec B404
import unicodedata
import zipfile
from dataclasses import dataclass, field

import pypdfium2
from lxml import etree

from congkhai.plugin.platform import run_limited

from .folder_settings import FolderSettings

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RUNS = {f"{_WORD}t": "", f"{_WORD}br": "\n", f"{_WORD}tab": " "}
"""Elements of a paragraph that make text, and what they stand for; a run of text stands for itself."""
_DOCX_LIMIT = 32 * 1024 * 1024
_LONGEST = 20_000
_ENOUGH = 40
"""Characters from which on a PDF counts as one with text; scans sometimes carry a stamp's few letters."""
_DPI = 300
_PIXELS = 5000
"""Longest side of a page as it is drawn for OCR."""
_OCR_MEMORY = 2 * 1024**3
"""Bytes that Tesseract may take for one page; a page of the largest size needs a quarter of it."""
_LEVEL_WORD = "5"


@dataclass(frozen=True, slots=True)
class PageText:
    """
    What a first page says.

    Attributes:
        text: lines in NFC; empty when nothing could be read.
        how: ``text`` (from the file itself), ``ocr``, or ``none``.
        confidence: 0.0 to 1.0, of the reading alone.
        problem: empty, or a code why nothing was read: ``unreadable``, ``no-ocr``, ``ocr-failed``, ``no-text``.
    """

    text: str = field(default="", repr=False)
    how: str = "none"
    confidence: float = 0.0
    problem: str = ""


def first_page(data: bytes, media_type: str, settings: FolderSettings) -> PageText:
    """Read the first page of a paper; what cannot be read is told in `problem`, never raised."""
    try:
        if media_type == "application/pdf":
            return _pdf(data, settings)
        if media_type.endswith("wordprocessingml.document"):
            text = _docx(data)
            return PageText(text, "text", 1.0) if text.strip() else PageText(problem="no-text")
        if media_type.startswith("image/"):
            return _ocr(data, settings)
    except Exception:  # foreign parsers on foreign bytes raise anything; each means that the file cannot be read
        return PageText(problem="unreadable")
    return PageText(problem="unreadable")


def program(settings: FolderSettings) -> str | None:
    """Return where Tesseract is, or None when OCR is off or it is not installed."""
    return None if settings.ocr == "off" else shutil.which(settings.ocr_program)


def languages(tesseract: str) -> tuple[str, ...]:
    """Return the languages Tesseract can read here; none when it does not answer."""
    try:
        # A program that the ini names, with fixed arguments.
        said = subprocess.run(  # noqa: S603  # nosec B603
            [tesseract, "--list-langs"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(said.stdout.decode("utf-8", "replace").split("\n")[1:])


def _pdf(data: bytes, settings: FolderSettings) -> PageText:
    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) == 0:
            return PageText(problem="unreadable")
        page = document[0]
        textpage = page.get_textpage()
        text = unicodedata.normalize("NFC", textpage.get_text_bounded()).replace("\r\n", "\n")[:_LONGEST]
        textpage.close()
        if len(text.strip()) >= _ENOUGH:
            return PageText(text, "text", 1.0)
        if program(settings) is None:
            return PageText(problem="no-ocr")
        width, height = page.get_size()
        scale = min(_DPI / 72, _PIXELS / max(width, height, 1.0))
        bitmap = page.render(scale=scale, grayscale=True)
        rows = bytes(bitmap.buffer)
        lines = (rows[start : start + bitmap.width] for start in range(0, bitmap.stride * bitmap.height, bitmap.stride))
        picture = b"P5\n%d %d\n255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
        page.close()
    finally:
        document.close()
    return _ocr(picture, settings)


def _docx(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("word/document.xml")
        if info.file_size > _DOCX_LIMIT:
            return ""
        body = archive.read(info)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    lines = list[str]()
    for paragraph in etree.fromstring(body, parser).iter(f"{_WORD}p"):
        runs = paragraph.iter(*_RUNS)
        lines.append("".join(_RUNS[str(run.tag)] or run.text or "" for run in runs))
        if sum(map(len, lines)) > _LONGEST:
            break
    return unicodedata.normalize("NFC", "\n".join(lines))[:_LONGEST]


def _ocr(picture: bytes, settings: FolderSettings) -> PageText:
    tesseract = program(settings)
    if tesseract is None:
        return PageText(problem="no-ocr")
    try:
        # A program that the ini names, started apart so that it dies alone; the picture is its input, no argument.
        said = run_limited(
            [tesseract, "stdin", "stdout", "-l", settings.ocr_languages, "tsv"], picture, memory=_OCR_MEMORY,
            seconds=settings.ocr_timeout.total_seconds(), environment={"OMP_THREAD_LIMIT": "1"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return PageText(problem="ocr-failed")
    if said.returncode != 0:
        return PageText(problem="ocr-failed")
    return _from_tsv(said.stdout.decode("utf-8", "replace"))


def _from_tsv(table: str) -> PageText:
    """Put Tesseract's words back into lines; its confidence is the mean over the words."""
    lines: dict[tuple[str, ...], list[str]] = {}
    seen = list[float]()
    block = ""
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != _LEVEL_WORD or not cells[11].strip():
            continue
        if block and cells[2:4] != block.split("."):
            lines[(*cells[2:4], "")] = []  # an empty line between paragraphs, as people see it
        block = ".".join(cells[2:4])
        lines.setdefault((*cells[2:4], cells[4]), []).append(cells[11].strip())
        seen.append(max(0.0, float(cells[10])) / 100)
    text = unicodedata.normalize("NFC", "\n".join(" ".join(words) for words in lines.values()))[:_LONGEST]
    if not text.strip():
        return PageText(problem="no-text")
    return PageText(text, "ocr", round(sum(seen) / len(seen), 2))
