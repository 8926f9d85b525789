"""
Periodic reports, made when their period is over: the quarterly list, the six-month and the annual compliance report.

Each is kept in the vault with its digest in the journal, and laid as PDF and JSON into ``reports`` of the work folder,
where a clerk takes it to be signed and issued.

Source: Luật 10/2022/QH15 Điều 13.2, 52.3; Quy chế xã Đông Sơn Điều 24.3.
"""

import json
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa

from .house import House
from .platform import write_durably
from .reports import Report, as_data, periodic, quarterly
from .reports_pdf import report_pdf
from .store import Transaction
from .store import tables as t
from .work import Step


def _name(house: House) -> str:
    return f"reported:{house.agency}"


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def plan_reports(tx: Transaction, house: House, today: date) -> None:
    """Plan the reports of every quarter that ended since the last look; the first look only remembers the quarter."""
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


def make(step: Step) -> None:
    """Make the reports of a quarter. Work kind ``reports``; args: year, quarter."""
    house = step.house
    made = []
    for name, report in _of_quarter(house, int(step.args["year"]), int(step.args["quarter"])):
        data = json.dumps(as_data(report), ensure_ascii=False, indent=1).encode()
        for ending, content in (("pdf", report_pdf(report)), ("json", data)):
            made.append((report.key, house.store.vault.put(content)[0]))
            write_durably(house.store.folder / "reports" / f"{name}.{ending}", content)
    with step.commit() as tx:
        subject = f"{step.args['year']}-{step.args['quarter']}"
        tx.journal("report.made", subject, reports=[list(one) for one in made])
