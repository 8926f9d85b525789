"""Reports as a head, tables and charts, ready for PDF, CSV or JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .clock import local_date
from .house import House
from .minutes.view import EVIDENCE
from .regulation_records import DurationKind
from .reports_data import (
    OUTCOMES,
    Form,
    Line,
    limit,
    line_of,
    lines,
    local,
    outcome_words,
    period,
    posted_between,
    tally,
    totals,
)
from .text import _


@dataclass(frozen=True, slots=True)
class Table:
    """A table: title, heads of its columns, rows of text; `wide` are relative widths of the columns."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wide: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars: title, names of the series, and for each bar its label and one number for each series."""

    title: str
    series: tuple[str, ...]
    bars: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """
    One report.

    Attributes:
        key: what it is, e.g. ``annual``; `title` and `subtitle` as people read them.
        facts: label and value, above everything else.
        data: the same as plain values for programs.
        draft: it is a draft for a paper that the agency must sign and issue.
        signers: capacity and name (or nothing) of who signs by hand, left to right; none: who made it, and the head.
    """

    key: str
    title: str
    subtitle: str
    agency: str
    made: datetime
    facts: tuple[tuple[str, str], ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    draft: bool = False
    signers: tuple[tuple[str, str], ...] = ()


def to_csv(report: Report) -> bytes:
    """
    Write the tables of a report, each under its title, as CSV for spreadsheets (UTF-8 with a mark, commas).

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for number, table in enumerate(report.tables):
        if number:
            writer.writerow([])
        writer.writerow([table.title])
        writer.writerow(table.heads)
        writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_data(report: Report) -> dict[str, Any]:
    """Return a report as JSON values."""
    return {
        "report": report.key, "title": report.title, "agency": report.agency, "made": report.made.isoformat(),
        **report.data,
    }  # fmt: skip


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "id": line.id, "title": line.title, "number": line.number, "category": line.category, "key": line.key,
        "unit": line.unit, "trigger": line.trigger.isoformat(), "publish_by": line.publish_by.isoformat(),
        "published": line.published and line.published.isoformat(), "closed": line.closed and line.closed.isoformat(),
        "outcome": line.outcome, "late": line.late, "too_short": line.too_short, "incomplete": line.incomplete,
        "dossier": line.dossier,
        "forms": [
            {"form": one.form, "place": one.place, "since": one.since and one.since.isoformat(),
             "until": one.until and one.until.isoformat(), "days": one.days,
             "proofs": [
                 {"kind": kind, "at": at.isoformat(), "address": address, "sha256": sha256}
                 for kind, at, address, sha256 in one.proofs
             ]}
            for one in line.forms
        ],
    }  # fmt: skip


def compliance(house: House, first: date, last: date, key: str, title: str) -> Report:
    """Make a compliance report over the disclosures whose limit began between two days."""
    found = lines(house, first, last)
    sums = totals(found)
    shown = OUTCOMES[:5]
    facts = [(_("Số nội dung công khai"), str(sums["disclosures"]))]
    facts += [(outcome_words(name).capitalize(), str(sums[name])) for name in OUTCOMES]
    facts += [
        (_("Trong đó chậm / thiếu thời gian / hồ sơ chưa đủ, tính riêng từng lỗi"),
         f"{sums['late_in_all']} / {sums['too_short_in_all']} / {sums['incomplete_in_all']}"),
    ]  # fmt: skip
    names = {line.category: house.regulation.category(line.key).text for line in found}
    charts, tables = [], []
    for by, head in (("month", _("Theo tháng")), ("category", _("Theo nội dung")), ("unit", _("Theo đơn vị ban hành"))):
        counted = tally(found, by)
        order = sorted(counted, key=_sortable) if by != "month" else list(counted)
        charts.append(Chart(head, tuple(outcome_words(name) for name in shown), tuple(
            (_("Mục {clause}").format(clause=name) if by == "category" else name,
             tuple(counted[name][outcome] for outcome in shown))
            for name in order
        )))  # fmt: skip
        tables.append(Table(head, (head, *(outcome_words(name).capitalize() for name in OUTCOMES)), tuple(
            (f"{name}. {names[name]}" if by == "category" else name, *(str(counted[name][o]) for o in OUTCOMES))
            for name in order
        ), (8, *(3 for _name in OUTCOMES))))  # fmt: skip
    tables.append(_failings(found))
    data = {
        "from": first.isoformat(), "to": last.isoformat(), "totals": sums,
        "by_category": tally(found, "category"), "by_unit": tally(found, "unit"), "by_month": tally(found, "month"),
        "disclosures": [_line_data(line) for line in found],
    }  # fmt: skip
    subtitle = _("Từ ngày {first:%d/%m/%Y} đến ngày {last:%d/%m/%Y}").format(first=first, last=last)
    return Report(
        key, title, subtitle, house.configuration.agency.name, house.clock.now(), tuple(facts), tuple(charts[:2]),
        tuple(tables), data,
    )  # fmt: skip


def _sortable(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (10_000, name)


def _failings(found: Sequence[Line]) -> Table:
    """List what did not keep the rules, and what is still open."""
    chosen = [line for line in found if line.outcome not in ("on_time", "stopped")]
    heads = (_("Số"), _("Nội dung"), _("Mục"), _("Hạn"), _("Công khai"), _("Kết quả"))
    rows = tuple(
        (line.number, line.title, line.category, limit(line.publish_by), local(line.published),
         outcome_words(line.outcome))
        for line in chosen
    )  # fmt: skip
    return Table(_("Các nội dung cần giải trình hoặc theo dõi"), heads, rows, (3, 8, 1, 3, 3, 3))


def periodic(house: House, kind: str, year: int, number: int = 1) -> Report:
    """Make the ``annual`` or ``six-month`` compliance report of a year (half 1 or 2)."""
    if kind == "annual":
        title = _("Báo cáo việc chấp hành quy định công khai năm {year}").format(year=year)
        return compliance(house, *period("year", year), kind, title)
    title = _("Báo cáo việc chấp hành quy định công khai 6 tháng {half} năm {year}").format(
        half=_("đầu") if number == 1 else _("cuối"), year=year
    )
    return compliance(house, *period("half", year, number), kind, title)


def quarterly(house: House, year: int, number: int) -> Report:
    """Make the list of what was disclosed in a quarter, with form and time (Luật 10/2022/QH15 Điều 13.2)."""
    first, last = period("quarter", year, number)
    found = posted_between(house, first, last)
    heads = (_("STT"), _("Số"), _("Nội dung"), _("Hình thức, địa điểm"), _("Thời gian"))
    rows = tuple(
        (
            str(rank), line.number, line.title, "\n".join(f"{one.title}: {one.place}" for one in line.forms),
            "\n".join(_lasted(one) for one in line.forms),
        )
        for rank, line in enumerate(found, 1)
    )  # fmt: skip
    title = _("Danh sách các nội dung đã công khai quý {number} năm {year}").format(number=number, year=year)
    return Report(
        "quarterly", title, _("Kèm theo hình thức, thời gian thực hiện"), house.configuration.agency.name,
        house.clock.now(), ((_("Số nội dung"), str(len(found))),), (), (Table(title, heads, rows, (1, 3, 7, 6, 5)),),
        {"year": year, "quarter": number, "disclosures": [_line_data(line) for line in found]},
    )  # fmt: skip


def _lasted(form: Form) -> str:
    if form.since is None:
        return _("chưa công khai")
    return f"{local(form.since)} – {local(form.until) or _('đang công khai')}"


def results(house: House, disclosure: str) -> Report:
    """Make the results of one disclosure: every form that was used, each with its proofs (part 9.5)."""
    line = line_of(house, disclosure)
    heads = (_("Hình thức"), _("Địa điểm"), _("Từ"), _("Đến"), _("Minh chứng"))
    rows = tuple(
        (
            one.title, one.place, local(one.since), local(one.until),
            "\n".join(
                f"{EVIDENCE.get(kind, kind)} {local(at)} {address} {sha256[:16]}".strip()
                for kind, at, address, sha256 in one.proofs
            ) or _("CHƯA CÓ MINH CHỨNG"),
        )
        for one in line.forms
    )  # fmt: skip
    facts = (
        (_("Văn bản"), f"{line.number} {line.title}"), (_("Mục"), line.category),
        (_("Hạn công khai"), limit(line.publish_by)), (_("Kết quả"), outcome_words(line.outcome)),
        (_("Hồ sơ"), line.dossier or _("chưa lập")),
    )  # fmt: skip
    return Report(
        "results", _("Kết quả công khai thông tin"), line.title, house.configuration.agency.name, house.clock.now(),
        facts, (), (Table(_("Các hình thức đã dùng"), heads, rows, (4, 5, 3, 3, 7)),), _line_data(line),
    )  # fmt: skip


def plan(house: House, year: int) -> Report:
    """
    Draft the agency's disclosure plan of a year: contents, forms, times, durations, responsibility.

    Source: Luật 10/2022/QH15 Điều 14.1 as the model; Quy chế xã Đông Sơn Điều 9.1. The agency signs and issues it.
    """
    rules = house.regulation
    signer = next((rule.title for rule in rules.signers if rule.role == "records_officer"), _("Văn thư"))
    rows = []
    for category in rules.categories:
        owed = rules.required_forms(
            has_internal_system=house.configuration.agency.has_intranet, matter=category.key
        )  # fmt: skip
        limit = rules.deadline(category.key)
        unit = _("ngày làm việc") if limit.unit == "working_day" else _("ngày")
        times = {rules.duration(one.form, category.key) for one in owed}
        lasting = sorted({
            _("thường xuyên") if time.kind is DurationKind.PERMANENT else _("{n} ngày").format(n=time.days)
            for time in times if time is not None
        })  # fmt: skip
        rows.append((
            category.clause, category.text, "; ".join(one.title for one in owed),
            _("chậm nhất {count} {unit}").format(count=limit.count, unit=unit), "; ".join(lasting), signer,
        ))  # fmt: skip
    title = _("Kế hoạch thực hiện công khai thông tin của cơ quan năm {year}").format(year=year)
    heads = (_("Mục"), _("Nội dung"), _("Hình thức"), _("Thời điểm"), _("Thời hạn"), _("Trách nhiệm"))
    return Report(
        "plan", title, _("Dự thảo theo {name}; cơ quan xem lại, ký và ban hành").format(name=rules.title),
        house.configuration.agency.name, house.clock.now(), (), (),
        (Table(title, heads, tuple(rows), (1, 7, 5, 3, 2, 3)),),
        {"year": year, "items": [dict(zip(("clause", "content", "forms", "by", "for", "who"), row, strict=True))
                                 for row in rows]},
        draft=True,
    )  # fmt: skip


def adhoc_plan(house: House, disclosure: str) -> Report:
    """
    Draft the plan for one matter that the plan of the year does not name: content, forms, times, durations, who.

    Source: Quy chế xã Đông Sơn Điều 9.2 (it must name the forms used); Luật 10/2022/QH15 Điều 14.1 as the model.
    """
    rules = house.regulation
    line = line_of(house, disclosure)
    signer = next((rule.title for rule in rules.signers if rule.role == "records_officer"), _("Văn thư"))
    titles = {rule.form: rule.title for rule in rules.channels}
    rows = []
    for one in line.forms:
        lasting = _("{n} ngày liên tục").format(n=one.days) if one.days else _("thường xuyên")
        rows.append((titles.get(one.form, one.form), one.place, limit(line.publish_by), lasting, signer))
    heads = (_("Hình thức"), _("Địa điểm"), _("Thời điểm, chậm nhất"), _("Thời hạn"), _("Trách nhiệm"))
    title = _("Kế hoạch công khai đối với công việc, hoạt động cụ thể")
    facts = ((_("Nội dung"), f"{line.number} {line.title}".strip()), (_("Mục"), line.category))
    return Report(
        "adhoc-plan", title, _("Dự thảo theo {name}; cơ quan xem lại, ký và ban hành").format(name=rules.title),
        house.configuration.agency.name, house.clock.now(), facts, (),
        (Table(_("Hình thức, thời gian thực hiện"), heads, tuple(rows), (4, 6, 4, 3, 4)),),
        {"disclosure": disclosure, "forms": [dict(zip(("form", "place", "by", "for", "who"), row, strict=True))
                                             for row in rows]},
        draft=True,
    )  # fmt: skip


def today(house: House) -> date:
    """Return the agency's day."""
    return local_date(house.clock.now())
