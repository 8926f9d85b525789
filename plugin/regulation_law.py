"""Lay a regulation over the Law: wider and stricter rules stand, silence and laxness fall back to the Law."""

from dataclasses import replace

from .regulation_records import (
    Category,
    ChannelRule,
    DeadlineRule,
    DurationKind,
    DurationRule,
    Exemption,
    Note,
    Regulation,
    Unit,
)
from .text import _


def fill_in(own: Regulation, law: Regulation) -> Regulation:
    """
    Return the agency's regulation with the Law's rules where it is silent or laxer.

    Args:
        own: the agency's rules as read from its file.
        law: the statutory default.

    Returns:
        The regulation that holds; its notes name every place where the Law had to step in.

    Source: Luật 10/2022/QH15 Điều 48 khoản 5, Điều 59 khoản 1a (a regulation may widen, never narrow).
    """
    notes: list[Note] = list(own.notes)
    return replace(
        own,
        categories=_categories(own, law) + tuple(_missing_categories(own, law, notes)),
        deadlines=_deadlines(own, law, notes),
        durations=_durations(own, law, notes),
        channels=_channels(own, law),
        exemptions=_exemptions(own, law, notes),
        regimes=own.regimes + tuple(r for r in law.regimes if r.key not in {mine.key for mine in own.regimes}),
        notes=tuple(notes) + tuple(note for note in law.notes if note not in notes),
    )


def _categories(own: Regulation, law: Regulation) -> tuple[Category, ...]:
    """Give each item the Law's sub-keys where it has none, and the Law's care about the portal always."""
    base = {category.key: category for category in law.categories}
    return tuple(
        replace(
            category,
            sub_keys=category.sub_keys or base[category.key].sub_keys,
            portal_allowed=category.portal_allowed and base[category.key].portal_allowed,
        )
        if category.key in base
        else category
        for category in own.categories
    )


def _missing_categories(own: Regulation, law: Regulation, notes: list[Note]) -> list[Category]:
    held = {category.key for category in own.categories}
    missing = [category for category in law.categories if category.key not in held]
    for category in missing:
        notes.append(  # noqa: PERF401 - two lists from one pass would hide that each missing item has its note
            Note(
                "warn",
                _("Danh mục của quy chế không có nội dung này, Luật vẫn bắt buộc công khai: {text}.").format(
                    text=category.text
                ),
                category.source,
            )
        )
    return [replace(category, clause=f"L{category.clause}", from_law=True) for category in missing]


def _deadlines(own: Regulation, law: Regulation, notes: list[Note]) -> tuple[DeadlineRule, ...]:
    """Keep the agency's limits, cut to the Law's count where a general one in working days is longer."""
    general = next((rule for rule in law.deadlines if rule.matter == "*" and not rule.variant), None)
    kept: list[DeadlineRule] = []
    for rule in own.deadlines:
        if general and rule.unit is general.unit is Unit.WORKING_DAY and rule.count > general.count:
            notes.append(
                Note(
                    "warn",
                    _("Thời hạn {own} ngày làm việc dài hơn Luật; áp dụng {law} ngày làm việc.").format(
                        own=rule.count, law=general.count
                    ),
                    rule.source,
                )
            )
            kept.append(replace(rule, count=general.count, source=general.source))
        else:
            kept.append(rule)
    has_general = any(rule.matter == "*" and not rule.variant for rule in kept)
    return tuple(kept) if has_general else (*kept, *law.deadlines)


def _durations(own: Regulation, law: Regulation, notes: list[Note]) -> tuple[DurationRule, ...]:
    """Keep the agency's times, never below the Law's minimum for the form; add the Law's for forms it leaves out."""
    kept: list[DurationRule] = []
    for rule in own.durations:
        floor = max((base.days for base in law.durations if rule.form in ("*", base.form)), default=0)
        if rule.matter == "*" and rule.kind is DurationKind.MINIMUM and rule.days < floor:
            notes.append(
                Note(
                    "warn",
                    _("Thời gian công khai {own} ngày ngắn hơn Luật; áp dụng {law} ngày liên tục.").format(
                        own=rule.days, law=floor
                    ),
                    rule.source,
                )
            )
            kept.append(replace(rule, days=floor))
        else:
            kept.append(rule)
    covered = {rule.form for rule in kept if rule.matter == "*"}
    if "*" not in covered:
        kept += [base for base in law.durations if base.form not in covered]
    return tuple(kept)


def _channels(own: Regulation, law: Regulation) -> tuple[ChannelRule, ...]:
    """Required forms are the union of both; the agency's own words and clause go before the Law's for a form."""
    held = {rule.form for rule in own.channels}
    return own.channels + tuple(rule for rule in law.channels if rule.form not in held)


def _exemptions(own: Regulation, law: Regulation, notes: list[Note]) -> tuple[Exemption, ...]:
    """Cut each exemption back to what the Law allows; an agency that names none is as strict as it wishes."""
    if not own.exemptions:
        return law.exemptions
    allowed = {base.condition: base.forms for base in law.exemptions}
    result: list[Exemption] = []
    for rule in own.exemptions:
        forms = allowed.get(rule.condition, ())
        if "*" in forms or ("*" not in rule.forms and set(rule.forms) <= set(forms)):
            result.append(rule)
            continue
        notes.append(
            Note(
                "warn",
                _(
                    "Quy chế miễn thời gian công khai rộng hơn Luật; chỉ áp dụng phần Luật cho phép: niêm yết tại "
                    "trụ sở khi đã thông báo bằng văn bản đến toàn thể."
                ),
                rule.source,
            )
        )
        cut = forms if "*" in rule.forms else tuple(form for form in rule.forms if form in forms)
        result.append(Exemption(rule.condition, cut, rule.source, wider_than_law=True))
    return tuple(result)
