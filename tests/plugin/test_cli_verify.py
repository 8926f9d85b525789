"""``congkhai verify`` as a person and a program meet it: exit codes, words, JSON, start-up."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.errors import CongkhaiError
from tests.plugin.signing_samples import sample_module

AT = ["--at", "2026-11-20T10:00:00+07:00"]
SEVEN_FIELDS = (
    "Cơ quan, tổ chức tạo lập, cấp, phát hành chứng thư chữ ký số",
    "Chủ thể ký",
    "Đơn vị quản lý chứng thư chữ ký số",
    "Thời điểm ký số hoặc dấu thời gian",
    "Tính toàn vẹn của thông điệp dữ liệu đã ký",
    "Tính hợp lệ của chữ ký số tại thời điểm ký",
    "Thời hạn có hiệu lực của chứng thư chữ ký số",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trust folder, good and bad minutes, and a container."""
    pki, samples = sample_module("pki"), sample_module("samples")
    folder = tmp_path_factory.mktemp("verify")
    authority = pki.Pki.make()
    authority.trust_folder(folder / "trust")
    key = samples.file_key(authority.issuing.issue("Nguyễn Văn Mẫu", title="Chủ tịch"), folder)
    good = samples.sign(samples.minutes_xml(("head",)), key, role="head")
    (folder / "good.xml").write_bytes(good)
    (folder / "bad.xml").write_bytes(good.replace("công khai".encode(), "Công khai".encode()))
    (folder / "missing.xml").write_bytes(samples.sign(samples.minutes_xml(("head", "front")), key, role="head"))
    steer = samples.minutes_xml()
    (folder / "steer.xml").write_bytes(samples.sign(steer, key, role="a\u0085[31mđỏ\u202e"))
    samples.sealed(folder / "hồ sơ.asice", key, samples.members(minutes=good))
    return folder


def verify(made: Path, *arguments: str, trusting: bool = True) -> Result:
    trust = ["--trust", str(made / "trust")] if trusting else []
    return CliRunner().invoke(group, ["verify", *arguments, *AT, *trust])


def test_good_minutes_exit_0_and_show_the_seven_fields_in_vietnamese(made: Path) -> None:
    result = verify(made, str(made / "good.xml"))
    assert result.exit_code == 0, result.output
    assert "Chữ ký số hợp lệ" in result.output
    for field in SEVEN_FIELDS:
        assert f"{field}: " in result.output
    assert "CN=Nguyễn Văn Mẫu, T=Chủ tịch" in result.output
    assert "do người ký tự khai" in result.output
    assert "20/11/2026 09:00:00" in result.output


@pytest.mark.parametrize(
    ("name", "code", "words"), [("bad.xml", 1, "Chữ ký số không hợp lệ: "), ("missing.xml", 3, "“front”")]
)
def test_bad_and_open_results_have_their_code_and_all_fields(made: Path, name: str, code: int, words: str) -> None:
    result = verify(made, str(made / name))
    assert result.exit_code == code
    assert words in result.output
    for field in SEVEN_FIELDS:
        assert f"{field}: " in result.output


def test_without_trust_nothing_passes_and_the_way_is_shown(made: Path) -> None:
    result = verify(made, str(made / "good.xml"), trusting=False)
    assert result.exit_code == 3
    assert "--trust" in result.output
    assert "Chữ ký số hợp lệ" not in result.output


def test_several_paths_end_with_the_worst(made: Path) -> None:
    assert verify(made, str(made / "good.xml"), str(made / "hồ sơ.asice")).exit_code == 0
    assert verify(made, str(made / "good.xml"), str(made / "missing.xml"), str(made / "bad.xml")).exit_code == 1


def test_json_is_the_promised_shape_and_nothing_else(made: Path) -> None:
    shape = json.loads(verify(made, "--json", str(made / "hồ sơ.asice")).stdout)
    assert set(shape) == {"indication", "files", "findings"}
    assert [one["format"] for one in shape["files"]] == ["asice", "xml"]
    assert shape["files"][0]["signatures"][0]["covers"] == "FULL"


