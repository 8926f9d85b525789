"""
The sweep that works from states: a matter that rests where it should go on gets its missing work back.

Every step writes the next state and its follow-up work in one transaction, so nothing should ever rest. A restored
backup, a repaired database, or a fault of ours can still leave a matter that everybody has signed and nobody takes up.
Every quarter of an hour each agency's open matters are looked at; what lacks its work gets it, once, with an entry in
the journal. When that did not help, a person is told: a sweep never repeats itself for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from .checkpoints import plan_checkpoint
from .clock import local_date
from .disclosures import STOPPED
from .filing import receipt_words
from .guards import must_end
from .house import House
from .interfaces import Connector
from .orphans import plan_look
from .records import Disclosure, DisclosureState, Minutes, PostingState
from .signers import SEAL
from .signing_desk import follow
from .store import Transaction, read, work
from .store import tables as t
from .text import _
from .work import Step

EVERY = 900.0
"""Real seconds between two sweeps."""
_OPEN = (DisclosureState.POSTED, DisclosureState.CLOSING, DisclosureState.CLOSED)


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A state without the work that should follow.

    Attributes:
        name: which kind of gap, for machines.
        subject: id of the matter, paper or dossier.
        kind: work that is missing; `key`: what makes it the same work; `args`: its ids.
    """

    name: str
    subject: str
    kind: str
    key: str
    args: dict[str, str] = field(default_factory=dict)

    def say(self) -> str:
        """Return what is wrong, for people."""
        words = {
            "signed-not-sealed": _("Đã ký đủ nhưng chưa niêm phong hồ sơ."),
            "signed-not-closed": _("Biên bản kết thúc đã ký đủ nhưng việc chưa được kết thúc."),
            "closed-no-report": _("Đã kết thúc nhưng chưa có báo cáo kết quả."),
            "down-no-minutes": _("Đã gỡ hết nhưng chưa có biên bản kết thúc."),
            "posted-no-minutes": _("Đã công khai nhưng chưa có biên bản niêm yết."),
            "sealed-not-filed": _("Hồ sơ đã niêm phong nhưng chưa nộp."),
            "filed-no-receipt": _("Hồ sơ đã nộp nhưng không có biên nhận."),
        }
        return words[self.name]


