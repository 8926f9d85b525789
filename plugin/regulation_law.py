"""Lay a regulation over the Law: wider and stricter rules stand, silence and laxness fall back to the Law."""

from collections.abc import Iterator
from dataclasses import replace

from .regulation_matters import lay_over
from .regulation_records import (
    Category,
    ChannelRule,
    DeadlineRule,
    DurationKind,
    DurationRule,
    Duty,
    Exclusion,
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
    notes: list[Note] = [*own.notes, *_omissions(own)]
    return replace(
        own,
        categories=_categories(own, law) + tuple(_missing_categories(own, law, notes)),
        deadlines=_deadlines(own, law, notes),
        durations=_durations(own, law, notes),
        channels=_channels(own, law),
        exemptions=_exemptions(own, law, notes),
        regimes=own.regimes + tuple(r for r in law.regimes if r.key not in {mine.key for mine in own.regimes}),
        notes=tuple(notes) + tuple(note for note in law.notes if note not in notes),
        duties=own.duties + tuple(duty for duty in law.duties if _owes(duty, own)),
        people=own.people or (law.people if own.agency_kind in ("", "xa") else ()),
        exclusions=own.exclusions + _without(law.exclusions, own.exclusions),
        references=own.references + law.references,
        staff_matters=lay_over(own.staff_matters, law.staff_matters),
    )


def _without(base: tuple[Exclusion, ...], held: tuple[Exclusion, ...]) -> tuple[Exclusion, ...]:
    keys = {rule.key for rule in held}
    return tuple(rule for rule in base if rule.key not in keys)


def _owes(duty: Duty, own: Regulation) -> bool:
    """Tell whether a duty of the Law falls on the agency and its regulation does not name it itself."""
    to_the_people = duty.key.startswith("people_")
    return (own.agency_kind in ("", "xa") or not to_the_people) and duty.key not in {mine.key for mine in own.duties}


def _omissions(own: Regulation) -> Iterator[Note]:
    """Say what the agency's words leave out of the Law's items; the item as a whole holds with the Law's content."""
    for category in own.categories:
        if category.omits:
            yield Note(
                "warn",
                _("Quy chế nói hẹp hơn Luật, không nêu: {text}. Luật vẫn bắt buộc công khai.").format(
                    text=category.omits
                ),
                category.source,
                "narrowed",
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
                "dropped",
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
                    "narrowed",
                )
            )
            kept.append(replace(rule, count=general.count, source=general.source))
        else:
            kept.append(rule)
    held = {(rule.matter, rule.variant) for rule in kept}
    return (*kept, *(base for base in law.deadlines if (base.matter, base.variant) not in held))


def _durations(own: Regulation, law: Regulation, notes: list[Note]) -> tuple[DurationRule, ...]:
    """Keep the agency's times, never below the Law's minimum for the form; add the Law's for forms it leaves out."""
    kept: list[DurationRule] = []
    for rule in own.durations:
        floor = max(
            (base.days for base in law.durations if base.matter == "*" and rule.form in ("*", base.form)), default=0
        )
        if rule.matter == "*" and rule.kind is DurationKind.MINIMUM and rule.days < floor:
            notes.append(
                Note(
                    "warn",
                    _("Thời gian công khai {own} ngày ngắn hơn Luật; áp dụng {law} ngày liên tục.").format(
                        own=rule.days, law=floor
                    ),
                    rule.source,
                    "narrowed",
                )
            )
            kept.append(replace(rule, days=floor))
        else:
            kept.append(rule)
    covered = {rule.form for rule in kept if rule.matter == "*"}
    for base in law.durations:
        if base.matter != "*":
            if (base.matter, base.form) not in {(rule.matter, rule.form) for rule in own.durations}:
                kept.append(base)
        elif "*" not in covered and base.form not in covered:
            kept.append(base)
    return tuple(kept)


def _channels(own: Regulation, law: Regulation) -> tuple[ChannelRule, ...]:
    """Required forms are the union of both; the agency's own words and clause go before the Law's for a form."""
    held = {rule.form: rule for rule in own.channels}
    added = []
    for rule in law.channels:
        mine = held.get(rule.form)
        if mine is None:
            added.append(rule)
        elif rule.requirement == "required" and (mine.requirement, mine.condition) != ("required", "always"):
            added.append(replace(rule, title=mine.title))
    return own.channels + tuple(added)


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
                "narrowed",
            )
        )
        cut = forms if "*" in rule.forms else tuple(form for form in rule.forms if form in forms)
        result.append(Exemption(rule.condition, cut, rule.source, wider_than_law=True))
    return tuple(result)
