"""The sections of a regulation's ini file, one function each: what was read, checked, as a record."""

import re
from collections.abc import Iterable

from congkhai.schedules import CountingRule, ScheduleError

from .regulation_ini import Section
from .regulation_matters import DOSSIERS, StaffMatter
from .regulation_records import (
    Category,
    ChannelRule,
    DeadlineRule,
    DossierKindRule,
    DossierPart,
    DurationKind,
    DurationRule,
    Duty,
    Exclusion,
    Exemption,
    LawReference,
    Note,
    PeopleItem,
    SignerRule,
    SpecialRegime,
    Unit,
)
from .text import _

FAMILIES = (
    "regulation", "category", "deadline", "duration", "counting", "channel", "exemption", "signer", "dossier", "part",
    "regime", "law", "duty", "people", "exclusion", "reference", "decide", "consult", "supervise",
)  # fmt: skip
AGENCY_KINDS = ("", "xa", "so", "trung_tam", "van_phong")
CATEGORY_KEYS = (
    "policy", "workplan", "budget", "assets", "public_investment", "personnel", "integrity", "inspection",
    "internal_rules", "feedback", "superior_docs", "other",
)  # fmt: skip
FORMS = (
    "notice_board", "intranet", "portal", "conference", "written_notice_all", "section_heads", "party_union_notice",
    "other_form", "loudspeaker", "village_heads",
)  # fmt: skip
TRIGGERS = (
    "decision_exists", "issued", "received", "handed_over", "assigned", "approved", "period_end", "reported_up",
    "conclusion_issued", "regulation_issued", "conference_closed", "work_ended",
)  # fmt: skip
CARDINALITIES = ("year", "matter", "posting", "conference", "half_year", "consultation", "term", "report_period")
RHYTHMS = ("week", "month", "quarter", "half_year", "nine_months", "year", "term", "session", "event")
EXCLUSIONS = ("state_secret", "work_secret", "not_yet_public", "petition_identity")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = tuple(unit.value for unit in Unit)
KINDS = tuple(kind.value for kind in DurationKind)


SUB_KEYS = (
    "personnel.people", "personnel.programmes", "integrity.conclusions", "integrity.declarations",
    "inspection.denunciation", "inspection.complaint", "inspection.other", "own_regulation",
)  # fmt: skip
_PEOPLE = re.compile(r"people(?:\.p\d{2})?")
_PAPERS = ("posting", "closing", "report", "conference", "ballot", "declarations")


def _matter(section: Section, written: str, key: str) -> str:
    """Check a matter: everything, an item, one of its sub-keys, or what a commune tells the people."""
    if written not in ("*", *CATEGORY_KEYS, *SUB_KEYS) and _PEOPLE.fullmatch(written) is None:
        section.fail(
            _("Không có nội dung “{name}”.").format(name=written),
            _("Dùng *, people, people.pNN, hoặc một trong: {names}.").format(
                names=", ".join((*CATEGORY_KEYS, *SUB_KEYS))
            ), key,
        )  # fmt: skip
    return written


def category(section: Section) -> Category:
    """Read ``[category:…]``: one item of the disclosure list."""
    key = section.choice("key", CATEGORY_KEYS)
    clause = section.text("clause", section.name)
    sub_keys = tuple(_matter(section, one, "sub-keys") for one in section.words("sub-keys"))
    return Category(
        clause, key, section.text("text"), section.text("source"), sub_keys,
        from_law=False, portal_allowed=section.yes("portal", default=True), omits=section.text("omits", ""),
    )  # fmt: skip


def deadline(section: Section) -> DeadlineRule:
    """Read ``[deadline:…]``: by when a matter is disclosed."""
    matter = _matter(section, section.text("matter"), "matter")
    return DeadlineRule(
        matter, _at_least_one(section, "count"), Unit(section.choice("unit", UNITS)),
        section.choice("trigger", TRIGGERS), section.choice("bound", ("not_later_than", "before")),
        section.text("source"), section.choice("variant", ("", "special"), ""),
    )  # fmt: skip


def _at_least_one(section: Section, key: str) -> int:
    number = section.number(key)
    if number < 1:
        section.fail(_("“{key}” phải từ 1 trở lên.").format(key=key), _("Ghi số ngày của quy chế."), key)
    return number


