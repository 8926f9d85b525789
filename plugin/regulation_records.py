"""
An agency's disclosure rules as frozen records (quy chế thực hiện dân chủ, or the Law where no regulation speaks).

A regulation is data: which matters are disclosed, by when, through which forms, for how long, who signs the minutes,
what a dossier holds. Keys of matters and forms are the stable ones of docs/architecture.md; clause numbers are the
agency's own.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from congkhai.schedules import CountingRule

from .errors import NotAllowedError
from .regulation_matters import StaffMatter
from .text import _


class Unit(StrEnum):
    """Unit of a time limit: ngày làm việc, or ngày (liên tục)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"


class DurationKind(StrEnum):
    """How a posting time binds: at least, exactly, or until replaced (thường xuyên)."""

    MINIMUM = "minimum"
    EXACT = "exact"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Category:
    """
    One item of the disclosure list (nội dung công khai).

    Attributes:
        clause: number in the agency's own list; ``L`` and the number of Luật 10/2022 Điều 46 where it has none.
        key: stable key, e.g. ``superior_docs``.
        text: what the item covers, shortly, in our words.
        source: clause as people cite it, e.g. ``khoản 11 Điều 6``.
        sub_keys: finer kinds inside the item, e.g. ``personnel.people``.
        from_law: True when the agency's list is silent and the Law's duty stands.
        portal_allowed: False where a public portal needs a person's decision (personal matters).
        omits: what of the Law's item the agency's words leave out, in words; empty when nothing.
    """

    clause: str
    key: str
    text: str
    source: str
    sub_keys: tuple[str, ...] = ()
    from_law: bool = False
    portal_allowed: bool = True
    omits: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """
    Publish-by limit (thời điểm công khai).

    Attributes:
        matter: ``*``, a category key or a sub-key.
        count: number of `unit`.
        trigger: event that starts it: ``decision_exists``, ``issued``, ``received`` …
        bound: ``not_later_than`` (the last day counts) or ``before``.
        variant: empty, or ``special`` for a longer limit that a person must ask for with a reason.
    """

    matter: str
    count: int
    unit: Unit
    trigger: str
    bound: str
    source: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class DurationRule:
    """
    How long a matter stays public through one form (thời gian công khai).

    Attributes:
        matter: ``*``, a category key or a sub-key.
        form: ``*`` or a channel form such as ``notice_board``.
        days: consecutive days; 0 when permanent.
        start: what starts it: ``posted``.
    """

    matter: str
    form: str
    days: int
    kind: DurationKind
    start: str
    source: str


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """
    A form of disclosure (hình thức công khai) and whether it is owed.

    Attributes:
        form: stable key: ``notice_board``, ``intranet``, ``portal``, ``conference``, ``written_notice_all``,
            ``section_heads``, ``party_union_notice``, ``other_form``; to the people also ``loudspeaker``,
            ``village_heads``.
        requirement: ``required`` or ``optional``.
        condition: ``always``, ``has_internal_system`` or ``no_internal_system``.
    """

    form: str
    requirement: str
    title: str
    source: str
    condition: str = "always"


@dataclass(frozen=True, slots=True)
class Exemption:
    """
    When the posting time is not owed.

    Attributes:
        condition: ``written_notice_all`` or ``other_law``.
        forms: forms it frees; ``*`` for all.
        wider_than_law: True when the agency's words free more than the Law allows; `forms` is then already cut back.
    """

    condition: str
    forms: tuple[str, ...]
    source: str
    wider_than_law: bool = False


@dataclass(frozen=True, slots=True)
class SignerRule:
    """
    Who signs a kind of minutes.

    Attributes:
        role: stable role: ``head``, ``records_officer``, ``front_chair``, ``union_rep`` …
        title: role as people say it.
        capacity: lines above the name on paper, e.g. ``TM. ỦY BAN MTTQ`` and ``CHỦ TỊCH``.
        papers: kinds of minutes it signs: ``posting``, ``closing``.
        order: place on paper, from 1 (left to right).
    """

    role: str
    title: str
    capacity: tuple[str, ...]
    papers: tuple[str, ...]
    order: int
    source: str
    mandatory: bool = True


@dataclass(frozen=True, slots=True)
class DossierPart:
    """
    One part that a kind of dossier asks for.

    Attributes:
        key: clause, e.g. ``9.3``.
        cardinality: one for each ``year``, ``matter``, ``posting``, ``conference``, ``half_year``, ``consultation``,
            ``term`` (of the people's inspection board) or ``report_period`` (quarter, half-year, year, term).
        conditions: all must hold: ``always``, ``not_in_annual_plan``, ``board_posting``, ``ends`` (not permanent),
            ``by_ballot`` (opinions were collected by ballot), ``has_inspection_board``.
        origin: ``document`` (found by `types` and `phrases`), ``plan`` (written for the one matter),
            ``minutes:posting``, ``minutes:closing`` or ``report``.
        types: document types that fit, as words (``kế hoạch``).
        phrases: one of them must stand in the subject.
        excluded: none of these may stand in the subject.
        periods: periods of the year of which each owes a paper, as words in its subject, e.g. ``6 tháng``; empty: one
            paper is enough.
        must_name: what its text must name; shown to the person who confirms it.
        disclosed: its content must itself have been made public before it counts.
    """

    key: str
    title: str
    cardinality: str
    conditions: tuple[str, ...]
    origin: str
    source: str
    types: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    must_name: tuple[str, ...] = ()
    disclosed: bool = False


