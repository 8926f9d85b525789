"""``congkhai token``: made and shown once, listed without the secret, ended; nothing of it in the journal."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from congkhai.plugin.cli import group
from congkhai.plugin.cli import token as verb
from congkhai.plugin.house import House
from congkhai.plugin.tokens import resume_token
from tests.plugin.way.office import Office


@pytest.fixture(autouse=True)
def opened_house(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verb work in the open house, whose ini names a plugin that lies in these tests."""

    @contextmanager
    def opened(_ini: Path | None) -> Iterator[House]:
        yield filed.house

    monkeypatch.setattr(verb, "opened", opened)


def run(_office: Office, *words: str) -> Result:
    return CliRunner().invoke(group, ["token", *words])


def test_a_token_is_made_shown_once_listed_and_ended(filed: Office) -> None:
    made = run(filed, "add", "trục tích hợp", "--scope", "disclosures", "--scope", "status", "--days", "30")
    assert made.exit_code == 0, made.output
    (secret,) = re.findall(r"ckt_\S+", made.output)
    assert resume_token(filed.house.store, secret) is not None
    listed = run(filed, "list")
    assert "trục tích hợp: disclosures, status; " in listed.output
    assert "hết hạn" in listed.output
    (one,) = [row for row in json.loads(run(filed, "list", "--json").output) if row["name"] == "trục tích hợp"]
    assert one["used"]
    assert secret not in listed.output + json.dumps(one) + json.dumps(filed.journal())
    assert run(filed, "end", one["id"]).exit_code == 0
    assert resume_token(filed.house.store, secret) is None
    assert "trục tích hợp" not in run(filed, "list").output
    assert {body["act"] for body in filed.journal() if body["subject"] == one["id"]} == {"token.made", "token.ended"}


def test_what_cannot_be_made_or_ended_is_told(filed: Office) -> None:
    assert run(filed, "add", "không gì").exit_code != 0
    assert run(filed, "add", "cả hai", "--scope", "status", "--calendar", "clerk").exit_code != 0
    assert run(filed, "add", "vai lạ", "--calendar", "khong-co").exit_code != 0
    assert run(filed, "add", "một", "--scope", "status").exit_code == 0
    for words in (("add", "một", "--scope", "status"), ("add", " ", "--scope", "status"), ("end", "không có")):
        refused = run(filed, *words)
        assert getattr(refused.exception, "code", "") == "congkhai-E756"