def plan_sweep(house: House) -> bool:
    """
    Plan the sweep of this quarter of an hour; several nodes may ask, one gets it.

    Returns:
        Whether it was new.
    """
    with house.store.write(house.agency, "congkhai") as tx:
        slot = int(work.database_now(tx.connection) // EVERY)
        return tx.enqueue("sweep", f"{house.agency}:{slot}", slot=slot)


def sweep(step: Step) -> None:
    """
    Look at every open matter of the agency, and plan the day's checkpoint and look for orphans.

    Work kind ``sweep``; args: slot.
    """
    house = step.house
    with step.commit() as tx:
        mend(tx, house)
        plan_look(tx)
        if any(signer.role == SEAL for signer in house.signers.values()):
            plan_checkpoint(tx, local_date(tx.now).isoformat())
        mine = (t.job.c.kind == "sweep", t.job.c.agency == house.agency, t.job.c.state == "done")
        tx.connection.execute(sa.delete(t.job).where(*mine))  # their keys never come again


def mend(tx: Transaction, house: House) -> list[Gap]:
    """
    Give every state that rests its work back, in the caller's transaction.

    Returns:
        What was found. What had its work back before and rests still is left to a person, as a fault.
    """
    found = gaps(tx.connection, house)
    for gap in found:
        if tx.enqueue(gap.kind, f"{gap.key}:mend", **gap.args):
            tx.journal("sweep.mended", gap.subject, gap=gap.name, work=f"{gap.kind}:{gap.key}:mend")
        else:
            _tell(tx, gap)
    return found


def _tell(tx: Transaction, gap: Gap) -> None:
    f = t.fault.c
    same = (f.agency == tx.agency, f.place == gap.name, f.subject == gap.subject)
    if tx.connection.execute(sa.select(f.id).where(*same)).first() is None:
        tx.record_fault(
            gap.name, gap.subject, gap.say(),
            _("Đã đặt lại việc một lần mà không tiến thêm: chạy congkhai fsck, rồi gửi báo cáo lỗi."),
        )  # fmt: skip


def gaps(connection: sa.Connection, house: House) -> list[Gap]:
    """Find every state of the agency that rests without its work; reads only."""
    busy = _busy(connection, house.agency)
    each = [*_of_matters(connection, house.agency), *_of_dossiers(connection, house.agency)]
    found = [(gap, subjects) for gap, subjects in each if not subjects & busy]
    given_up = _given_up(connection, house.agency) if found else set()
    return [gap for gap, subjects in found if not subjects & given_up]


def _busy(connection: sa.Connection, agency: str) -> set[str]:
    """Return what has work to come, stuck work that people see, an open deadline, or waits for a person."""
    j, d, o = t.job.c, t.deadline.c, t.outbox.c
    found: set[str] = set()
    pending = sa.select(j.kind, j.args).where(j.agency == agency, j.state.in_(("ready", "leased", "dead")))
    for kind, args in connection.execute(pending):
        found |= {f"{kind}:{value}" for value in args.values()}
    open_ = sa.select(d.kind, d.subject).where(d.agency == agency, d.state == "open")
    found |= {f"{kind}:{subject}" for kind, subject in connection.execute(open_)}
    numbers = sa.select(t.number.c.disclosure).where(t.number.c.agency == agency, t.number.c.state == "wanted")
    found |= {f"number:{disclosure}" for disclosure in connection.scalars(numbers)}
    facts = sa.select(t.entry.c.subject).where(t.entry.c.agency == agency, t.entry.c.state == "asked")
    found |= {f"number:{subject}" for subject in connection.scalars(facts)}  # minutes that a clerk must enter
    unsure = sa.select(o.act, o.subject).where(o.agency == agency, o.state == "unsure")
    found |= {f"{act}:{subject}" for act, subject in connection.execute(unsure)}
    return found


def _given_up(connection: sa.Connection, agency: str) -> set[str]:
    """Return what people skipped: the sweep must not bring it back."""
    j = t.journal.c
    skipped = sa.select(j.subject).where(j.agency == agency, j.body.like('{"act":"work.skip"%'))
    jobs = sa.select(t.job.c.kind, t.job.c.args).where(t.job.c.agency == agency, t.job.c.key.in_(skipped))
    return {f"{kind}:{value}" for kind, args in connection.execute(jobs) for value in args.values()}


_Found = Iterator[tuple[Gap, set[str]]]


def _of_matters(connection: sa.Connection, agency: str) -> _Found:
    for matter in read.disclosures(connection, agency, *_OPEN):
        papers = {kind: read.minutes(connection, matter.id, kind) for kind in ("posting", "closing", "report")}
        yield from _of_matter(connection, matter, papers)


def _of_matter(connection: sa.Connection, matter: Disclosure, papers: dict[str, Minutes | None]) -> _Found:
    id_ = matter.id
    making = {f"{kind}:{id_}" for kind in ("minutes", "close", "follow", "number")}
    posting, closing, report = papers["posting"], papers["closing"], papers["report"]
    if posting is None and matter.state is DisclosureState.POSTED:
        yield Gap("posted-no-minutes", id_, "minutes", f"{id_}:posting", _make(id_, "posting")), making
    down = all(one.state is PostingState.DOWN for one in matter.postings if must_end(one))
    if closing is None and matter.state is DisclosureState.CLOSING and down:
        waits = {f"{kind}:{id_}" for kind in ("closing-minutes", "pull-feedback")}
        yield Gap("down-no-minutes", id_, "minutes", f"{id_}:closing", _make(id_, "closing")), making | waits
    if matter.state is DisclosureState.CLOSING and _signed(closing) and _signed(posting) and closing is not None:
        yield Gap("signed-not-closed", id_, "follow", closing.id, {"minutes": closing.id}), making
    if matter.state is DisclosureState.CLOSED and report is None:
        yield Gap("closed-no-report", id_, "minutes", f"{id_}:report", _make(id_, "report")), making
    if _signed(report) and report is not None:
        dossier = read.dossier(connection, id_)
        if dossier is None or not dossier.sha256:
            gap = Gap("signed-not-sealed", id_, "dossier", f"{id_}:{report.file_sha256[:16]}", {"disclosure": id_})
            yield gap, making | {f"dossier:{id_}", f"raise:{report.id}"}


def _make(id_: str, kind: str) -> dict[str, str]:
    return {"disclosure": id_, "kind": kind}


def _signed(paper: Minutes | None) -> bool:
    return paper is not None and not paper.missing


def _of_dossiers(connection: sa.Connection, agency: str) -> _Found:
    d = t.dossier.c
    subjects = [sa.select(one.c.id).where(one.c.agency == agency) for one in (t.disclosure, t.staff_matter)]
    ours = sa.or_(*(d.subject.in_(one) for one in subjects))
    rest = sa.or_(d.filed_at.is_(None), d.receipt == "")
    for row in connection.execute(sa.select(d.id, d.subject, d.filed_at).where(ours, d.sha256 != "", rest)).all():
        newest = read.dossier(connection, row.subject)
        if newest is None or newest.id != row.id or _stopped(connection, row.subject):
            continue
        dossier = read.dossier_by_id(connection, row.id)
        busy = {f"{kind}:{one}" for kind in ("export", "file", "raise-dossier", "receipt")
                for one in (row.id, row.subject)}  # fmt: skip
        if row.filed_at is None:
            args = {"dossier": row.id, "disclosure": dossier.disclosure}
            yield Gap("sealed-not-filed", row.id, "export", row.id, args), busy
        else:
            yield Gap("filed-no-receipt", row.id, "receipt", row.id, {"dossier": row.id}), busy


def _stopped(connection: sa.Connection, subject: str) -> bool:
    state = connection.scalar(sa.select(t.disclosure.c.state).where(t.disclosure.c.id == subject))
    return state in {one.value for one in STOPPED}


def take_up(step: Step) -> None:
    """Do what follows the last signature on a paper. Work kind ``follow``; args: minutes."""
    with step.commit() as tx:
        paper = read.minutes_by_id(tx.connection, step.args["minutes"])
        if not paper.missing:
            follow(tx, paper)


def fetch_receipt(step: Step) -> None:
    """Read a filed dossier's receipt back from where it was filed. Work kind ``receipt``; args: dossier."""
    house = step.house
    with house.store.read() as connection:
        dossier = read.dossier_by_id(connection, step.args["dossier"])
        o = t.outbox.c
        query = sa.select(o.key, o.target).where(o.subject == dossier.id, o.act == "file", o.agency == house.agency)
        act = connection.execute(query.order_by(o.planned_at.desc()).limit(1)).one_or_none()
    connector: Connector | None = None
    if act is not None:
        connector = house.connectors.get(act.target.partition(":")[2])
    if act is None or connector is None:
        with step.commit() as tx:
            words = dossier.receipt or dossier.path or _("Lưu tại thư mục hồ sơ; chưa cấu hình nơi nộp.")
            _keep(tx, dossier.id, words)
        return
    with house.using(act.target):
        receipt = connector.find_filed(act.key)
    with step.commit() as tx:
        if receipt is None:
            tx.record_fault(
                "filed-no-receipt", dossier.id, _("Nơi nhận không tìm thấy hồ sơ đã nộp."),
                _("Kiểm tra ở nơi nhận, rồi nộp lại bằng congkhai dossier file."),
            )  # fmt: skip
        else:
            _keep(tx, dossier.id, receipt_words(receipt))


def _keep(tx: Transaction, id_: str, words: str) -> None:
    tx.connection.execute(sa.update(t.dossier).where(t.dossier.c.id == id_).values(receipt=words))
    tx.journal("dossier.receipt", id_)
