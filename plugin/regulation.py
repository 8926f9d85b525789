"""
Load an agency's disclosure rules from an ini file, with the Law filled in.

Order of precedence: special law, then the agency's regulation where it is wider or stricter, then the Law, which also
fills every silence (Luật 10/2022/QH15 Điều 47, 48, 59 khoản 1a). Where a regulation is laxer than the Law, the Law's
rule stands and a note says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from congkhai.schedules import CountingRule, ScheduleError

from .errors import ConfigurationError
from .regulation_ini import Section, read_sections
from .regulation_law import fill_in
from .regulation_records import (
    Category,
    ChannelRule,
    DeadlineRule,
    DossierKindRule,
    DossierPart,
    DurationKind,
    DurationRule,
    Exemption,
    Note,
    Regulation,
    SignerRule,
    SpecialRegime,
    Unit,
)
from .text import _

__all__ = [
    "Category", "ChannelRule", "DeadlineRule", "DossierKindRule", "DossierPart", "DurationKind", "DurationRule",
    "Exemption", "Note", "Regulation", "SignerRule", "SpecialRegime", "Unit", "list_regulations", "load_regulation",
]  # fmt: skip

FAMILIES = (
    "regulation", "category", "deadline", "duration", "counting", "channel", "exemption", "signer", "dossier", "part",
    "regime", "law",
)  # fmt: skip
AGENCY_KINDS = ("", "xa", "so", "trung_tam", "van_phong")
CATEGORY_KEYS = (
    "policy", "workplan", "budget", "assets", "public_investment", "personnel", "integrity", "inspection",
    "internal_rules", "feedback", "superior_docs", "other",
)  # fmt: skip
FORMS = (
    "notice_board", "intranet", "portal", "conference", "written_notice_all", "section_heads", "party_union_notice",
    "other_form",
)  # fmt: skip
TRIGGERS = (
    "decision_exists", "issued", "received", "handed_over", "assigned", "approved", "period_end", "reported_up",
    "conclusion_issued", "regulation_issued",
)  # fmt: skip
UNITS = tuple(unit.value for unit in Unit)
KINDS = tuple(kind.value for kind in DurationKind)
_FOLDER = Path(__file__).with_name("regulations")


def list_regulations() -> tuple[str, ...]:
    """Return the names of the regulations that are shipped, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.ini")))


def load_regulation(name_or_path: str) -> Regulation:
    """
    Load a shipped regulation by name, or any regulation by path.

    Args:
        name_or_path: name such as ``dong-son-2024``, or the path of an ini file (contains ``/`` or ends in ``.ini``).

    Returns:
        The regulation with the Law's rules filled in where it is silent or laxer (``follows`` in the file).

    Raises:
        ConfigurationError: no such regulation, or the file is wrong; names file, line and what to do.
    """
    return _load(name_or_path, ())


def _load(name_or_path: str, seen: tuple[Path, ...]) -> Regulation:
    file = _find(name_or_path)
    if file in seen:
        raise ConfigurationError(
            _("Các tệp quy chế dựa vòng tròn lên nhau."), where=str(file),
            advice=_("Sửa khóa “follows”: một quy chế chỉ dựa lên Luật."), code="congkhai-E115",
        )  # fmt: skip
    draft = _Draft(file)
    for section in read_sections(file, FAMILIES):
        draft.add(section)
    own = draft.regulation()
    return fill_in(own, _load(draft.follows, (*seen, file))) if draft.follows else own


def _find(name_or_path: str) -> Path:
    if "/" in name_or_path or name_or_path.endswith(".ini"):
        return Path(name_or_path).expanduser().absolute()
    if name_or_path not in list_regulations():
        raise ConfigurationError(
            _("Không có quy chế tên “{name}”.").format(name=name_or_path),
            advice=_("Các quy chế có sẵn: {names}; hoặc đưa đường dẫn một tệp .ini.").format(
                names=", ".join(list_regulations())
            ),
            code="congkhai-E116",
        )
    return _FOLDER / f"{name_or_path}.ini"


