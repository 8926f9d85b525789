"""Which channels publish a matter, for how long, on whose word, and which of them the Law asks for first."""

import sqlalchemy as sa

from .house import House
from .interfaces import Channel
from .records import Disclosure, PostingState
from .regulation_records import DurationKind, DurationRule
from .store import Transaction
from .store import tables as t
from .tagging.decide import PERSONAL
from .text import _

PUBLIC_FORMS = frozenset({"portal"})
"""Forms that the public sees: they bind the agency, so that the machine needs leave for them (law 6 of the house)."""
PUBLIC = "public"
NEVER_PUBLIC = frozenset({"integrity.declarations"})
"""Sub-keys that may not go to a public channel whatever a person says (Nghị định 130/2020/NĐ-CP Điều 11)."""


def audience_of(channel: Channel) -> str:
    """Return who sees a channel: what it says itself, else by its form; ``internal`` or ``public``."""
    said: str = getattr(channel, "audience", "")
    return said or (PUBLIC if channel.form in PUBLIC_FORMS else "internal")


def keys_of(connection: sa.Connection, matter: Disclosure) -> tuple[str, ...]:
    """Return every category key of a matter, the leading one first."""
    query = sa.select(t.disclosure_category.c.key).where(t.disclosure_category.c.disclosure == matter.id)
    return tuple(connection.scalars(query.order_by(t.disclosure_category.c.rank))) or (matter.key,)


def splits_off(house: House, key: str) -> bool:
    """Tell whether a category has an exact time in some configured channel: it must be a matter of its own."""
    rules = (house.regulation.duration(channel.form, key) for channel in house.channels.values())
    return any(rule is not None and rule.kind is DurationKind.EXACT for rule in rules)


def duration_of(house: House, form: str, keys: tuple[str, ...]) -> DurationRule | None:
    """
    Return the posting time that holds for a matter of these categories: permanent before longest.

    Returns:
        None where neither the regulation nor the Law speaks.
    """
    rules = [rule for rule in (house.regulation.duration(form, key) for key in keys) if rule is not None]
    return max(rules, key=lambda rule: (rule.kind is DurationKind.PERMANENT, rule.days), default=None)


def primary_form(house: House) -> str:
    """
    Return the form that the Law asks for first.

    Source: Luật 10/2022/QH15 Điều 48.1 (an internal system must be used where there is one), 48.2 (the notice board).
    """
    return "intranet" if house.configuration.agency.has_intranet else "notice_board"


def missing_forms(house: House, key: str) -> tuple[str, ...]:
    """Return the forms that are owed for a category and that no configured channel serves, in Vietnamese words."""
    served = {channel.form for channel in house.channels.values()}
    owed = house.regulation.required_forms(has_internal_system=house.configuration.agency.has_intranet, matter=key)
    return tuple(rule.title for rule in owed if rule.form not in served)


def plan_postings(tx: Transaction, house: House, matter: Disclosure, *, confirmed_by: str = "") -> bool:
    """
    Write the postings of a due matter: every configured channel, with the duration of its form.

    A portal is left out where the category does not allow it by itself (personal matters): that needs a person.

    Args:
        confirmed_by: the person who confirmed the matter; empty when the machine decided alone.

    Returns:
        False when no configured channel may be used.
    """
    keys = keys_of(tx.connection, matter)
    owed = house.regulation.required_forms(has_internal_system=house.configuration.agency.has_intranet, matter=keys[0])
    required = {rule.form for rule in owed}
    primary = primary_form(house)
    planned = False
    for name, channel in house.channels.items():
        if audience_of(channel) == PUBLIC and not _may_be_public(house, name, keys):
            continue
        rule = duration_of(house, channel.form, keys)
        mode, basis = _mode(house, name, channel, keys, confirmed_by)
        standing = "primary" if channel.form == primary else "required" if channel.form in required else "added"
        id_ = f"{matter.id}-{name}"
        tx.connection.execute(
            sa.insert(t.posting).values(
                id=id_, disclosure=matter.id, channel=name, form=channel.form, place=channel.place,
                state=PostingState.PLANNED.value, required_days=rule.days if rule else 0,
                counting=house.rule.words, basis=rule.source if rule else "",
                kind=rule.kind.value if rule else "act", standing=standing, mode=mode,
            )
        )  # fmt: skip
        tx.journal("posting.planned", id_, mode=mode, basis=basis, standing=standing)
        tx.enqueue("publish", id_, posting=id_)
        planned = True
    lacking = missing_forms(house, keys[0])
    if planned and lacking:
        tx.journal("posting.missing-form", matter.id, forms=list(lacking))
    return planned


def _listed(entries: tuple[str, ...], name: str, keys: tuple[str, ...]) -> bool:
    """Tell whether a channel, alone or with one of these categories, stands in a list of the ini."""
    roots = {key.partition(".")[0] for key in keys}
    for entry in entries:
        channel, _colon, category = entry.partition(":")
        if channel.strip() == name and category.strip() in ("", "*", *keys, *roots):
            return True
    return False


def _personal(house: House, keys: tuple[str, ...]) -> bool:
    return not all(house.regulation.category(key).portal_allowed for key in keys)


def _may_be_public(house: House, name: str, keys: tuple[str, ...]) -> bool:
    if NEVER_PUBLIC & {*keys}:
        return False
    return not _personal(house, keys) or _listed(house.configuration.publication.automatic, name, keys)


def _mode(
    house: House, name: str, channel: Channel, keys: tuple[str, ...], confirmed_by: str
) -> tuple[str, str]:  # fmt: skip
    """Return who lets a channel act, and on what basis, in words for the journal."""
    settings = house.configuration.publication
    if channel.attended:
        return "attended", _("người thực hiện và xác nhận")
    if _listed(settings.attended, name, keys):
        return "release", "[publication] attended"
    if _listed(settings.automatic, name, keys):
        return "automatic", settings.basis
    if audience_of(channel) == PUBLIC or (PERSONAL & {*keys} and not confirmed_by):
        return "release", _("đăng công khai ra ngoài hoặc việc nhân sự: cần người quyết định")
    if confirmed_by:
        return "automatic", _("người có thẩm quyền đã xác nhận nội dung")
    return "automatic", house.configuration.tagging.automatic_basis
