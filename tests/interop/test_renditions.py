"""Papers before foreign eyes: veraPDF on every rendition, xmllint on every XML, pdftotext on every word."""

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageDraw

from congkhai.plugin import minutes as package
from congkhai.plugin.minutes import (
    FeedbackSummary,
    Look,
    MinutesContent,
    Person,
    Role,
    decision_xml,
    dossier_index,
    minutes_pdf,
    minutes_xml,
    report_pdf,
    report_xml,
)
from congkhai.plugin.minutes.view import minutes_view, report_view
from congkhai.plugin.minutes.write import completed
from tests.plugin.minutes import papers

from .oracles import pdftotext, verapdf, xmllint

MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
SCHEMAS = Path(package.__file__).parent
TOP, HEIGHT = 56, 715  # points: the page between page number and footer


def _png(draw: Callable[[ImageDraw.ImageDraw], None]) -> bytes:
    picture, data = Image.new("RGBA", (400, 400), (0, 0, 0, 0)), io.BytesIO()
    draw(ImageDraw.Draw(picture))
    picture.save(data, "PNG")
    return data.getvalue()


LOOK = Look(
    verify="https://congkhai.mauson.example.vn/kiem-tra/d0123456789abcdef",
    pictures={"Lê Văn Mẫu": _png(lambda d: d.line([(10, 300), (150, 80), (390, 250)], fill=(20, 60, 200), width=12))},
    seal=_png(lambda d: d.ellipse((10, 10, 390, 390), outline=(220, 20, 30, 220), width=14)),
)  # fmt: skip


def _contents() -> dict[str, MinutesContent]:
    """Minutes of every kind, and those that strain the page."""
    usual = papers.posting_minutes()
    long = " ".join(["Nguyễn Thị Thanh Huyền"] * 9)[:200]
    return {
        **papers.every_minutes(),
        "names of 200 characters": replace(
            usual,
            agency=replace(usual.agency, name=long, superior=long),
            participants=(Person(long, long),),
            roles=tuple(Role(f"r{place}", (long,), long) for place in range(3)),
        ),
        "500 participants": replace(
            papers.conference_minutes(),
            participants=tuple(Person(f"Đặng Hữu Nghĩa {place}", "đại biểu hộ") for place in range(1, 501)),
        ),
        "no comments": replace(papers.closing_minutes(), feedback=FeedbackSummary(0)),
        "strange letters": replace(usual, place="Hội trường \U0001f600 \U00010000 中 ع"),
        "seven signers": replace(
            usual, roles=tuple(Role(f"r{place}", ("ỦY VIÊN",), f"Phạm Văn Ký {place}") for place in range(7))
        ),
    }


