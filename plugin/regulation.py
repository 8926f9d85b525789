"""
Load an agency's disclosure rules from an ini file, with the Law filled in.

Order of precedence: special law, then the agency's regulation where it is wider or stricter, then the Law, which also
fills every silence (Luật 10/2022/QH15 Điều 47, 48, 59 khoản 1a). Where a regulation is laxer than the Law, the Law's
rule stands and a note says so.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from congkhai.schedules import CountingRule

from . import regulation_sections as read
from .errors import ConfigurationError
from .regulation_ini import Section, read_sections
from .regulation_law import fill_in
from .regulation_matters import StaffMatter
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
    Regulation,
    SignerRule,
    SpecialRegime,
    Unit,
)
from .regulation_sections import AGENCY_KINDS, CATEGORY_KEYS, FAMILIES, FORMS
from .text import _

__all__ = [
    "CATEGORY_KEYS", "FORMS", "Category", "ChannelRule", "DeadlineRule", "DossierKindRule", "DossierPart",
    "DurationKind", "DurationRule", "Duty", "Exclusion", "Exemption", "LawReference", "Note", "PeopleItem",
    "Regulation", "SignerRule", "SpecialRegime", "Unit", "list_regulations", "load_regulation",
]  # fmt: skip

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
    file = find_regulation(name_or_path)
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


def find_regulation(name_or_path: str) -> Path:
    """Return the file of a shipped regulation or of a path. Raises ConfigurationError for an unknown name."""
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
    month: date | None = None
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
    duties: list[Duty] = field(default_factory=list)
    people: list[PeopleItem] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    references: list[LawReference] = field(default_factory=list)
    staff_matters: list[StaffMatter] = field(default_factory=list)

    def add(self, section: Section) -> None:
        """Read one section; raises ConfigurationError."""
        match section.family:
            case "regulation":
                self._add_head(section)
            case "category":
                self.categories.append(read.category(section))
            case "deadline":
                self.deadlines.append(read.deadline(section))
            case "duration":
                self.durations.append(read.duration(section))
            case "counting":
                self.counting = read.counting(section)
            case "channel":
                self.channels.append(read.channel(section))
            case "exemption":
                self.exemptions.append(read.exemption(section))
            case "signer":
                self.signers.append(read.signer(section))
            case "dossier":
                self.dossiers.append(read.dossier(section))
            case "part":
                self.parts.append((section, section.text("dossier"), read.part(section)))
            case "regime":
                self.regimes.append(read.regime(section))
            case "law":
                self.notes.append(read.note(section))
            case "duty":
                self.duties.append(read.duty(section))
            case "people":
                self.people.append(read.people(section))
            case "exclusion":
                self.exclusions.append(read.exclusion(section))
            case "reference":
                self.references.append(read.reference(section))
            case "decide" | "consult" | "supervise":
                self.staff_matters.append(read.staff_matter(section))
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
            duties=tuple(self.duties), people=tuple(self.people), exclusions=tuple(self.exclusions),
            references=tuple(self.references), issued_month=self.month,
            staff_matters=tuple(self.staff_matters), based_on=self.head["based-on"],
        )  # fmt: skip

    def _add_head(self, section: Section) -> None:
        self.follows = section.text("follows", "")
        self.head = {key: section.text(key, "") for key in ("agency", "number", "based-on")}
        self.head |= {key: section.text(key) for key in ("title", "article")}
        self.head["agency-kind"] = section.choice("agency-kind", AGENCY_KINDS, "")
        self.days = {key: section.day(key) for key in ("issued", "in-force-from", "in-force-to")}
        self.month = section.month("issued-month")
        self.bases = section.words("bases", separator=";")