def test_a_folder_lists_what_is_unsigned(made: Path) -> None:
    result = verify(made, "--json", str(made))
    assert result.exit_code == 1
    assert "trust/root.pem" in {one["where"] for one in json.loads(result.stdout)["findings"]}


@pytest.mark.parametrize("arguments", [["không-có.xml"], ["--at", "hôm qua", "{made}/good.xml"]])
def test_what_cannot_be_read_or_understood_exits_2_in_vietnamese(made: Path, arguments: list[str]) -> None:
    filled = [one.replace("{made}", str(made)) for one in arguments]
    result = CliRunner().invoke(group, ["verify", *filled])
    assert isinstance(result.exception, CongkhaiError)
    assert result.exception.exit_code == 2
    assert result.exception.advice


def test_a_broken_trust_folder_exits_2(made: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(b"x")
    result = CliRunner().invoke(group, ["verify", "--trust", str(tmp_path), str(made / "good.xml")])
    assert isinstance(result.exception, CongkhaiError)
    assert result.exception.exit_code == 2


def test_no_path_is_a_usage_error() -> None:
    assert CliRunner().invoke(group, ["verify"]).exit_code == 2


def test_a_foreign_role_cannot_steer_the_terminal(made: Path) -> None:
    output = verify(made, str(made / "steer.xml")).output
    assert "đỏ" in output
    assert not {"\x1b", "\u0085", "\u202e"} & set(output)


def test_a_moment_without_zone_is_vietnamese_time(made: Path) -> None:
    from congkhai.plugin.cli.verify import _moment

    assert _moment("2026-11-20T10:00:00").isoformat() == "2026-11-20T10:00:00+07:00"
    assert _moment("2026-11-20").isoformat() == "2026-11-20T00:00:00+07:00"


def test_the_real_program_needs_no_ini_and_starts_quickly(made: Path, tmp_path: Path) -> None:
    command = (
        [sys.executable, "-m", "congkhai.plugin.cli"]
        if _runs_as_module()
        else [str(Path(sys.executable).with_name("congkhai"))]
    )
    arguments = [*command, "verify", str(made / "good.xml"), *AT, "--trust", str(made / "trust")]
    spent = []
    for _attempt in range(3):
        before = os.times()
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
    assert min(spent) < 1.5  # seconds of work; 0.3 on an idle machine, and tests share theirs


def _runs_as_module() -> bool:
    return importlib.util.find_spec("congkhai.plugin.cli.__main__") is not None


def test_verifying_does_not_load_what_only_signing_or_the_daemon_needs(made: Path) -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom congkhai.plugin.cli import group\n"
        f"CliRunner().invoke(group, ['verify', {str(made / 'good.xml')!r}])\n"
        "heavy = ('signxml', 'sqlalchemy', 'rich', 'requests', 'aiohttp', 'apscheduler', 'typst')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_that_hangs_is_stopped_and_the_exit_code_says_open(made: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "treo.xml")  # nobody ever writes into it
    result = verify(made, "--json", "--time-limit", "0.3", str(made / "good.xml"), str(tmp_path / "treo.xml"))
    assert result.exit_code == 3
    shape = json.loads(result.stdout)
    assert [one["indication"] for one in shape["files"]] == ["TOTAL_PASSED", "INDETERMINATE"]
    assert [one["id"] for one in shape["findings"]] == ["V07"]
    assert "quá thời gian" in shape["findings"][0]["message"]


@pytest.mark.parametrize("limit", ["-1", "mau", "0"])
def test_the_time_limit_is_a_number_and_zero_is_none(made: Path, limit: str) -> None:
    assert verify(made, "--time-limit", limit, str(made / "good.xml")).exit_code == (0 if limit == "0" else 2)


def test_a_person_at_a_terminal_sees_progress_and_a_program_does_not(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hồ sơ"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.xml").write_bytes((made / "good.xml").read_bytes())
    program = str(Path(sys.executable).with_name("congkhai"))
    command = [program, "verify", "--json", *AT, "--trust", str(made / "trust"), str(folder)]
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=False,
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0
        assert len(json.loads(done.stdout)["files"]) == 3
        assert "Đang kiểm tra" in os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    quiet = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (quiet.returncode, quiet.stderr) == (0, b"")
