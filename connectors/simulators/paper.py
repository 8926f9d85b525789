"""
Bytes of simulated attachments: the same name and text always give the same bytes.

A ``.pdf`` is a small valid PDF that shows the text without Vietnamese marks (the built-in Helvetica has none) and
carries the true text as ``ActualText``, so that text extraction reads what a real paper would give.
"""

import io
import textwrap
import unicodedata
import zipfile
from xml.sax.saxutils import escape

_LINES_PER_PAGE = 46
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest date a ZIP can hold: members never carry the machine's time


def attachment_bytes(name: str, text: str) -> bytes:
    """
    Make the bytes of one attachment.

    Args:
        name: file name; its extension decides the format (``.pdf``, ``.docx``, anything else plain UTF-8 text).
        text: what the paper says; line ends are kept.
    """
    extension = name.rpartition(".")[2].lower()
    if extension == "pdf":
        return pdf_from_text(text)
    if extension == "docx":
        return docx_from_text(text)
    return text.encode("utf-8")


def fold(text: str) -> str:
    """Return the text in ASCII: Vietnamese marks dropped, đ as d, anything else that does not fit as ``?``."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(character for character in plain if not unicodedata.combining(character))
    return kept.encode("ascii", "replace").decode("ascii")


def pdf_from_text(text: str) -> bytes:
    """Make a PDF 1.7 with the text, 46 lines of at most 90 characters on a page; always at least one page."""
    lines: list[str] = []
    for line in unicodedata.normalize("NFC", text).splitlines():
        lines.extend(textwrap.wrap(line, 90) or [""])
    pages = [lines[start : start + _LINES_PER_PAGE] for start in range(0, len(lines), _LINES_PER_PAGE)] or [[]]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in enumerate(pages):
        content = _page_content(page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return out.getvalue()


def _page_content(lines: list[str]) -> bytes:
    parts = [b"BT /F1 11 Tf 57 785 Td 15 TL"]
    for line in lines:
        shown = fold(line).replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("ascii")
        if line:
            actual = (b"\xfe\xff" + line.encode("utf-16-be")).hex().encode("ascii")
            parts.append(b"/Span << /ActualText <%s> >> BDC (%s) Tj EMC" % (actual, shown))
        parts.append(b"T*")
    parts.append(b"ET")
    return b"\n".join(parts)


def docx_from_text(text: str) -> bytes:
    """Make the smallest Word file that holds the text, one paragraph a line."""
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in text.splitlines()
    )
    office = "http://schemas.openxmlformats.org"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" Type='
        f'"{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>{paragraphs}'
        "</w:body></w:document>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            info = zipfile.ZipInfo(name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + body)
    return out.getvalue()