def duration(section: Section) -> DurationRule:
    """Read ``[duration:…]``: how long a matter stays public through a form."""
    kind = DurationKind(section.choice("kind", KINDS))
    days = 0 if kind is DurationKind.PERMANENT else _at_least_one(section, "days")
    form = section.choice("form", ("*", *FORMS))
    start = section.choice("start", ("posted",), "posted")
    matter = _matter(section, section.text("matter"), "matter")
    return DurationRule(matter, form, days, kind, start, section.text("source"))


def counting(section: Section) -> CountingRule:
    """Read ``[counting]``: how days are counted."""
    try:
        return CountingRule.read(section.others())
    except ScheduleError as error:
        return section.fail(error.what, error.advice or _("Xem các giá trị được phép trong tài liệu về đếm ngày."))


def _form(section: Section) -> str:
    if section.name not in FORMS:
        section.fail(
            _("Không có hình thức công khai “{name}”.").format(name=section.name),
            _("Các hình thức: {names}.").format(names=", ".join(FORMS)),
        )
    return section.name


def _forms(section: Section, *also: str) -> tuple[str, ...]:
    forms = section.words("forms")
    for form in forms:
        if form not in (*FORMS, *also):
            section.fail(
                _("Không có hình thức công khai “{name}”.").format(name=form),
                _("Các hình thức: {names}.").format(names=", ".join(FORMS)), "forms",
            )  # fmt: skip
    return forms


def channel(section: Section) -> ChannelRule:
    """Read ``[channel:FORM]``: a form of disclosure."""
    conditions = ("always", "has_internal_system", "no_internal_system")
    return ChannelRule(
        _form(section), section.choice("requirement", ("required", "optional")), section.text("title"),
        section.text("source"), section.choice("condition", conditions, "always"),
    )  # fmt: skip


def exemption(section: Section) -> Exemption:
    """Read ``[exemption:CONDITION]``: when the posting time is not owed."""
    if section.name not in ("written_notice_all", "other_law"):
        section.fail(
            _("Không có điều kiện miễn “{name}”.").format(name=section.name),
            _("Dùng exemption:written_notice_all hoặc exemption:other_law."),
        )
    return Exemption(section.name, _forms(section, "*"), section.text("source"))


def signer(section: Section) -> SignerRule:
    """Read ``[signer:ROLE]``: who signs which minutes."""
    papers = section.words("papers")
    for paper in papers:
        if paper not in _PAPERS:
            section.fail(
                _("Không có loại biên bản “{name}”.").format(name=paper),
                _("Các loại: {names}.").format(names=", ".join(_PAPERS)), "papers",
            )  # fmt: skip
    return SignerRule(
        section.name, section.text("title"), section.words("capacity", separator="/"), papers,
        _at_least_one(section, "order"), section.text("source"), section.yes("mandatory", default=True),
    )  # fmt: skip


def dossier(section: Section) -> DossierKindRule:
    """Read ``[dossier:KIND]``: a kind of dossier; its parts follow in sections of their own."""
    if section.name not in DOSSIERS.values() and section.name != "disclosure":
        section.fail(
            _("Không có loại hồ sơ “{kind}”.").format(kind=section.name),
            _("Các loại: {names}.").format(names=", ".join(("disclosure", *DOSSIERS.values()))),
        )  # fmt: skip
    return DossierKindRule(
        section.name, section.text("title"), section.text("source"), (),
        section.yes("intranet-replaces-minutes", default=True), section.number("retention-years", 0),
    )  # fmt: skip


def part(section: Section) -> DossierPart:
    """Read ``[part:CLAUSE]``: one part of a kind of dossier."""
    origins = ("document", "plan", "minutes:posting", "minutes:closing", "report")
    known = ("always", "not_in_annual_plan", "board_posting", "ends", "by_ballot", "has_inspection_board")
    conditions = section.words("conditions") or ("always",)
    for condition in conditions:
        if condition not in known:
            section.fail(
                _("Không có điều kiện “{name}”.").format(name=condition),
                _("Các điều kiện: {names}.").format(names=", ".join(known)), "conditions",
            )  # fmt: skip
    written = section.text("origin")
    origin = written if written.startswith("plugin:") else section.choice("origin", origins)
    return DossierPart(
        section.name, section.text("title"), section.choice("cardinality", CARDINALITIES), conditions,
        origin, section.text("source"), section.words("types"), section.words("phrases"),
        section.words("excluded"), section.words("periods"), section.words("must-name"),
        section.yes("disclosed", default=False),
    )  # fmt: skip