@pytest.fixture(scope="module")
def renditions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every rendition as a file; those of every kind also with pictures."""
    folder = tmp_path_factory.mktemp("renditions")
    made = {}
    for name, content in _contents().items():
        made[name] = minutes_pdf(content, minutes_xml(content), MADE)
    for name, content in papers.every_minutes().items():
        made[f"{name}, pictures"] = minutes_pdf(content, minutes_xml(content), MADE, LOOK)
    report = papers.results_report()
    made["report"] = report_pdf(report, report_xml(report), MADE)
    for name, data in made.items():
        (folder / f"{name}.pdf").write_bytes(data)
    return {name: folder / f"{name}.pdf" for name in made}


def test_verapdf_finds_every_rendition_conformant_to_the_highest_level(renditions: dict[str, Path]) -> None:
    found = verapdf(renditions.values(), "3a")
    assert found == dict.fromkeys(renditions.values(), ())


def test_verapdf_sees_a_broken_rendition(renditions: dict[str, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(renditions["posting"]) as pdf:
        del pdf.Root.OutputIntents
        for page in pdf.pages:
            for font in page.Resources.Font.values():
                descriptor: Any = font.DescendantFonts[0].FontDescriptor
                if "/FontFile2" in descriptor:  # pages share their fonts
                    del descriptor["/FontFile2"]
        pdf.save(broken)
    rules = " ".join(verapdf([broken], "3a")[broken])
    assert "font" in rules.lower()


def test_the_attached_xml_is_the_source_of_the_rendition(renditions: dict[str, Path]) -> None:
    for name, path in renditions.items():
        with pikepdf.open(path) as pdf:
            [attached] = pdf.attachments.values()
            assert attached.relationship == pikepdf.Name.Source, name
            assert attached.get_file().mime_type == "application/xml", name


def _words(block: Any) -> Iterator[str]:
    """Yield what a block of a view prints, each text by itself."""
    if isinstance(block, dict):
        kind = block.get("kind")
        if kind == "pair":
            yield block["label"] + block["text"]
        elif kind == "person":
            yield f"{block['text']} – {block['title']}" if block["title"] else block["text"]
        elif kind == "table":
            for row in block["rows"]:
                yield from row  # poppler reads a table by columns
        elif kind == "files":
            for row in block["rows"]:
                yield from (row["name"], row["media_type"], row["sha256"])
        elif kind is not None and kind != "strip":
            yield block["text"]
        elif kind is None:
            yield block["title"]
            for inner in block["blocks"]:
                yield from _words(inner)


@pytest.mark.parametrize(
    "name", ["posting", "closing", "conference", "ballot", "declarations", "500 participants", "report"]
)
def test_pdftotext_gives_back_every_word_composed(renditions: dict[str, Path], name: str) -> None:
    view = report_view(papers.results_report()) if name == "report" else minutes_view(completed(_contents()[name]))
    raw = pdftotext(renditions[name], top=TOP, height=HEIGHT)
    assert raw == unicodedata.normalize("NFC", raw)
    text = re.sub(r"\s+", " ", raw)
    wanted = [view["type"], view["subject"], *view["bases"], view["end"], *view["recipients"]]
    for block in (*view["lines"], *view["sections"]):
        wanted += _words(block)
    wanted += [line for row in view["rows"] for cell in row for line in (*cell["capacity"], cell["person"])]
    missing = [words for words in wanted if words and re.sub(r"\s+", " ", words).strip() not in text]
    assert not missing
    for line in (
        *view["agency"],
        *view["superior"],
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ):
        assert line in text


def test_footers_name_paper_and_journal_on_every_page(renditions: dict[str, Path]) -> None:
    footers = pdftotext(renditions["500 participants"], top=TOP + HEIGHT, height=842 - TOP - HEIGHT)
    with pikepdf.open(renditions["500 participants"]) as pdf:
        pages = len(pdf.pages)
    assert pages > 10
    assert footers.count("Mã biên bản: bb-2024-0003") == pages
    assert footers.count("Nhật ký: mục 128, 9f86d081884c…") == pages


def test_xmllint_finds_every_file_valid(tmp_path: Path) -> None:
    files = {name: (minutes_xml(content), "minutes.xsd") for name, content in _contents().items()}
    signature = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="s"><ds:SignedInfo/></ds:Signature>'
    files["signed"] = (files["posting"][0].replace(b"</Minutes>", signature + b"</Minutes>"), "minutes.xsd")
    files["report"] = (report_xml(papers.results_report()), "report.xsd")
    files["decision"] = (decision_xml(papers.closing_decision()), "decision.xsd")
    files["index"] = (dossier_index(papers.index_of_dossier()), "dossier.xsd")
    for name, (xml, schema) in files.items():
        file = tmp_path / f"{name}.xml"
        file.write_bytes(xml)
        done = xmllint(file, SCHEMAS / schema)
        assert done.returncode == 0, f"{name}: {done.stderr}"
    bad = tmp_path / "bad.xml"
    bad.write_bytes(files["posting"][0].replace(b'kind="posting"', b'kind="other"'))
    assert xmllint(bad, SCHEMAS / "minutes.xsd").returncode != 0
