"""The notice board's sheet: printable, with Vietnamese marks, and a QR code that a phone can read."""

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from congkhai.connectors.board import BoardSettings, NoticeBoard
from congkhai.connectors.board_sheet import qr_text
from congkhai.plugin.errors import NotAllowedError
from congkhai.plugin.interfaces import Evidenced, Printable, feedback_code
from congkhai.plugin.records import Notice

from .bench import TITLE, Bench


def board(bench: Bench, **settings: str) -> NoticeBoard:
    return NoticeBoard(BoardSettings.model_validate({"place": "Bản tin trụ sở", **settings}), bench.context)


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


@pytest.mark.parametrize(("paper", "millimetres"), [("a4", (210, 297)), ("a3", (297, 420))])
def test_a_sheet_is_one_page_of_its_size_with_every_word(
    bench: Bench, paper: str, millimetres: tuple[int, int]
) -> None:
    pdf = board(bench, **{"paper": paper, "agency-name": "UBND xã Mẫu Sơn"}).sheet(bench.notice())
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == millimetres
    text = _text(pdf)
    for words in (TITLE, "UBND XÃ MẪU SƠN", "20 ngày liên tục", "15/KH-UBND", feedback_code("c0123456789abcde")):
        assert words in text, words


def test_the_qr_code_on_the_sheet_is_read_back(bench: Bench) -> None:
    address = "https://congkhai.mauson.example.vn/cong-khai/{disclosure}/"
    pdf = board(bench, **{"page-url": address}).sheet(bench.notice())
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=3).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == "https://congkhai.mauson.example.vn/cong-khai/c0123456789abcde/"


def test_without_a_page_the_qr_code_carries_the_digest(bench: Bench) -> None:
    assert qr_text(bench.notice(), "") == f"congkhai:c0123456789abcde:{bench.pdf.sha256}"


def test_equal_notices_give_equal_sheets(bench: Bench) -> None:
    assert board(bench).sheet(bench.notice()) == board(bench).sheet(bench.notice())


def test_text_of_a_paper_is_never_source_of_the_layout_and_strange_letters_are_named(bench: Bench) -> None:
    notice = Notice("k", "c1", '#panic("x") $a$ [b] @c 😀', '#read("/etc/passwd")', ())
    text = _text(board(bench).sheet(notice))
    assert '#panic("x") $a$ [b] @c' in text
    assert '#read("/etc/passwd")' in text


def test_a_board_asks_for_a_photo_and_leaves_every_act_to_a_person(bench: Bench) -> None:
    channel = board(bench)
    assert isinstance(channel, Printable)
    assert isinstance(channel, Evidenced)
    assert next((field.key, field.kind, field.required) for field in channel.evidence) == ("photo", "file", True)
    for act in (lambda: channel.publish(bench.notice()), lambda: channel.withdraw("k")):
        with pytest.raises(NotAllowedError):
            act()
    assert channel.find("k") is None
    assert channel.probe("k").visible is None
    assert "ảnh" in channel.instructions("k")
    assert [one.result for one in channel.check(live=True)] == ["ok", "ok"]


@pytest.mark.parametrize("address", ["ftp://x/{disclosure}", "https://x/khong-co-ma"])
def test_a_page_that_could_not_be_opened_is_refused(bench: Bench, address: str) -> None:
    with pytest.raises(ValueError, match="disclosure"):
        board(bench, **{"page-url": address})


def test_the_sheet_can_be_looked_at(bench: Bench, tmp_path: Path) -> None:
    image = pypdfium2.PdfDocument(board(bench).sheet(bench.notice()))[0].render(scale=1).to_pil()
    out = io.BytesIO()
    image.save(out, "PNG")
    (tmp_path / "to.png").write_bytes(out.getvalue())
    assert len(set(image.convert("L").tobytes())) > 2