def regime(section: Section) -> SpecialRegime:
    """Read ``[regime:KEY]``: the rules of a special law."""
    source = section.text("source")
    matters = tuple(_matter(section, one, "matters") for one in section.words("matters"))
    forms = _forms(section)
    deadline = None
    if section.text("deadline-count", ""):
        deadline = DeadlineRule(
            section.name, _at_least_one(section, "deadline-count"), Unit(section.choice("deadline-unit", UNITS)),
            section.choice("deadline-trigger", TRIGGERS), "not_later_than", source,
        )  # fmt: skip
    return SpecialRegime(
        section.name, section.text("title"), matters, deadline, tuple(_regime_durations(section, forms, source)), forms,
        section.words("signers"), source, section.yes("confirmed", default=False), section.day("until"),
        section.text("note", ""),
    )  # fmt: skip


def _regime_durations(section: Section, forms: tuple[str, ...], source: str) -> Iterable[DurationRule]:
    """Give each named form the regime's time; the written notice is an act, not a posting, so it has none."""
    if not section.text("kind", ""):
        return
    kind = DurationKind(section.choice("kind", KINDS))
    days = 0 if kind is DurationKind.PERMANENT else _at_least_one(section, "days")
    for form in [form for form in forms if form not in ("written_notice_all", "conference")] or ["*"]:
        yield DurationRule(section.name, form, days, kind, "posted", source)


def note(section: Section) -> Note:
    """Read ``[law:…]``: a remark on the regulation itself."""
    severity = section.choice("severity", ("warn", "info"))
    return Note(severity, section.text("message"), section.text("source", ""))


def duty(section: Section) -> Duty:
    """Read ``[duty:KEY]``: a periodic report, meeting or act."""
    return Duty(
        section.name, section.text("title"), section.choice("every", RHYTHMS),
        section.choice("bound", ("on", "before", "not_later_than", "unset"), "unset"), tuple(_days(section)),
        section.choice("weekday", ("", *WEEKDAYS), ""), section.text("time", ""), section.text("who", ""),
        section.text("to", ""), section.text("source"), section.text("note", ""),
    )  # fmt: skip


def _days(section: Section) -> Iterable[tuple[int, int]]:
    """Read ``days``: ``10`` (of each month) or ``09/07`` (day and month), several after commas."""
    for written in section.words("days"):
        day, _slash, month = written.partition("/")
        if not (day.isdigit() and (not month or month.isdigit())) or not (
            1 <= int(day) <= 31 and int(month or 1) <= 12
        ):
            section.fail(
                _("“{written}” không phải ngày hoặc ngày/tháng.").format(written=written),
                _("Viết “10” (ngày 10 mỗi tháng) hoặc “10/07”."), "days",
            )  # fmt: skip
        yield int(day), int(month or 0)


def people(section: Section) -> PeopleItem:
    """Read ``[people:p01]``: one item that a commune discloses to the people."""
    return PeopleItem(
        f"people.{section.name}", section.text("clause", section.name), section.text("text"), section.text("source"),
        section.yes("loudspeaker", default=False), section.words("phrases"),
    )  # fmt: skip


def exclusion(section: Section) -> Exclusion:
    """Read ``[exclusion:CLASS]``: a class of information that is not disclosed."""
    if section.name not in EXCLUSIONS:
        section.fail(
            _("Không có lớp loại trừ “{name}”.").format(name=section.name),
            _("Các lớp: {names}.").format(names=", ".join(EXCLUSIONS)),
        )
    return Exclusion(section.name, section.text("title"), section.text("source"), section.words("set-by"))


def reference(section: Section) -> LawReference:
    """Read ``[reference:KEY]``: a law that regulations cite, and what became of it."""
    return LawReference(
        section.text("number"), section.text("title"), section.day("until"), section.text("replaced-by", ""),
        section.yes("confirmed", default=False), section.text("source", ""),
    )  # fmt: skip


def staff_matter(section: Section) -> StaffMatter:
    """Read ``[decide:1]``, ``[consult:8]``, ``[supervise:1]``: one matter in which staff take part, by its number."""
    if not section.name.isdigit():
        section.text("text")  # what the Law's list does not number must say what it is
    return StaffMatter(
        section.family, section.name, section.text("text", ""), section.text("source"),
        confirmed=section.yes("confirmed", default=True),
    )  # fmt: skip
