"""Text of the first pages of a file, for the secrecy gate and for tagging; never kept."""

import io
import logging
import zipfile

import pypdfium2
from lxml import etree

log = logging.getLogger(__name__)

PAGES = 2
LONGEST = 20_000  # characters; a mark or a subject stands near the head
_WORD_TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DOCX_LIMIT = 32 * 1024 * 1024


def first_text(data: bytes, media_type: str) -> str:
    """
    Return the text of the first two pages.

    Args:
        data: the whole file.
        media_type: as decided by magic bytes.

    Returns:
        At most 20 000 characters with line ends kept; empty when the file has no text or cannot be read, since a
        damaged file is for the clerk to see and not a reason to lose the document.
    """
    try:
        if media_type == "application/pdf":
            return _pdf(data)[:LONGEST]
        if media_type.endswith("wordprocessingml.document"):
            return _docx(data)[:LONGEST]
        if media_type.startswith("text/"):
            return data.decode("utf-8", errors="replace")[:LONGEST]
    except Exception as error:  # foreign parsers on foreign bytes: whatever they raise, the paper itself goes on
        log.info("no text on the first pages", extra={"error": type(error).__name__})
    return ""


def _pdf(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        texts = []
        for index in range(min(PAGES, len(document))):
            page = document[index]
            text = page.get_textpage()
            texts.append(text.get_text_bounded())
            text.close()
            page.close()
        return "\n".join(texts).replace("\r\n", "\n")
    finally:
        document.close()


def _docx(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("word/document.xml")
        if info.file_size > _DOCX_LIMIT:
            return ""
        body = archive.read(info)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(body, parser)
    paragraphs = root.iter(f"{_WORD_TEXT}p")
    return "\n".join("".join(run.text or "" for run in paragraph.iter(f"{_WORD_TEXT}t")) for paragraph in paragraphs)
