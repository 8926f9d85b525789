"""A store that lived as one agency goes on as one of two, and is backed up and restored with both."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from congkhai.plugin.accounts import Duty, add_account, sign_in
from congkhai.plugin.agency_rows import agency_results
from congkhai.plugin.backup import create_backup, verify_backup
from congkhai.plugin.cli import group
from congkhai.plugin.config.load import IniError, load
from congkhai.plugin.daemon import recover, run_due
from congkhai.plugin.errors import ConfigurationError
from congkhai.plugin.fsck import check_store
from congkhai.plugin.host import Host
from congkhai.plugin.house import House, open_house, open_houses, whole_house
from congkhai.plugin.journal_proofs import check_journal
from congkhai.plugin.records import DisclosureState
from congkhai.plugin.restore import restore
from congkhai.plugin.store import tables as t
from tests.plugin.web.two_agencies import CANARY, THEIRS, dump, lay_inbox, matters, sections_of

from .databases import copy_home, database_of_its_own
from .office import Office
from .script import Script, paper

PASSWORD = "một câu dài dễ nhớ"
LIVING = {"journal_head", "job", "deadline", "source", "session", "ticket", "checkpoint", "waiting_paper"}
"""Tables whose rows change when a house only opens and works on; of all others nothing may be lost or changed."""


def as_two(text: str) -> str:
    """Rewrite an ini of one agency as the pages say: its section by its key, its key in what is its own, another."""
    text = text.replace("[agency]\n", "[agency:main]\n")
    text = re.sub(r"(\[(?:connector|channel|signer):[^]]+\]\n)", r"\1agency = main\n", text)
    return text + sections_of(THEIRS) + f"\n[tagging:{THEIRS}]\nuse = rules\n"


@dataclass
class Grown:
    """A folder whose store lived as one agency; how it was then, and the two inis."""

    folder: Path
    script: Script
    one: str
    two: str
    before: dict[str, list[str]]

    @property
    def ini(self) -> Path:
        """The configuration in force."""
        return self.folder / "congkhai.ini"

    @property
    def host(self) -> Host:
        """The plugins, with the scripted one."""
        return Host(extra={"script": self.script})

    @contextmanager
    def opened(self, ini: Path | None = None) -> Iterator[tuple[House, House]]:
        """Open both agencies."""
        mine, theirs = open_houses(ini or self.ini, self.host)
        try:
            yield mine, theirs
        finally:
            mine.close()
            theirs.close()


@pytest.fixture(scope="module")
def grown(stages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """A commune with its dossier filed, in whose store another one has begun to work."""
    folder = copy_home(stages["filed"], tmp_path_factory.mktemp("grown") / "house")
    office = Office(folder)
    with office.house.store.write("main", "test") as tx:
        add_account(tx, name="van-thu", person="Lê Văn Mẫu", duties=[Duty.CLERK], password=PASSWORD)
    before = dump(office.house)
    office.house.close()
    ini = folder / "congkhai.ini"
    one = ini.read_text(encoding="utf-8")
    made = Grown(folder, office.script, one, as_two(one), before)
    ini.write_text(made.two, encoding="utf-8")
    lay_inbox(folder, THEIRS)
    with made.opened() as (mine, theirs):
        for house in (mine, theirs):
            recover(house)
        office.script.source.offer(paper("sau"))
        with mine.store.write("main", "test") as tx:
            tx.enqueue("pull", "nguon:after", subject="nguon")
        while run_due(mine) + run_due(theirs):
            pass
    return made


def whole(house: House) -> None:
    """Hold a house to its journal, its proofs, its files and its signatures."""
    verdict, proofs = check_journal(house)
    assert (verdict.broken, proofs.problems) == ((), ())
    assert check_store(house) == []


def separate(mine: House, theirs: House) -> None:
    """Nothing of the one stands in what the other can read."""
    own, other = dump(mine), dump(theirs)
    assert CANARY in str(other)
    assert CANARY not in str(own)
    with mine.store.read() as connection:
        ids = {id_ for table in (t.document, t.disclosure, t.minutes, t.dossier) for id_ in connection.scalars(
            sa.select(table.c.id))}  # fmt: skip
    assert len(ids) > 5
    assert not [id_ for id_ in ids if id_ in str(other)]


def test_a_store_of_one_agency_goes_on_as_one_of_two(grown: Grown) -> None:
    with grown.opened() as (mine, theirs):
        after = dump(mine)
        for name, rows in grown.before.items():
            if name not in LIVING:
                assert set(rows) <= set(after[name]), name
        assert len(after["journal"]) > len(grown.before["journal"]) > 40
        assert len(after["document"]) == len(grown.before["document"]) + 1  # it has taken in a paper since
        assert {one.state for one in matters(mine)} == {DisclosureState.FILED, DisclosureState.DUE}  # and goes on
        assert sign_in(mine.store, "main", "van-thu", PASSWORD, "192.0.2.1") is not None
        assert sign_in(theirs.store, THEIRS, "van-thu", PASSWORD, "192.0.2.1") is None
        assert (mine.dossiers, theirs.dossiers) == (grown.folder / "data" / "dossiers", mine.dossiers / THEIRS)
        assert len(matters(theirs)) == 1
        for house in (mine, theirs):
            whole(house)
        separate(mine, theirs)


def test_an_ini_that_would_hide_or_mix_agencies_is_refused_and_check_says_what_fits(grown: Grown) -> None:
    renamed = grown.two.replace("agency:main]", "agency:mau-son]").replace("agency = main\n", "agency = mau-son\n")
    renamed = renamed.replace(THEIRS, "lang-moi")
    answers = {}
    for name, text in (("one", grown.one), ("renamed", renamed), ("two", grown.two)):
        ini = grown.folder / f"{name}.ini"
        ini.write_text(text, encoding="utf-8")
        configuration = load(ini, grown.host)
        with grown.opened() as (mine, _theirs):
            found = agency_results(configuration, mine.store.whole)
            answers[name] = [(one.id, one.result) for one in found]
        if name != "two":
            with pytest.raises(ConfigurationError) as caught:
                open_houses(ini, grown.host)
            assert caught.value.code == "congkhai-E811"
            assert THEIRS in str(caught.value)
            assert "[agency:main]" in caught.value.advice
    assert answers == {
        "one": [("store:agency", "ok"), ("store:agencies", "fail")],
        "renamed": [("store:agency", "ok"), ("store:agencies", "fail")],
        "two": [("store:agency", "ok")],
    }
    left = re.sub(r"\[(agency|dossier|tagging):tan-lap\]\n(.+\n)+|\[\S+-tan-lap\]\n(.+\n)+", "", grown.two)
    (grown.folder / "left.ini").write_text(left, encoding="utf-8")
    gone = open_house(grown.folder / "left.ini", grown.host, "main")  # an agency may leave; its rows stay
    assert [one.result for one in agency_results(gone.configuration, gone.store.whole)] == ["ok", "warn"]
    gone.close()
    with pytest.raises(IniError, match="agency = KHÓA"):  # what says nothing is nobody's, not even the first one's
        (grown.folder / "unsaid.ini").write_text(grown.two.replace("agency = main\n", "", 1), encoding="utf-8")
        load(grown.folder / "unsaid.ini", grown.host)


def test_a_backup_of_two_agencies_is_proven_and_restored_with_both(grown: Grown, tmp_path: Path) -> None:
    file = tmp_path / "two.tar"
    with grown.opened() as (mine, theirs):
        _path, manifest = create_backup(whole_house(theirs), file)
        before = {house.agency: dump(house) for house in (mine, theirs)}
    assert set(manifest.heads) == {"main", THEIRS}
    assert manifest.missing == ()
    assert verify_backup(file).problems == ()
    said = CliRunner().invoke(group, ["backup", "verify", str(file)])
    assert (said.exit_code, "main" in said.output, THEIRS in said.output) == (0, True, True)

    place = "data-2"
    text = re.sub(r"\n\[store\]\n(.+\n)+", "\n", grown.two) + f"\n[store]\nfolder = {place}\n"
    if address := database_of_its_own(prepared=False):
        text += f"database = {address}\n"
    wrong = text.replace("agency:main]", "agency:khac]").replace("= main\n", "= khac\n").replace(THEIRS, "lang-moi")
    (grown.folder / "wrong.ini").write_text(wrong, encoding="utf-8")
    (grown.folder / "again.ini").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        restore(load(grown.folder / "wrong.ini", grown.host), file)
    assert caught.value.code == "congkhai-E811"
    assert not (grown.folder / place / "congkhai.sqlite").exists()

    restore(load(grown.folder / "again.ini", grown.host), file)
    with grown.opened(grown.folder / "again.ini") as (mine, theirs):
        for house in (mine, theirs):
            after = dump(house)
            changed = {name for name, rows in after.items() if sorted(rows) != sorted(before[house.agency][name])}
            assert changed <= {"journal", "journal_head"}
            (entry,) = set(after["journal"]) - set(before[house.agency]["journal"])
            assert "store.restored" in entry
            assert manifest.heads[house.agency][1] in entry
            verdict, proofs = check_journal(house)
            assert (verdict.broken, proofs.problems) == ((), ())
        separate(mine, theirs)