@dataclass(frozen=True, slots=True)
class DossierKindRule:
    """
    A kind of dossier (hồ sơ) that the regulation defines.

    Attributes:
        intranet_replaces_minutes: a matter on the intranet only needs no posting minutes; its proof is in the report.
        retention_years: how long it is kept; 0 when the agency has not said.
    """

    key: str
    title: str
    source: str
    parts: tuple[DossierPart, ...]
    intranet_replaces_minutes: bool = True
    retention_years: int = 0


@dataclass(frozen=True, slots=True)
class SpecialRegime:
    """
    Rules of a special law that go before the general ones (Luật 10/2022 Điều 47.2, 48.6, 91.1).

    Attributes:
        matters: category keys or sub-keys it governs by itself; empty when a person must choose it.
        deadline: its own publish-by limit, or None (the general one).
        durations: its own posting times; empty means the general ones.
        forms: forms it demands.
        signers: roles it asks for on its minutes; empty means the regulation's.
        confirmed: False until a person has confirmed that this law is in force as written here.
        until: last day on which this text is known to apply, or None.
    """

    key: str
    title: str
    matters: tuple[str, ...]
    deadline: DeadlineRule | None
    durations: tuple[DurationRule, ...]
    forms: tuple[str, ...]
    signers: tuple[str, ...]
    source: str
    confirmed: bool
    until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """
    A remark on the regulation itself.

    Attributes:
        severity: ``warn`` or ``info``.
        kind: ``remark`` (written in the file), ``dropped`` (an item of the Law is missing) or ``narrowed`` (a rule is
            laxer than the Law's, which stands).
    """

    severity: str
    message: str
    source: str = ""
    kind: str = "remark"


