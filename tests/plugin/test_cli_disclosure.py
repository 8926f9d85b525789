"""``congkhai disclosure``: what a person does on the command line, in a house of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.cli._acts import MOMENT
from congkhai.plugin.clock import ZONE
from congkhai.plugin.demo.pki import make_pki
from congkhai.plugin.demo.scenario import load_scenario
from congkhai.plugin.records import DisclosureState, PostingState

from .way.office import BOARD, CLERK, PEOPLE, START, Office, ini_text, prepare
from .way.packets import INBOX, PROVINCE, packet

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    scenario = load_scenario()
    make_pki(folder, scenario.agency, scenario.people)
    return folder


@pytest.fixture
def office(tmp_path: Path, pki: Path) -> Iterator[Office]:
    """A matter that waits for its notice on the board; the papers come from a drop folder."""
    folder = tmp_path / "house"
    prepare(folder, pki, ini_text(INBOX, BOARD).replace("[connector:nguon]\ntype = script\n", "").replace(
        "use = script", "use = rules"
    ))  # fmt: skip
    (folder / "hop-thu").mkdir()
    subject = "Về việc tăng cường chỉ đạo, điều hành thực hiện nhiệm vụ năm 2026"
    (folder / "hop-thu" / "1.edxml").write_bytes(packet("45/CT-UBND", "Chỉ thị", subject, PROVINCE, "2026/07/02"))
    office = Office(folder)
    office.work()
    if office.matter().state is DisclosureState.REVIEW:
        from congkhai.plugin import desk

        desk.confirm_matter(office.house, office.matter().id, CLERK)
        office.work()
    yield office
    office.house.close()


@pytest.fixture
def run(office: Office) -> Run:
    def call(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(group, ["-c", str(office.folder / "congkhai.ini"), "disclosure", *words])
        if code == 0:
            assert done.exit_code == 0, (done.output, done.exception)
        else:
            assert done.exception is not None
        return done

    return call


def test_a_matter_is_listed_shown_posted_paused_and_resumed(office: Office, run: Run, tmp_path: Path) -> None:
    (row,) = json.loads(run("list", "--state", "due", "--json").output)
    assert row["id"] == office.matter().id
    photo = tmp_path / "anh.png"
    photo.write_bytes(b"\x89PNG anh")
    posting = office.posting("bang-tin").id
    office.set_time(START + timedelta(hours=2))
    run("posted", posting, "--by", CLERK, "--since", "2026-07-06 09:30", "--photo", str(photo))
    assert office.posting("bang-tin").posted_from == START + timedelta(hours=1, minutes=30)
    run("pause", posting, "--by", CLERK, "--reason", "Sửa bảng tin")
    shown = json.loads(run("show", office.matter().id, "--json").output)
    assert [one["kind"] for one in shown["postings"][0]["interruptions"]] == ["pause"]
    office.set_time(START + timedelta(days=1))
    run("resume", posting, "--by", CLERK)
    assert "seen" in run("seen", posting, "--by", CLERK).output
    text = run("show", office.matter().id).output
    assert "Bản tin công khai" in text
    assert "pause" in text
    assert "Sửa bảng tin" not in str(office.journal())


def test_a_hand_closing_needs_the_head_and_a_reason(office: Office, run: Run) -> None:
    posting = office.posting("bang-tin").id
    run("posted", posting, "--by", CLERK)
    office.set_time(START + timedelta(days=1))
    run("down", posting, "--by", CLERK, code=1)
    run("down", posting, "--by", CLERK, "--early-reason", "Bảng hỏng", code=1)
    assert office.posting("bang-tin").state is PostingState.UP
    run("down", posting, "--by", PEOPLE["head"], "--early-reason", "Bảng hỏng")
    assert office.posting("bang-tin").state is PostingState.DOWN


def test_an_exemption_a_withdrawal_and_a_request_are_recorded(office: Office, run: Run, tmp_path: Path) -> None:
    matter, posting = office.matter().id, office.posting("bang-tin").id
    number = run("request", matter, "--asked-by", "Nguyễn Văn Mẫu", "--wanted", "Bản sao", "--by", CLERK).output.strip()
    (row,) = json.loads(run("requests", "--open", "--json").output)
    assert (str(row["number"]), row["ground"]) == (number, "not_yet")
    copy = tmp_path / "ban-sao.txt"
    copy.write_text("bản sao", encoding="utf-8")
    run("answer", number, "--text", "Đã đưa bản sao", "--file", str(copy), "--by", CLERK)
    assert json.loads(run("requests", "--open", "--json").output) == []
    run("posted", posting, "--by", CLERK)
    run(
        "exempt", posting, "--notice", "15/TB-UBND", "--notified", "06/07/2026 08:00", "--by", CLERK, "--reason",
        "Đã gửi toàn thể",
    )  # fmt: skip
    assert office.posting("bang-tin").close_from == START
    run("withdraw", matter, "--by", CLERK, "--reason", "Sai văn bản")
    assert office.matter().state is DisclosureState.WITHDRAWN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-06 08:30", datetime(2026, 7, 6, 8, 30, tzinfo=ZONE)),
        ("2026-07-06T01:30:00Z", datetime(2026, 7, 6, 8, 30, tzinfo=ZONE)),
        ("06/07/2026 08:30", datetime(2026, 7, 6, 8, 30, tzinfo=ZONE)),
        ("29/02/2028 08:30", datetime(2028, 2, 29, 8, 30, tzinfo=ZONE)),
    ],
)
def test_moments_are_read_as_people_write_them(text: str, expected: datetime) -> None:
    assert MOMENT.convert(text, None, None) == expected


@pytest.mark.parametrize("text", ["2026-07-06", "29/02/2026 08:30", "mai", ""])
def test_what_is_no_moment_is_refused(office: Office, run: Run, text: str) -> None:
    done = run("posted", office.posting("bang-tin").id, "--by", CLERK, "--since", text, code=2)
    assert done.exit_code == 2
    assert office.posting("bang-tin").state is PostingState.WAITING


def test_an_empty_photo_is_refused(office: Office, run: Run, tmp_path: Path) -> None:
    (tmp_path / "rong.png").write_bytes(b"")
    run("posted", office.posting("bang-tin").id, "--by", CLERK, "--photo", str(tmp_path / "rong.png"), code=2)
    assert office.posting("bang-tin").state is PostingState.WAITING
