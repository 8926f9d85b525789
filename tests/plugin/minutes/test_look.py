"""What an agency decides about the looks of its papers: templates, fonts, pictures, QR code; and what it may not."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.minutes import SHIPPED, Look, minutes_pdf, minutes_xml, pictures_in, report_pdf, report_xml
from congkhai.plugin.minutes import typesetting as typesetting_module

from .papers import conference_minutes, posting_minutes, results_report
from .test_rendition import pages

MADE = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
OWN = '#import "layout.typ": *\n#show: paper\n#attach()\n#head()\nMẫu riêng của cơ quan: #data.subject\n'


def _text(look: Look) -> str:
    content = posting_minutes()
    return " ".join(pages(minutes_pdf(content, minutes_xml(content), MADE, look)))


def _png(color: tuple[int, int, int, int], size: tuple[int, int] = (80, 40)) -> bytes:
    data = io.BytesIO()
    Image.new("RGBA", size, color).save(data, "PNG")
    return data.getvalue()


def test_a_template_of_the_agency_takes_the_place_of_one_kind(tmp_path: Path) -> None:
    (tmp_path / "posting.typ").write_text(OWN, "utf-8")
    look = replace(SHIPPED, templates=tmp_path)
    assert "Mẫu riêng của cơ quan: Niêm yết công khai thông tin" in _text(look)
    content = conference_minutes()
    assert "Mẫu riêng" not in " ".join(pages(minutes_pdf(content, minutes_xml(content), MADE, look)))


def test_a_changed_layout_changes_every_paper(tmp_path: Path) -> None:
    source = Path(typesetting_module.__file__).with_name("layout.typ").read_text("utf-8")
    (tmp_path / "layout.typ").write_text(source.replace("Đây là bản thể hiện", "Bản in của cơ quan"), "utf-8")
    look = replace(SHIPPED, templates=tmp_path)
    report = results_report()
    assert "Bản in của cơ quan" in _text(look)
    assert "Bản in của cơ quan" in " ".join(pages(report_pdf(report, report_xml(report), MADE, look)))


def test_a_template_may_show_a_picture_that_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(_png((0, 100, 0, 255)))
    (tmp_path / "posting.typ").write_text(OWN + '#image("logo.png", width: 20mm, alt: "Biểu trưng")\n', "utf-8")
    assert "Mẫu riêng" in _text(replace(SHIPPED, templates=tmp_path))


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (OWN + "\n#khong-co\n", "posting.typ:7"),
        (OWN + "#let x = (\n", "posting.typ"),
        ('#import "layout.typ": *\n#panic("dừng")\n', "posting.typ:2"),
        (OWN + '#read("/etc/passwd")\n', "posting.typ:6"),
        (OWN + '#read("../secret.txt")\n', "posting.typ:6"),
    ],
)  # fmt: skip
def test_an_error_in_a_template_names_file_and_line_and_nothing_takes_its_place(
    tmp_path: Path, source: str, place: str
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("bí mật", "utf-8")
    (folder / "posting.typ").write_text(source, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        _text(replace(SHIPPED, templates=folder))
    assert caught.value.code == "congkhai-E684"
    assert caught.value.where.startswith(place)
    assert "templates" in caught.value.advice


@pytest.mark.parametrize(
    "line",
    [
        '#import "@preview/cetz:0.2.0"', '#import ("@pre" + "view/cetz:0.2.0")', '#include "\\u{40}preview/x:1.0.0"',
        '#eval("import \\"@preview/x:1.0.0\\"")', '#let run = dictionary(std).at("ev" + "al")', '#plugin("x.wasm")',
        '#import "../layout.typ": *', '#import "data.txt": *', "#import data.subject",
    ],
)  # fmt: skip
def test_a_template_cannot_reach_for_the_network_or_build_code(tmp_path: Path, line: str) -> None:
    (tmp_path / "posting.typ").write_text(f"{OWN}{line}\n", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        _text(replace(SHIPPED, templates=tmp_path))
    assert caught.value.code == "congkhai-E682"
    assert caught.value.where == "posting.typ:6"


def test_a_folder_of_templates_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _text(replace(SHIPPED, templates=tmp_path / "nowhere"))
    assert caught.value.code == "congkhai-E682"


def test_the_shipped_templates_pass_the_rules_for_templates(tmp_path: Path) -> None:
    for one in Path(typesetting_module.__file__).parent.glob("*.typ"):
        (tmp_path / one.name).write_bytes(one.read_bytes())
    assert _text(replace(SHIPPED, templates=tmp_path)) == _text(SHIPPED)


def test_without_a_font_nothing_is_printed_and_the_package_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        _text(replace(SHIPPED, fonts=("Phông Không Có", "Times Old Roman")))
    assert caught.value.code == "congkhai-E681"
    assert "fonts-liberation2" in caught.value.advice


def test_the_first_font_that_is_installed_is_used() -> None:
    content = posting_minutes()
    made = minutes_pdf(content, minutes_xml(content), MADE, replace(SHIPPED, fonts=("Không Có", "Liberation Serif")))
    assert b"LiberationSerif" in made
    assert b"LibertinusSerif" not in made


def _colours(look: Look) -> tuple[list[int], list[int]]:
    """Return the columns (points) in which the last page of the minutes shows blue, and red."""
    content = posting_minutes()
    document = pypdfium2.PdfDocument(minutes_pdf(content, minutes_xml(content), MADE, look))
    try:
        picture = document[len(document) - 1].render(scale=1).to_pil().convert("RGB")
    finally:
        document.close()
    blue, red = set(), set()
    for y in range(picture.height):
        for x in range(picture.width):
            r, g, b = picture.getpixel((x, y))
            if b > 150 and r < 100 and g < 120:
                blue.add(x)
            elif r > 150 and g < 100 and b < 100:
                red.add(x)
    return sorted(blue), sorted(red)


def test_pictures_stand_where_the_decree_wants_them() -> None:
    blue, red = _png((20, 60, 220, 255), (200, 100)), _png((220, 20, 20, 255), (100, 100))
    look = replace(SHIPPED, pictures={"LÊ VĂN  MẪU": blue}, seal=red, seal_width=36)
    seen_blue, seen_red = _colours(look)
    assert abs(seen_red[-1] - seen_red[0] - 102) <= 2  # 36 mm, whatever the picture's own size
    # The seal covers the left third of the signature, which is 20 mm high and so 40 mm (113 points) wide.
    assert abs((seen_blue[-1] - seen_red[-1]) - 113 * 2 / 3) <= 3
    assert _colours(SHIPPED) == ([], [])


def test_pictures_are_found_by_name_and_only_png_counts(tmp_path: Path) -> None:
    (tmp_path / "Lê Văn Mẫu.png").write_bytes(_png((0, 0, 200, 255)))
    (tmp_path / "seal.png").write_bytes(_png((200, 0, 0, 255)))
    assert set(pictures_in(tmp_path)) == {"lê văn mẫu", "seal"}
    (tmp_path / "Trần Văn Ví.png").write_bytes(b"GIF89a")
    with pytest.raises(ConfigurationError) as caught:
        pictures_in(tmp_path)
    assert caught.value.code == "congkhai-E683"
    assert caught.value.where.endswith("Trần Văn Ví.png")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the QR codes say."""
    said: list[str] = []
    draw: Callable[[str], bytes] = typesetting_module._qr

    def spy(text: str) -> bytes:
        said.append(text)
        return draw(text)

    monkeypatch.setattr(typesetting_module, "_qr", spy)
    return said


def test_the_code_leads_to_the_page_or_names_the_paper_and_its_digest(drawn: list[str]) -> None:
    _text(replace(SHIPPED, verify="https://congkhai.example.vn/kiem-tra/d1"))
    _text(SHIPPED)
    assert drawn[0] == "https://congkhai.example.vn/kiem-tra/d1"
    assert drawn[1].startswith("CONGKHAI:BB-2024-0001:")
    assert len(drawn[1].rpartition(":")[2]) == 64