@dataclass(frozen=True, slots=True)
class Duty:
    """
    A periodic duty (họp giao ban, báo cáo định kỳ …).

    Attributes:
        every: ``week``, ``month``, ``quarter``, ``half_year``, ``nine_months``, ``year``, ``term``, ``session`` or
            ``event``.
        bound: ``on``, ``before`` (the day itself is too late), ``not_later_than``, or ``unset`` where the text names
            no day: the agency sets one.
        days: (day, month); month 0 means each month that `every` names.
        weekday: ``monday`` …; empty when it has none.
        time: hour as written, e.g. ``16:00``; empty when there is none.
        who: who owes it; `to` whom it is owed.
        note: what the text leaves open, in words.
    """

    key: str
    title: str
    every: str
    bound: str
    days: tuple[tuple[int, int], ...]
    weekday: str
    time: str
    who: str
    to: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PeopleItem:
    """
    One item that a commune discloses to the people (Luật 10/2022/QH15 Điều 11), beside its internal list.

    Limits and times stand in the rules for ``people`` and for the item's own key.

    Attributes:
        key: ``people.p01`` … ``people.p14``.
        clause: number in Điều 11.
        loudspeaker: it is also owed through loudspeakers and village heads (Điều 13.3, 13.4).
        phrases: words in a subject that point to it.
    """

    key: str
    clause: str
    text: str
    source: str
    loudspeaker: bool = False
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """
    A class of information that is not disclosed.

    Attributes:
        key: ``state_secret``, ``work_secret``, ``not_yet_public`` or ``petition_identity``.
        set_by: roles that may set or lift it, always with a reason; empty for what a marking decides.
    """

    key: str
    title: str
    source: str
    set_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LawReference:
    """
    A law that regulations cite.

    Attributes:
        number: as cited, e.g. ``04/2015/NĐ-CP``.
        until: last day on which it applied, or None.
        confirmed: False where its end is known from a secondary source only, so that a person must confirm it.
    """

    number: str
    title: str
    until: date | None
    replaced_by: str = ""
    confirmed: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Regulation:
    """
    All disclosure rules that hold for one agency, the Law's already filled in where it is silent or laxer.

    Attributes:
        name: file name without ``.ini``.
        agency_kind: ``xa``, ``so``, ``trung_tam``, ``van_phong``, or empty for the Law.
        number: as written; empty when the text has none.
        issued: None when the text has no full date; `issued_month` is then the first day of the month it names.
        article: where the list of categories stands, e.g. ``Điều 6``.
        counting: how days are counted, as in the section ``counting``.
        bases: laws it rests on, as cited.
        people: what a commune discloses to the people; empty for other agencies.
        references: laws that regulations cite, and what became of them.
        staff_matters: what staff decide, are consulted on and supervise (Điều 49, 53 …).
        based_on: name of the shipped regulation that the file was derived from; empty otherwise.
    """

    name: str
    agency_kind: str
    agency: str
    title: str
    number: str
    issued: date | None
    in_force_from: date | None
    in_force_to: date | None
    article: str
    categories: tuple[Category, ...]
    deadlines: tuple[DeadlineRule, ...]
    durations: tuple[DurationRule, ...]
    counting: CountingRule
    channels: tuple[ChannelRule, ...]
    exemptions: tuple[Exemption, ...]
    signers: tuple[SignerRule, ...]
    dossiers: tuple[DossierKindRule, ...]
    regimes: tuple[SpecialRegime, ...]
    bases: tuple[str, ...]
    notes: tuple[Note, ...]
    duties: tuple[Duty, ...] = ()
    people: tuple[PeopleItem, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    references: tuple[LawReference, ...] = ()
    issued_month: date | None = None
    staff_matters: tuple[StaffMatter, ...] = ()
    based_on: str = ""

    def category(self, key: str) -> Category:
        """Return the first item with this stable key (or sub-key). Raises NotAllowedError when there is none."""
        root = key.partition(".")[0]
        for category in self.categories:
            if category.key == root or key in category.sub_keys:
                return category
        raise NotAllowedError(
            _("Quy chế {name} không có nội dung công khai “{key}”.").format(name=self.name, key=key),
            advice=_("Chọn một nội dung trong danh mục của quy chế."), code="congkhai-E210",
        )  # fmt: skip

    def clause(self, number: str) -> tuple[Category, ...]:
        """Return the items under one clause number, in order of the file; empty when the clause does not exist."""
        return tuple(category for category in self.categories if category.clause == number)

    def regime(self, matter: str | None) -> SpecialRegime | None:
        """Return the special regime that governs a sub-key or category key by itself, if there is one."""
        return next((regime for regime in self.regimes if matter in regime.matters), None)

    def deadline(self, matter: str, *, variant: str = "") -> DeadlineRule:
        """
        Return the publish-by limit of a matter: special regime, then sub-key, category, general.

        Args:
            matter: category key or sub-key.
            variant: ``special`` for the longer limit that a person asks for.

        Raises:
            NotAllowedError: the regulation has no such variant.
        """
        regime = self.regime(matter)
        if regime is not None and regime.deadline is not None and not variant:
            return regime.deadline
        for wanted in (matter, matter.partition(".")[0], "*"):
            for rule in self.deadlines:
                if rule.matter == wanted and rule.variant == variant:
                    return rule
        raise NotAllowedError(
            _("Quy chế {name} không có thời hạn kiểu “{variant}”.").format(name=self.name, variant=variant),
            advice=_("Dùng thời hạn chung của quy chế."), code="congkhai-E211",
        )  # fmt: skip

    def duration(self, form: str, matter: str = "*") -> DurationRule | None:
        """
        Return how long a matter stays public through a form, or None when neither regulation nor Law says.

        A special regime goes first, then the sub-key, the category and the general rule; within each, the form itself
        goes before ``*``.
        """
        regime = self.regime(matter)
        tiers = [regime.durations] if regime is not None else []
        tiers += [
            tuple(rule for rule in self.durations if rule.matter == wanted)
            for wanted in dict.fromkeys((matter, matter.partition(".")[0], "*"))
        ]
        for tier in tiers:
            for wanted in (form, "*"):
                for rule in tier:
                    if rule.form == wanted:
                        return rule
        return None

    def required_forms(self, *, has_internal_system: bool, matter: str = "*") -> tuple[ChannelRule, ...]:
        """
        Return the forms that are owed for a matter: the Law's duty and the regulation's choice together.

        Args:
            has_internal_system: whether the agency has an internal information system or website (Luật 10/2022
                Điều 48.1 makes it the required place; without one, Điều 48.2 asks for the notice board).
            matter: category key or sub-key; a special regime may demand further forms.
        """
        wanted = {"always", "has_internal_system" if has_internal_system else "no_internal_system"}
        owed = [rule for rule in self.channels if rule.requirement == "required" and rule.condition in wanted]
        regime = self.regime(matter)
        for form in regime.forms if regime is not None else ():
            if all(rule.form != form for rule in owed):
                title = next((rule.title for rule in self.channels if rule.form == form), form)
                owed.append(ChannelRule(form, "required", title, regime.source if regime else ""))
        return tuple({rule.form: rule for rule in reversed(owed)}.values())[::-1]

    def signers_of(self, paper: str) -> tuple[SignerRule, ...]:
        """Return who signs a kind of minutes (``posting``, ``closing``), in paper order; empty: ask the agency."""
        return tuple(sorted((rule for rule in self.signers if paper in rule.papers), key=lambda rule: rule.order))

    def dossier(self, key: str) -> DossierKindRule | None:
        """Return a kind of dossier, or None when the regulation does not define it."""
        return next((dossier for dossier in self.dossiers if dossier.key == key), None)

    def in_force(self, day: date) -> bool:
        """Tell whether the regulation itself is in force on a day; unknown ends count as open."""
        return (self.in_force_from is None or day >= self.in_force_from) and (
            self.in_force_to is None or day <= self.in_force_to
        )

    def counting_rule(self) -> CountingRule:
        """Return how days are counted, in the form that congkhai.schedules takes (section ``counting``)."""
        return self.counting
