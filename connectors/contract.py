"""
The contract of `Connector`, as tests that any plugin can run against its simulator. Needs pytest, nothing else.

A test module of a plugin subclasses `ConnectorContract` and gives it a fixture ``bench``::

    class TestMyConnector(ConnectorContract):
        @pytest.fixture
        def bench(self, tmp_path):
            ...
            yield ConnectorBench(make=..., outside=..., ...)

Each test is one MUST sentence of `congkhai.plugin.interfaces`. Intake is played by `Intake`, which does what the house
does with an offer, in its order, and forgets everything else.
"""

import hashlib
from dataclasses import replace

import pytest

from congkhai.plugin.errors import (
    CongkhaiError,
    NotAllowedError,
    OutsideError,
    UndecidedError,
)
from congkhai.plugin.interfaces import Awaiting, Guarded
from congkhai.plugin.records import CursorMark, Filing, Outcome, PulledDocument

from .contract_bench import ConnectorBench as ConnectorBench
from .contract_bench import Intake as Intake
from .contract_bench import must as must
from .contract_vanished import VanishedContract

RESULTS = frozenset({"ok", "warn", "fail", "skipped"})


class ConnectorContract(VanishedContract):
    """The tests; see the module."""

    @pytest.fixture
    def bench(self) -> ConnectorBench:
        """Return the bench; every plugin gives its own."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def forbidden_calls(self, bench: ConnectorBench) -> "object":
        """Hold after every test that no forbidden call was made."""
        yield
        bench.heal()
        must(bench.tripwires() == 0, "It MUST NOT call anything that marks read, finishes, transfers, recalls or signs")

    # pull

    def test_everything_shown_is_offered_and_only_the_secret_is_refused(self, bench: ConnectorBench) -> None:
        """Everything comes; what the source does not vouch for is refused."""
        intake = Intake()
        intake.pull(bench.make())
        must(set(intake.held) == set(bench.kept), f"kept {sorted(intake.held)} instead of {sorted(bench.kept)}")
        must(intake.refusals == set(bench.refused), f"refused {sorted(intake.refusals)}")

    def test_pull_fetches_no_file(self, bench: ConnectorBench) -> None:
        """No file is asked for before the secrecy gate has seen the fields."""
        before = bench.fetched()
        list(bench.make().pull(None, Intake()))
        must(bench.fetched() == before, "pull MUST NOT fetch any file of a document")

    def test_pull_keeps_a_documents_fields_in_memory_only(self, bench: ConnectorBench) -> None:
        """Nothing of a paper stands in the connector's folder, whatever became of it."""
        Intake().pull(bench.make())
        for path in bench.folder.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            for words in bench.subjects:
                must(words.encode() not in content, f"pull MUST hold fields in memory only; they stand in {path.name}")

    def test_pulling_twice_over_one_window_changes_nothing(self, bench: ConnectorBench) -> None:
        """The same window again brings the same ids with the same fingerprints, and nothing new is taken in."""
        intake = Intake()
        intake.pull(bench.make())
        taken = list(intake.taken)
        intake.cursor = None
        intake.pull(bench.make())
        intake.pull(bench.make())
        must(intake.taken == taken, "pull MUST be repeatable: the second run took something in anew")

    def test_a_pull_that_is_killed_anywhere_loses_nothing(self, bench: ConnectorBench) -> None:
        """A cursor mark comes only after everything before it: wherever the run ends, the next ones bring the rest."""
        intake = Intake()
        for most in (1, 2, 3, 5, 8):
            intake.pull(bench.make(), most)
        intake.patiently(bench)
        must(set(intake.held) == set(bench.kept), f"lost: {sorted(set(bench.kept) - set(intake.held))}")
        ids = [one for one, _fingerprint in intake.taken]
        must(len(ids) == len(set(ids)), "a paper was taken in twice")

    def test_a_pull_that_was_not_committed_comes_again(self, bench: ConnectorBench) -> None:
        """What was offered and never settled is offered again by a new connector."""
        first = [item.remote_id for item in bench.make().pull(None, Intake()) if isinstance(item, PulledDocument)]
        intake = Intake()
        intake.pull(bench.make())
        must(set(first) <= set(intake.held) | intake.refusals, "an offer that was not committed MUST come again")

    def test_from_its_own_cursor_nothing_is_new(self, bench: ConnectorBench) -> None:
        """Where a run yields a mark, none but marks follow the last paper, and a new connector starts from it."""
        intake, marks, last = Intake(), 0, None
        connector = bench.make()
        for item in connector.pull(None, intake):
            last = item
            marks += isinstance(item, CursorMark)
            intake.take(connector, item)
        must(not marks or isinstance(last, CursorMark), "a run that has marks MUST end with one")
        before = list(intake.taken)
        intake.pull(bench.make())
        must(intake.taken == before, "from its own cursor, nothing is new")

    def test_a_cursor_of_another_version_loses_nothing(self, bench: ConnectorBench) -> None:
        """A cursor that cannot be read starts from the beginning."""
        intake = Intake(cursor='{"v": 999}')
        intake.pull(bench.make())
        must(set(intake.held) == set(bench.kept), "an unknown cursor MUST not lose papers")

    # settling

    def test_a_refused_paper_stays_where_it_is_and_is_not_opened_again(self, bench: ConnectorBench) -> None:
        """Refused is refused: it stays, and later runs leave it."""
        intake = Intake()
        intake.pull(bench.make())
        again = intake.pull(bench.make())
        for remote_id in bench.refused:
            must(bench.there(remote_id), "a refused document MUST stay where the sender put it")
            must(all(item.remote_id != remote_id for item in again), "a refused document SHOULD not be offered again")

    def test_settling_twice_is_harmless(self, bench: ConnectorBench) -> None:
        """After a crash the same ending is told again."""
        connector, intake = bench.make(), Intake()
        for item in connector.pull(None, intake):
            intake.take(connector, item)
            if isinstance(item, PulledDocument):
                outcome = Outcome.REFUSED if item.remote_id in intake.refusals else Outcome.ACCEPTED
                connector.settle(item, outcome, "again")
        must(set(intake.held) == set(bench.kept), "settle may be called again")

    def test_an_unknown_marking_is_answered_and_never_raises(self, bench: ConnectorBench) -> None:
        """Whatever stands in a secrecy field, the answer is yes or no."""
        connector = bench.make()
        for marking in (None, "", " ", "Mật", "TUYỆT MẬT", "\x00", "9" * 999, "Thường"):
            must(connector.plain(marking) in (True, False), "plain MUST answer yes or no")
        must(not connector.plain("Tuyệt mật"), "no source vouches that a top secret paper is plain")

    # faults

    def test_with_every_fault_on_nothing_is_lost_and_nothing_comes_twice(self, bench: ConnectorBench) -> None:
        """Slow, cut, 5xx, 429, ended tokens, pages in place of answers: only errors of the house, then everything."""
        for name, plant in bench.faults.items():
            intake = Intake()
            bench.again()
            plant()
            for _turn in range(3):
                try:
                    intake.pull(bench.make())
                except OutsideError as error:
                    must(str(error).strip() and error.code, f"{name}: an error says what and bears a code")
                except CongkhaiError as error:
                    raise AssertionError(f"{name}: pull may raise OutsideError only, not {error!r}") from error
            bench.heal()
            intake.patiently(bench)
            must(set(intake.held) == set(bench.kept), f"{name}: lost {sorted(set(bench.kept) - set(intake.held))}")
            ids = [one for one, _fingerprint in intake.taken]
            must(len(ids) == len(set(ids)), f"{name}: a paper was taken in twice")
            marked = [one for one, files in intake.files.items() if any(file.startswith("!") for file in files)]
            must(not marked, f"{name}: a passing fault left its mark on {marked}")

    def test_every_fault_at_once_ends_well_too(self, bench: ConnectorBench) -> None:
        """All switches on together, then off."""
        intake = Intake()
        for plant in bench.faults.values():
            plant()
        for _turn in range(4):
            try:
                intake.pull(bench.make())
            except OutsideError:
                continue
        bench.heal()
        intake.patiently(bench)
        must(set(intake.held) == set(bench.kept), f"lost {sorted(set(bench.kept) - set(intake.held))}")

    # filing

    def test_a_filing_is_read_back_and_never_doubled(self, bench: ConnectorBench) -> None:
        """Not there before, there once after, and found by a new connector."""
        if bench.filing is None:
            with pytest.raises(NotAllowedError):
                bench.make().file_dossier(Filing("k" * 32, "Hồ sơ", ()))
            must(bench.make().find_filed("k" * 32) is None, "nothing is ever filed here")
            return
        must(
            bench.make().find_filed(bench.filing.key) is None, "find_filed MUST be None when it certainly is not there"
        )
        receipt = bench.make().file_dossier(bench.filing)
        must(receipt.key == bench.filing.key, "a receipt bears the key of its filing")
        found = bench.make().find_filed(bench.filing.key)
        must(found is not None and found.key == bench.filing.key, "a filing MUST be found again")
        must(bench.filed() == [bench.filing.key], f"filed once, not {bench.filed()}")

    def test_a_lost_reply_doubles_nothing(self, bench: ConnectorBench) -> None:
        """The system acted and did not answer: what follows finds it, or leaves it to a person; it is there once."""
        if bench.filing is None or bench.lose_reply is None:
            must(bench.filing is None or bench.filed() == [], "nothing is there before")
            return
        bench.lose_reply()
        for _turn in range(3):
            connector = bench.make()
            try:
                if connector.find_filed(bench.filing.key) is not None:
                    break
                connector.file_dossier(bench.filing)
            except UndecidedError:
                continue
            except OutsideError:
                continue
        must(bench.filed() == [bench.filing.key], f"a lost reply MUST NOT double a filing: {bench.filed()}")

    def test_filing_with_every_fault_on_ends_with_one_or_with_a_person(self, bench: ConnectorBench) -> None:
        """Whatever fails: asked again as the house asks, it is there once, or somebody is told to look."""
        if bench.filing is None:
            must(bench.filed() == [], "nothing is ever filed here")
            return
        for name, plant in bench.faults.items():
            filing = replace(bench.filing, key=hashlib.sha256(name.encode()).hexdigest()[:32])
            plant()
            certain = self._file(bench, filing, 3, name)
            bench.heal()
            certain = certain and self._file(bench, filing, 1, name)
            there = bench.filed().count(filing.key)
            must(there == 1 or (there == 0 and not certain), f"{name}: filed {there} times")

    @staticmethod
    def _file(bench: ConnectorBench, filing: Filing, turns: int, name: str) -> bool:
        """File as the house does: look, then send; False once it cannot be decided, which ends the house's trying."""
        for _turn in range(turns):
            connector = bench.make()
            try:
                if connector.find_filed(filing.key) is None:
                    connector.file_dossier(filing)
                break
            except UndecidedError:
                return False
            except OutsideError as error:
                must(str(error).strip() and error.code, f"{name}: an error says what and bears a code")
        return True

    def test_forgetting_a_filing_that_never_was_is_harmless(self, bench: ConnectorBench) -> None:
        """A person may decide about a filing that left no note."""
        bench.make().forget_filing("0" * 32)
        must(bench.filed() == [], "forgetting files nothing")

    # looking

    def test_another_look_is_never_asked_for_at_once(self, bench: ConnectorBench) -> None:
        """Where something may still be arriving, the time named is positive; after everything came, none is named."""
        connector = bench.make()
        Intake().pull(connector)
        if isinstance(connector, Awaiting):
            soon = connector.look_again()
            must(soon is None or soon.total_seconds() > 0, "look_again names a positive time, or none")

    def test_an_offline_check_touches_nothing(self, bench: ConnectorBench) -> None:
        """Without `live` no call leaves the machine; ids are single, results are of the known words."""
        connector = bench.make()
        before = bench.calls()
        results = connector.check(live=False)
        must(bench.calls() == before, "check without live MUST NOT touch the system")
        must(
            all(one.result in RESULTS and one.id and one.what for one in results), "a result has id, word and sentence"
        )
        ids = [one.id for one in results]
        must(len(ids) == len(set(ids)), "each check id stands once")

    def test_a_live_check_answers_in_health_and_in_illness(self, bench: ConnectorBench) -> None:
        """It never raises, and in health nothing of it fails."""
        must(all(one.result != "fail" for one in bench.make().check(live=True)), "in health no check fails")
        for name, plant in bench.faults.items():
            plant()
            results = bench.make().check(live=True)
            must(all(one.result in RESULTS for one in results), f"{name}: check MUST answer")
            bench.heal()

    def test_the_breakers_state_is_told_without_a_call(self, bench: ConnectorBench) -> None:
        """Where there is a breaker, asking for it opens no connection."""
        connector = bench.make()
        before = bench.calls()
        if isinstance(connector, Guarded):
            must(connector.guard().state in {"closed", "open", "half-open"}, "a guard is closed, open or half-open")
        must(bench.calls() == before, "guard MUST open no connection")
