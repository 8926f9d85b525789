"""Every built-in source of comments keeps the contract, with its server failing at every command."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from congkhai.connectors.contract_feedback import FeedbackBench, FeedbackContract
from congkhai.plugin.feedback_sources import AttendedSource, AttendedSourceSettings
from tests.connectors.channels.bench import Bench
from tests.connectors.channels.imap_server import Box, ImapServer
from tests.connectors.channels.test_imap import mail, source
from tests.connectors.channels.tls import Certificates, make_certificates

COMMANDS = ("CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


class TestImap(FeedbackContract):
    @pytest.fixture
    def bench(
        self, tmp_path: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[FeedbackBench]:  # fmt: skip
        monkeypatch.setattr("congkhai.connectors.imap._EVERY", 2)  # so that there are marks in the middle
        box, house = Box(), Bench(tmp_path)
        server = ImapServer(box, certificates)
        for number in range(1, 6):
            box.put(mail(number, text=f"Ý kiến thứ {number}."))

        def plant(mood: str, command: str, answers: int) -> None:
            box.mood, box.drop_on, box.answers = mood, command, answers

        moods = [("drop", one, 0) for one in COMMANDS] + [("no", one, 0) for one in COMMANDS[1:]]
        moods += [("garbage", one, 0) for one in COMMANDS] + [("drop", "UID FETCH", 5), ("no", "UID FETCH", 3)]
        yield FeedbackBench(
            make=lambda: source(house, server.port, certificates),
            kept={f"<{number}@example.vn>": f"Ý kiến thứ {number}." for number in range(1, 6)},
            seen=lambda: {uid: sorted(one.flags) for uid, one in box.mails.items()}, calls=lambda: len(box.commands),
            faults={"-".join(map(str, one)): partial(plant, *one) for one in moods}, heal=lambda: plant("", "", 0),
        )  # fmt: skip
        server.stop()


class TestAttended(FeedbackContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> FeedbackBench:
        house = Bench(tmp_path)
        settings = AttendedSourceSettings.model_validate({"title": "hòm thư góp ý tại trụ sở"})
        return FeedbackBench(make=lambda: AttendedSource(settings, house.context), kept={})
