"""Checkpoints: signed heads of the journal, made before each seal, by which a journal made anew is found out."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from congkhai.plugin import house
from congkhai.plugin.checkpoints import (
    Checkpoint,
    checkpoint_of,
    kept,
    make_checkpoint,
    origin_of,
    plan_checkpoint,
    read_checkpoint,
    written,
)
from congkhai.plugin.cli import group
from congkhai.plugin.errors import InputError
from congkhai.plugin.host import Host
from congkhai.plugin.journal_proofs import check_journal
from congkhai.plugin.minutes import read_index
from congkhai.plugin.store import tables as t
from congkhai.plugin.store.journal import ZERO, canonical, entry_hash
from congkhai.signing import Trust, read_container, verify_path

from .conftest import OpenOffice
from .office import Office
from .script import Script


@pytest.fixture
def office(at_stage: OpenOffice, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A house whose only matter is filed; verbs open it with the same plugins."""
    opening = house.open_house
    monkeypatch.setattr(
        "congkhai.plugin.cli._open.open_house", lambda ini: opening(ini, Host(extra={"script": Script()}))
    )
    return at_stage("filed")


def made_anew(connection: sa.Connection, agency: str, change: "dict[int, str | None]") -> None:
    """Change entries as somebody would who knows how the chain is made: every hash after them is set right again."""
    suffix = "" if connection.dialect.name == "sqlite" else " ON journal"
    for name in ("journal_no_update", "journal_no_delete"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{suffix}")
    j = t.journal
    rows = connection.execute(sa.select(j).where(j.c.agency == agency).order_by(j.c.seq)).all()
    connection.execute(sa.delete(j).where(j.c.agency == agency))
    previous, seq = ZERO, -1
    for row in rows:
        body = change.get(row.seq, row.body)
        if body is None:
            continue
        seq, hash_ = seq + 1, entry_hash(previous, body)
        connection.execute(
            sa.insert(j).values(agency=agency, seq=seq, prev=previous, body=body, hash=hash_, subject=row.subject)
        )
        previous = hash_
    connection.execute(
        sa.update(t.journal_head).where(t.journal_head.c.agency == agency).values(seq=seq, hash=previous)
    )


def run(office: Office, *arguments: str) -> Result:
    """Run a verb on the house."""
    return CliRunner().invoke(group, ["-c", str(office.folder / "congkhai.ini"), *arguments])


def test_a_checkpoint_goes_before_the_seal_and_the_dossier_names_the_entry_that_names_it(office: Office) -> None:
    with office.house.store.read() as connection:
        (one,) = kept(connection, office.house.agency)
    entries = office.journal()
    (said,) = [entry for entry in entries if entry["act"] == "journal.checkpoint"]
    place = entries.index(said)
    assert (one.why, one.seq, said["facts"]["file"], said["facts"]["head"]) == (
        "dossier",
        place - 1,
        one.sha256,
        one.hash,
    )
    assert place < entries.index(next(entry for entry in entries if entry["act"] == "dossier.sealed"))
    path = Path(office.dossier().path)  # type: ignore[union-attr]  # it is filed
    (index,) = [member for member in read_container(path).members if member.name == "dossier.xml"]
    with index.open() as stream:
        assert read_index(stream.read()).journal.seq == place


def test_a_checkpoint_is_a_signed_container_that_any_verifier_reads(office: Office, tmp_path: Path) -> None:
    result = run(office, "journal", "checkpoint", "--out", str(tmp_path / "out"), "--json")
    assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == len(json.loads(result.stdout)) == 2  # the dossier's and the one asked for
    trust = Trust.load(office.folder / "trust")
    for file in files:
        report = verify_path(file, trust, office.now)
        assert str(report.indication) == "TOTAL_PASSED"
        found = checkpoint_of(file)
        assert found is not None
        lines = found.text.decode().split("\n")
        assert lines[0] == origin_of(office.house)
        assert (lines[1], lines[3]) == (str(found.head.seq + 1), "")
        assert read_checkpoint(found.text + b"further line\n") == found
    again = run(office, "journal", "checkpoint", "--json")
    assert len(json.loads(again.stdout)) == 2  # nothing has happened since: nothing is signed


def test_the_days_checkpoint_is_due_work_and_is_made_once(office: Office) -> None:
    with office.house.store.write(office.house.agency, "congkhai") as tx:
        plan_checkpoint(tx, "2026-07-31")
        plan_checkpoint(tx, "2026-07-31")
    office.work()
    with office.house.store.read() as connection:
        assert [one.why for one in kept(connection, office.house.agency)] == ["dossier", "day"]


@pytest.mark.parametrize("text", [b"", b"a\n1\n", b"a\n01\n" + b"A" * 43 + b"=\n", b"a\n1\nAA==\n", b"\xff\n1\nAA==\n",
                                  b"a\n1\n" + b"A" * 43 + b"=", b"\n1\n" + b"A" * 43 + b"=\n"])  # fmt: skip
def test_other_texts_are_no_checkpoints(text: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_checkpoint(text)
    assert caught.value.code == "congkhai-E762"


def test_an_untouched_journal_is_proven_by_what_was_signed(office: Office) -> None:
    result = run(office, "journal", "verify", "--against", str(office.folder / "data" / "dossiers"), "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["broken"], said["problems"], said["foreign"]) == (0, [], [], 0)
    assert said["heads_compared"] > 5
    place = next(n for n, entry in enumerate(office.journal()) if entry["act"] == "journal.checkpoint")
    assert said["proven_to"] == place
    quick = json.loads(run(office, "journal", "verify", "--quick", "--json").stdout)
    assert (quick["broken"], quick["heads_compared"], quick["head"]) == ([], 0, said["head"])


@pytest.mark.parametrize("what", ["changed", "deleted", "truncated"])
def test_a_journal_made_anew_as_a_whole_is_found_out_by_what_lies_elsewhere(
    office: Office, tmp_path: Path, what: str
) -> None:
    elsewhere = shutil.copytree(office.folder / "data" / "dossiers", tmp_path / "elsewhere")
    last = len(office.journal()) - 1
    change: dict[str, dict[int, str | None]] = {
        "changed": {2: canonical({"act": "document.received"})}, "deleted": {2: None},
        "truncated": dict.fromkeys(range(3, last + 1)),
    }  # fmt: skip
    with office.house.store.engine.begin() as connection:
        made_anew(connection, office.house.agency, change[what])
        for table in (t.checkpoint, t.dossier_volume):  # the forger tidies up in the store
            connection.execute(sa.delete(table))
        connection.execute(sa.update(t.dossier).values(sha256=""))
        connection.execute(sa.delete(t.signature))
        connection.execute(sa.delete(t.signing_order))
        connection.execute(sa.delete(t.minutes))
    verdict, _proofs = check_journal(office.house)
    assert not verdict.broken  # inside, everything fits: that is why heads go outside
    verdict, _proofs = check_journal(office.house, [elsewhere])
    assert verdict.broken
    result = run(office, "journal", "verify", "--against", str(elsewhere))
    assert result.exit_code == 1


def test_a_checkpoint_row_that_was_changed_is_told(office: Office) -> None:
    with office.house.store.engine.begin() as connection:
        connection.execute(sa.update(t.checkpoint).values(hash="0" * 64))
    verdict, _proofs = check_journal(office.house)
    assert len(verdict.broken) == 1


def test_papers_of_another_journal_and_forged_ones_do_not_accuse_ours(
    office: Office, tmp_path: Path, at_stage: OpenOffice
) -> None:
    other = at_stage("posted", lambda ini: ini.replace("000.01.25.H99", "000.02.25.H99"))
    other.house = replace(other.house, store=replace(other.house.store, salt=b"another installation's salt"))
    make_checkpoint(other.house, "asked")
    written(other.house, tmp_path / "other")
    verdict, proofs = check_journal(office.house, [tmp_path / "other"])
    assert (verdict.broken, proofs.problems, proofs.foreign) == ((), (), 1)
    forged = tmp_path / "forged.asice"
    forged.write_bytes((tmp_path / "other").joinpath(next((tmp_path / "other").iterdir()).name).read_bytes())
    text = checkpoint_of(forged)
    assert text is not None
    mine = Checkpoint(origin_of(office.house), text.head).text
    forged.write_bytes(forged.read_bytes().replace(text.text, mine))  # the seal does not cover this
    verdict, proofs = check_journal(office.house, [forged])
    assert (verdict.broken, len(proofs.problems) + proofs.foreign) == ((), 1)


def test_a_missing_path_is_an_error(office: Office) -> None:
    result = run(office, "journal", "verify", "--against", str(office.folder / "nowhere"))
    assert isinstance(result.exception, InputError)
    assert result.exception.code == "congkhai-E763"
