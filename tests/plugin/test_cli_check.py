"""``congkhai check``: what it looks at, what it says, how it exits."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin import checks
from congkhai.plugin.checks import Check, run_checks, worst
from congkhai.plugin.cli import group
from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import OutsideError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import Host
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import CheckResult
from congkhai.plugin.store import create_store

AGENCY = "[agency]\nname = UBND xã Mẫu\ncode = MAU\nkind = xa\n[dossier]\nretention = 20 năm\n"


class OfficeSettings(Settings):
    """Hệ thống thử."""

    mood: str = "good"


class Office:
    """Answers a check as its section says."""

    def __init__(self, settings: OfficeSettings, context: Context) -> None:
        self.mood = settings.mood
        self.context = context

    def check(self, *, live: bool) -> Sequence[CheckResult]:
        if self.mood == "broken":
            raise KeyError("geheim")
        if self.mood == "down":
            raise OutsideError("Hệ thống không trả lời.", advice="Gọi cho họ.")
        name = f"connector:{self.context.name}:login"
        return [
            CheckResult(name, "ok" if live else "skipped", "Đăng nhập"),
            CheckResult("connector.mood", self.mood, "Tâm trạng"),
        ]


class _Plugin:
    @hookimpl
    def register_connectors(self, register: Callable[..., None]) -> None:
        register("office", OfficeSettings, Office)


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(
        "congkhai.plugin.cli.check.Host", lambda: Host(["congkhai.plugin.signers"], extra={"office": _Plugin()})
    )

    def runner(text: str, *arguments: str) -> Result:
        path = tmp_path / "congkhai.ini"
        path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(group, ["-c", str(path), "check", *arguments])

    return runner


def _json(result: Result) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def _by_id(result: Result) -> dict[str, str]:
    return {check["id"]: check["result"] for check in _json(result)["checks"]}


def test_a_fresh_installation_passes_with_remarks(run: Run) -> None:
    result = run(AGENCY, "--json")
    assert result.exit_code == 0, result.output
    found = _by_id(result)
    assert found["ini"] == "ok"
    assert found["regulation"] == "ok"
    assert found["store:schema"] == "warn", "there is no store yet"
    assert found["trust"] == "warn"
    assert found["timestamp"] == "skipped"
    assert _json(result)["result"] == "warn"


def test_a_broken_ini_is_78_and_a_failed_check_is_1(run: Run, tmp_path: Path) -> None:
    broken = run(AGENCY + "[work]\nworkrs = 1\n")
    assert getattr(broken.exception, "exit_code", None) == 78
    assert run(AGENCY + "[connector:io]\ntype = office\nmood = down\n").exit_code == 1
    assert run(AGENCY).exit_code == 0


def test_a_broken_ini_is_told_in_json_too(run: Run) -> None:
    result = run("[agency]\nname = x\n", "--json")
    assert result.exit_code == 78
    checks_ = _json(result)["checks"]
    assert {check["id"] for check in checks_} == {"ini"}
    assert len(checks_) == 2, "code and kind are missing"


def test_one_failing_check_does_not_stop_the_others(run: Run) -> None:
    text = AGENCY + "".join(
        f"[connector:{mood}]\ntype = office\nmood = {mood}\n" for mood in ("broken", "down", "warn")
    )
    result = run(text, "--json")
    found = _by_id(result)
    assert found["connector:broken"] == "fail"
    assert found["connector:down"] == "fail"
    assert found["connector:warn:mood"] == "warn", "a result without the section's id gets it"
    assert found["connector:warn:login"] == "skipped"
    assert result.exit_code == 1
    assert "geheim" not in result.output


def test_live_is_handed_on(run: Run) -> None:
    text = AGENCY + "[connector:io]\ntype = office\nmood = ok\n"
    assert _by_id(run(text, "--json", "--live"))["connector:io:login"] == "ok"


def test_people_read_result_place_and_advice(run: Run) -> None:
    result = run(AGENCY + "[connector:io]\ntype = office\nmood = down\n")
    assert "[lỗi] connector:io: Hệ thống không trả lời." in result.output
    assert "→ Gọi cho họ." in result.output


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("trust", {"trust"}),
        ("connector:io", {"connector:io:login", "connector:io:mood"}),
        ("connector:io:mood", {"connector:io:mood"}),
        ("store:space", {"store:space"}),
        ("plugin:office", {"plugin:office"}),
        ("plugins", {"plugin:office", "plugin:congkhai.plugin.signers"}),
    ],
)
def test_only_runs_one_check(run: Run, only: str, expected: set[str]) -> None:
    text = AGENCY + "[connector:io]\ntype = office\n[connector:io2]\ntype = office\n"
    assert (
        set(_by_id(run(text.replace("type = office", "type = office\nmood = ok"), "--only", only, "--json")))
        == expected
    )


def test_only_of_nothing_is_a_usage_error_that_lists_the_ids(run: Run) -> None:
    error = run(AGENCY, "--only", "trsut").exception
    assert getattr(error, "exit_code", None) == 2
    assert "trust" in getattr(error, "advice", "")


def test_show_prints_every_value_with_its_source_and_no_secret(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("geheim")
    (tmp_path / "pw").chmod(0o600)
    text = AGENCY + "[signer:s]\ntype = pkcs12\nrole = seal\nperson = X\nfile = k.p12\npassword = {file pw}\n"
    result = run(text, "--show")
    assert f"name = UBND xã Mẫu    # {tmp_path}/congkhai.ini:2" in result.output
    assert "port = 8080    # mặc định" in result.output
    assert "password = {file pw}" in result.output
    assert "geheim" not in result.output
    values = _json(run(text, "--show", "--json"))["values"]
    assert {"section": "log", "key": "level", "text": "info", "source": "default"} in values


def test_secrets_are_read_but_credentials_only_under_systemd(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("CK_EMPTY", "")
    signer = "[signer:{0}]\ntype = pkcs12\nrole = seal\nperson = X\nfile = k.p12\npassword = {1}\n"
    (tmp_path / "there").write_text("geheim")
    text = AGENCY + "".join(
        signer.format(name, reference)
        for name, reference in [
            ("there", "{file there}"), ("gone", "{file gone}"), ("later", "{credential x}"),
            ("empty", "{env CK_EMPTY}"),
        ]
    )  # fmt: skip
    result = run(text, "--json", "--only", "secrets")
    assert _by_id(result) == {
        "secret:signer:there:password": "ok", "secret:signer:gone:password": "fail",
        "secret:signer:later:password": "skipped", "secret:signer:empty:password": "fail",
    }  # fmt: skip
    assert "geheim" not in result.output


def test_a_regulation_that_does_not_load_fails_its_check_only(run: Run) -> None:
    text = AGENCY.replace("kind = xa", "kind = xa\nregulation = none.ini")
    found = _by_id(run(text, "--json"))
    assert found["regulation"] == "fail"
    assert found["store:space"] == "ok"


def test_roles_without_a_key_are_named(run: Run) -> None:
    text = AGENCY.replace("kind = xa", "kind = xa\nregulation = dong-son-2024")
    before = {name for name in _by_id(run(text, "--json")) if name.startswith("roles:")}
    assert "roles:head" in before
    text += "[signer:h]\ntype = pem\nrole = head\nperson = X\nfile = k.pem\n"
    assert {name for name in _by_id(run(text, "--json")) if name.startswith("roles:")} == before - {"roles:head"}


def test_live_writes_and_reads_the_vault_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    create_store(tmp_path / "data")
    found = _by_id(run(AGENCY, "--json", "--live"))
    assert (found["store:schema"], found["store:vault"]) == ("ok", "ok")
    assert list((tmp_path / "data" / "vault").iterdir()) == []


def test_a_vault_that_cannot_be_written_fails(run: Run, tmp_path: Path) -> None:
    create_store(tmp_path / "data")
    (tmp_path / "data" / "vault").write_text("a file where a folder should be")
    assert _by_id(run(AGENCY, "--json", "--live"))["store:vault"] == "fail"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_work_folder_that_cannot_be_written_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    assert _by_id(run(AGENCY, "--json"))["store:folder"] == "fail"


def test_a_work_folder_behind_a_file_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert _by_id(run(AGENCY, "--json"))["store:folder"] == "fail"


def test_a_full_disk_is_warned_about(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "free_bytes", lambda _folder: 1024)
    assert _by_id(run(AGENCY, "--json"))["store:space"] == "warn"


def test_a_trust_folder_without_anchors_and_with_rubbish(run: Run, tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    assert _by_id(run(AGENCY, "--json"))["trust"] == "warn"
    (tmp_path / "trust" / "root.pem").write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    assert _by_id(run(AGENCY, "--json"))["trust"] == "fail"


def test_a_disabled_plugin_is_shown_and_the_rest_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONGKHAI_PLUGINS", "congkhai_none_such,congkhai.plugin.signers")
    (tmp_path / "congkhai.ini").write_text(AGENCY, encoding="utf-8")
    result = CliRunner().invoke(group, ["-c", str(tmp_path / "congkhai.ini"), "check", "--json"])
    assert result.exit_code == 0
    assert _by_id(result)["plugin:congkhai_none_such"] == "warn"


def test_the_worst_result_counts() -> None:
    results = [CheckResult("a", result, "") for result in ("ok", "skipped", "warn", "fail")]
    assert [worst(results[:count]) for count in range(5)] == ["ok", "ok", "skipped", "warn", "fail"]


def test_a_check_that_breaks_becomes_a_failed_result() -> None:
    def broken() -> Sequence[CheckResult]:
        raise ZeroDivisionError

    good = Check("good", lambda: [CheckResult("good", "ok", "")])
    assert [(r.id, r.result) for r in run_checks([Check("bad", broken), good])] == [("bad", "fail"), ("good", "ok")]


@pytest.mark.parametrize(("text", "code"), [(AGENCY, 0), (AGENCY + "[agency]\n", 78), (None, 78)])
def test_the_process_exits_as_the_manual_says(tmp_path: Path, text: str | None, code: int) -> None:
    if text is not None:
        (tmp_path / "congkhai.ini").write_text(text, encoding="utf-8")
    program = "from congkhai.plugin.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "-c", str(tmp_path / "congkhai.ini"), "check"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env=os.environ | {"CONGKHAI_PLUGINS": "congkhai.plugin.signers", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert ("congkhai-E11" in done.stderr) == (code == 78)


def test_a_failed_check_ends_the_process_with_1(tmp_path: Path) -> None:
    text = AGENCY.replace("kind = xa", "kind = xa\nregulation = none.ini")
    (tmp_path / "congkhai.ini").write_text(text, encoding="utf-8")
    program = "from congkhai.plugin.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "-c", str(tmp_path / "congkhai.ini"), "check"],
        capture_output=True, check=False, cwd=tmp_path,
        env=os.environ | {"CONGKHAI_PLUGINS": "congkhai.plugin.signers"},
    )  # fmt: skip
    assert done.returncode == 1


def test_only_leaves_every_other_check_alone() -> None:
    """A key with one try left must not be tried because somebody asked about the disk."""
    ran: list[str] = []

    def check(name: str) -> Check:
        def run() -> Sequence[CheckResult]:
            ran.append(name)
            return [CheckResult(f"{name}:a", "ok", ""), CheckResult(f"{name}:b", "ok", "")]

        return Check(name, run)

    found = run_checks([check("goods"), check("good"), check("signer:x")], "good:b")
    assert [result.id for result in found] == ["good:b"]
    assert ran == ["good"]