@dataclass(slots=True)
class _Draft:
    """What has been read of one file so far."""

    file: Path
    follows: str = ""
    head: dict[str, str] = field(default_factory=dict)
    days: dict[str, date | None] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    counting: CountingRule = field(default_factory=CountingRule)
    categories: list[Category] = field(default_factory=list)
    deadlines: list[DeadlineRule] = field(default_factory=list)
    durations: list[DurationRule] = field(default_factory=list)
    channels: list[ChannelRule] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    signers: list[SignerRule] = field(default_factory=list)
    dossiers: list[DossierKindRule] = field(default_factory=list)
    parts: list[tuple[Section, str, DossierPart]] = field(default_factory=list)
    regimes: list[SpecialRegime] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, section: Section) -> None:
        """Read one section; raises ConfigurationError."""
        match section.family:
            case "regulation":
                self._add_head(section)
            case "category":
                self.categories.append(_category(section))
            case "deadline":
                self.deadlines.append(_deadline(section))
            case "duration":
                self.durations.append(_duration(section))
            case "counting":
                self.counting = _counting(section)
            case "channel":
                self.channels.append(_channel(section))
            case "exemption":
                self.exemptions.append(_exemption(section))
            case "signer":
                self.signers.append(_signer(section))
            case "dossier":
                self.dossiers.append(_dossier(section))
            case "part":
                self.parts.append((section, section.text("dossier"), _part(section)))
            case "regime":
                self.regimes.append(_regime(section))
            case "law":
                severity = section.choice("severity", ("warn", "info"))
                self.notes.append(Note(severity, section.text("message"), section.text("source", "")))
        section.done()

    def regulation(self) -> Regulation:
        """Return what was read; raises ConfigurationError when the head or the list of categories is missing."""
        if not self.head or not (self.categories or self.follows):
            raise ConfigurationError(
                _("Tệp quy chế thiếu mục [regulation] hoặc không có nội dung công khai nào."), where=f"{self.file}:1",
                advice=_("Thêm [regulation] với title, article và các mục [category:SỐ], hoặc follows = statute-2022."),
                code="congkhai-E115",
            )  # fmt: skip
        keys = {dossier.key for dossier in self.dossiers}
        for section, kind, _part_rule in self.parts:
            if kind not in keys:
                section.fail(
                    _("Không có loại hồ sơ “{kind}”.").format(kind=kind),
                    _("Thêm mục [dossier:{kind}] hoặc sửa khóa “dossier”.").format(kind=kind), "dossier",
                )  # fmt: skip
        dossiers = tuple(
            DossierKindRule(
                dossier.key, dossier.title, dossier.source,
                tuple(part for _section, kind, part in self.parts if kind == dossier.key),
                dossier.intranet_replaces_minutes, dossier.retention_years,
            )
            for dossier in self.dossiers
        )  # fmt: skip
        return Regulation(
            name=self.file.stem, agency_kind=self.head["agency-kind"], agency=self.head["agency"],
            title=self.head["title"], number=self.head["number"], issued=self.days["issued"],
            in_force_from=self.days["in-force-from"], in_force_to=self.days["in-force-to"],
            article=self.head["article"], categories=tuple(self.categories), deadlines=tuple(self.deadlines),
            durations=tuple(self.durations), counting=self.counting, channels=tuple(self.channels),
            exemptions=tuple(self.exemptions), signers=tuple(self.signers), dossiers=dossiers,
            regimes=tuple(self.regimes), bases=self.bases, notes=tuple(self.notes),
        )  # fmt: skip

    def _add_head(self, section: Section) -> None:
        self.follows = section.text("follows", "")
        self.head = {key: section.text(key, "") for key in ("agency", "number")}
        self.head |= {key: section.text(key) for key in ("title", "article")}
        self.head["agency-kind"] = section.choice("agency-kind", AGENCY_KINDS, "")
        self.days = {key: section.day(key) for key in ("issued", "in-force-from", "in-force-to")}
        self.bases = section.words("bases", separator=";")


def _category(section: Section) -> Category:
    key = section.choice("key", CATEGORY_KEYS)
    clause = section.text("clause", section.name)
    return Category(
        clause, key, section.text("text"), section.text("source"), section.words("sub-keys"),
        from_law=False, portal_allowed=section.yes("portal", default=True),
    )  # fmt: skip


def _deadline(section: Section) -> DeadlineRule:
    return DeadlineRule(
        section.text("matter"), _at_least_one(section, "count"), Unit(section.choice("unit", UNITS)),
        section.choice("trigger", TRIGGERS), section.choice("bound", ("not_later_than", "before")),
        section.text("source"), section.choice("variant", ("", "special"), ""),
    )  # fmt: skip


def _at_least_one(section: Section, key: str) -> int:
    number = section.number(key)
    if number < 1:
        section.fail(_("“{key}” phải từ 1 trở lên.").format(key=key), _("Ghi số ngày của quy chế."), key)
    return number


def _duration(section: Section) -> DurationRule:
    kind = DurationKind(section.choice("kind", KINDS))
    days = 0 if kind is DurationKind.PERMANENT else _at_least_one(section, "days")
    form = section.choice("form", ("*", *FORMS))
    start = section.choice("start", ("posted",), "posted")
    return DurationRule(section.text("matter"), form, days, kind, start, section.text("source"))


def _counting(section: Section) -> CountingRule:
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


def _channel(section: Section) -> ChannelRule:
    conditions = ("always", "has_internal_system", "no_internal_system")
    return ChannelRule(
        _form(section), section.choice("requirement", ("required", "optional")), section.text("title"),
        section.text("source"), section.choice("condition", conditions, "always"),
    )  # fmt: skip


def _exemption(section: Section) -> Exemption:
    if section.name not in ("written_notice_all", "other_law"):
        section.fail(
            _("Không có điều kiện miễn “{name}”.").format(name=section.name),
            _("Dùng exemption:written_notice_all hoặc exemption:other_law."),
        )
    return Exemption(section.name, _forms(section, "*"), section.text("source"))


def _signer(section: Section) -> SignerRule:
    return SignerRule(
        section.name, section.text("title"), section.words("capacity", separator="/"), section.words("papers"),
        _at_least_one(section, "order"), section.text("source"), section.yes("mandatory", default=True),
    )  # fmt: skip


def _dossier(section: Section) -> DossierKindRule:
    return DossierKindRule(
        section.name, section.text("title"), section.text("source"), (),
        section.yes("intranet-replaces-minutes", default=True), section.number("retention-years", 0),
    )  # fmt: skip


def _part(section: Section) -> DossierPart:
    origins = ("document", "plan", "minutes:posting", "minutes:closing", "report")
    known = ("always", "not_in_annual_plan", "board_posting", "ends")
    conditions = section.words("conditions") or ("always",)
    for condition in conditions:
        if condition not in known:
            section.fail(
                _("Không có điều kiện “{name}”.").format(name=condition),
                _("Các điều kiện: {names}.").format(names=", ".join(known)), "conditions",
            )  # fmt: skip
    return DossierPart(
        section.name, section.text("title"), section.choice("cardinality", ("year", "matter", "posting")), conditions,
        section.choice("origin", origins), section.text("source"), section.words("types"), section.words("phrases"),
        section.words("excluded"),
    )  # fmt: skip


def _regime(section: Section) -> SpecialRegime:
    source = section.text("source")
    matters = section.words("matters")
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
