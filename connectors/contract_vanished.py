"""The part of a connector's contract about papers that its system takes back without a word; see `contract`."""

from congkhai.plugin.errors import OutsideError
from congkhai.plugin.interfaces import Presence, Searching, Sought

from .contract_bench import ConnectorBench, Intake, must


class VanishedContract:
    """Its tests; a connector that cannot be asked has nothing to hold."""

    def test_a_paper_that_stands_is_never_called_gone_whatever_fails(self, bench: ConnectorBench) -> None:
        """Seen in health; under every fault seen, not known, or an error of the house, and never missed."""
        if bench.vanish is None:
            must(not isinstance(bench.make(), Searching), "who can be asked MUST let its simulator vanish papers")
            return
        intake, papers = self._sought(bench)
        for paper in papers:
            must(self._asks(bench, paper, intake) is Presence.THERE, f"{paper.remote_id} stands and MUST be there")
        for name, plant in bench.faults.items():
            plant()
            for paper in papers[:2]:
                try:
                    said = self._asks(bench, paper, intake)
                except OutsideError as error:
                    must(str(error).strip() and error.code, f"{name}: an error says what and bears a code")
                else:
                    must(said is not Presence.GONE, f"{name}: a paper that stands MUST NOT be called gone")
            bench.heal()

    def test_a_paper_taken_back_without_a_word_is_missed_and_one_without_rights_is_not(
        self, bench: ConnectorBench
    ) -> None:
        """Gone is gone; no right is not known; and when everything is missing, nothing is known either."""
        if bench.vanish is None:
            must(not isinstance(bench.make(), Searching), "who can be asked MUST let its simulator vanish papers")
            return
        intake, papers = self._sought(bench)
        first, second, *rest = papers
        bench.vanish([first.remote_id])
        must(self._asks(bench, first, intake) is Presence.GONE, "what was taken back MUST be missed")
        must(all(self._asks(bench, one, intake) is Presence.THERE for one in (second, *rest)), "the others stand")
        bench.deny([second.remote_id])
        must(self._asks(bench, second, intake) is Presence.UNKNOWN, "a missing right MUST NOT be read as gone")
        bench.vanish([one.remote_id for one in papers])
        said = {self._asks(bench, one, intake) for one in papers}
        must(Presence.GONE not in said, "when nothing that we hold is shown, nothing is known")

    @staticmethod
    def _sought(bench: ConnectorBench) -> tuple[Intake, list[Sought]]:
        intake = Intake()
        offered = {one.remote_id: one for one in intake.pull(bench.make()) if one.remote_id in bench.kept}
        return intake, [
            Sought(one.remote_id, one.direction, one.number, one.issued, one.subject) for one in offered.values()
        ]

    @staticmethod
    def _asks(bench: ConnectorBench, paper: Sought, intake: Intake) -> Presence:
        connector = bench.make()
        assert isinstance(connector, Searching), "a bench that vanishes papers is for a connector that can be asked"  # noqa: S101 - it is a test
        return connector.still_there(paper, intake)
