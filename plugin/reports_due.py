"""
What the daemon writes for people to sign and issue: periodic reports when their period is over (the quarterly list, the
six-month and the annual compliance report), drafts of the year's plan and of plans for single matters.

Each is kept in the vault with its digest in the journal, and laid as PDF and JSON into ``reports`` of the work folder,
where a clerk takes it to be signed and issued.

Source: Luật 10/2022/QH15 Điều 13.2, 52.3; Quy chế xã Đông Sơn Điều 24.3.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa

from .disclosures import STOPPED
from .dossier_parts import annual_plan
from .house import House
from .minuting import load_matter
from .platform import write_durably
from .records import DisclosureState
from .regulation_records import DossierPart
from .reports import Report, adhoc_plan, as_data, periodic, plan, quarterly
from .reports_pdf import report_pdf
from .store import Transaction
from .store import tables as t
from .work import Step

_LATELY = timedelta(days=14)  # longer than any time limit, and than the daemon is usually down


def _name(house: House) -> str:
    return f"reported:{house.agency}"


def plan_drafts(tx: Transaction, house: House) -> None:
    """Plan a look at every matter that was opened lately: does it need a plan of its own? Each is looked at once."""
    if _part(house, "plan") is None:
        return
    c = t.disclosure.c
    fresh = sa.and_(c.state == DisclosureState.POSTED.value, c.opened_at >= tx.now - _LATELY)
    query = sa.select(c.id).where(c.agency == house.agency, sa.or_(c.state == DisclosureState.DUE.value, fresh))
    for id_ in tx.connection.scalars(query.order_by(c.opened_at, c.id)).all():
        tx.enqueue("reports", f"plan:{id_}", disclosure=id_)


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def plan_reports(tx: Transaction, house: House, today: date) -> None:
    """Plan the reports of every quarter that ended since the last look (the first remembers it only), and drafts."""
    plan_drafts(tx, house)
    row = tx.connection.scalar(sa.select(t.meta.c.value).where(t.meta.c.name == _name(house)))
    year, number = _quarter(today)
    if row is None:
        tx.connection.execute(sa.insert(t.meta).values(name=_name(house), value=f"{year}-{number}"))
        return
    then, quarter = (int(part) for part in row.split("-"))
    while (then, quarter) < (year, number):
        tx.enqueue("reports", f"{house.agency}:{then}-{quarter}", year=str(then), quarter=str(quarter))
        then, quarter = (then, quarter + 1) if quarter < 4 else (then + 1, 1)
    tx.connection.execute(sa.update(t.meta).where(t.meta.c.name == _name(house)).values(value=f"{year}-{number}"))


def _of_quarter(house: House, year: int, quarter: int) -> Iterator[tuple[str, Report]]:
    """Give the reports that fall due with the end of a quarter, each with its file name."""
    yield f"{year}-quy-{quarter}-danh-sach", quarterly(house, year, quarter)
    if quarter in (2, 4):
        yield f"{year}-6-thang-{quarter // 2}", periodic(house, "six-month", year, quarter // 2)
    if quarter == 4:
        yield f"{year}-nam", periodic(house, "annual", year)
        if _part(house, "document") is not None:
            yield f"{year + 1}-ke-hoach-cong-khai-du-thao", plan(house, year + 1)


def _part(house: House, origin: str) -> DossierPart | None:
    """Return the part of disclosure dossiers of one origin (``document``: the year's plan), or None."""
    rule = house.regulation.dossier("disclosure")
    return next((part for part in rule.parts if part.origin == origin), None) if rule is not None else None


def make(step: Step) -> None:
    """Make the reports of a quarter, or a matter's plan. Work kind ``reports``; args: year, quarter; or disclosure."""
    house = step.house
    disclosure = step.args.get("disclosure", "")
    if disclosure:
        subject, reports = disclosure, _own_plan(house, disclosure)
    else:
        subject = f"{step.args['year']}-{step.args['quarter']}"
        reports = [*_of_quarter(house, int(step.args["year"]), int(step.args["quarter"]))]
    made = []
    for name, report in reports:
        data = json.dumps(as_data(report), ensure_ascii=False, indent=1).encode()
        for ending, content in (("pdf", report_pdf(report)), ("json", data)):
            made.append((report.key, house.store.vault.put(content)[0]))
            write_durably(house.store.folder / "reports" / f"{name}.{ending}", content)
    with step.commit() as tx:
        if made:
            tx.journal("report.made", subject, reports=[list(one) for one in made])


def own_plan_name(disclosure: str) -> str:
    """Return the name of the draft of a matter's own plan in ``reports``, without its ending."""
    return f"{disclosure}-ke-hoach-rieng-du-thao"


def _own_plan(house: House, disclosure: str) -> list[tuple[str, Report]]:
    """Draft the plan of a matter that no plan of the year covers; nothing where the regulation asks for none."""
    if _part(house, "plan") is None:
        return []
    with house.store.read() as connection:
        matter = load_matter(house, connection, disclosure)
    covered = matter.disclosure.state in STOPPED or annual_plan(house, matter) is not None
    return [] if covered else [(own_plan_name(disclosure), adhoc_plan(house, disclosure))]
