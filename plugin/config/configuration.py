"""The configuration of one installation, as frozen records: what `load` returns and everybody else reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ConfigurationError
from ..text import _
from .read import Problem
from .schema import (
    MAIN_AGENCY,
    AgencySettings,
    ArchiveSettings,
    CalendarSettings,
    DossierSettings,
    LogSettings,
    PublicationSettings,
    ReminderSettings,
    SigningSettings,
    StoreSettings,
    TaggingSettings,
    TimestampSettings,
    TrustSettings,
    VanishedSettings,
    WebSettings,
    WorkSettings,
)
from .secrets import SecretRef
from .settings import Settings

DEFAULT = "default"
"""Source of a value that nobody wrote."""


@dataclass(frozen=True, slots=True)
class Section:
    """
    One ``[FAMILY:NAME]`` section, validated, its object not made yet.

    Attributes:
        family: ``connector``, ``channel`` or ``signer``.
        kind: name of the kind in ``type =``.
        agency: key of the agency it serves.
        settings: validated settings of the kind.
        source: ``FILE:LINE`` of its header.
    """

    family: str
    name: str
    kind: str
    agency: str
    settings: Any
    source: str

    @property
    def id(self) -> str:
        """``FAMILY:NAME``, as the ini writes it."""
        return f"{self.family}:{self.name}"


@dataclass(frozen=True, slots=True)
class Value:
    """
    One value in force.

    Attributes:
        text: as the ini would write it; nothing secret.
        source: ``FILE:LINE``, or ``default``.
    """

    section: str
    key: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """
    Everything the ini says, read once, never changed.

    Attributes:
        path: the main file, absolute.
        agencies: by key; an installation with one ``[agency]`` has the key ``main``.
        connectors, channels, signers, messengers, feedback: by name, in the order of the ini.
        warnings: what is allowed but should be looked at, one sentence with its place each.
        values: every value in force with its source.
        secrets: every reference to a secret, with its section and key.
        own: what single agencies of several say for themselves, by key and section.
        everybody: every agency of the installation, also where `of` has chosen one.
        several: whether the ini names its agencies by ``[agency:KEY]``, be it one or many.
    """

    path: Path
    agencies: Mapping[str, AgencySettings]
    store: StoreSettings
    work: WorkSettings
    timestamp: TimestampSettings
    trust: TrustSettings
    tagging: TaggingSettings
    calendar: CalendarSettings
    reminders: ReminderSettings
    publication: PublicationSettings
    vanished: VanishedSettings
    signing: SigningSettings
    dossier: DossierSettings
    archive: ArchiveSettings
    web: WebSettings
    log: LogSettings
    connectors: Mapping[str, Section]
    channels: Mapping[str, Section]
    signers: Mapping[str, Section]
    messengers: Mapping[str, Section]
    feedback: Mapping[str, Section]
    warnings: tuple[str, ...]
    values: tuple[Value, ...]
    secrets: tuple[tuple[str, str, SecretRef], ...]
    own: Mapping[str, Mapping[str, Settings]] = field(default_factory=dict)
    everybody: Mapping[str, AgencySettings] = field(default_factory=dict)
    several: bool = False

    def of(self, agency: str) -> "Configuration":
        """
        Return the configuration as one agency sees it: its own sections, and those that the others do not claim.

        Args:
            agency: its key; with one ``[agency]`` only ``main``.

        Raises:
            ConfigurationError: there is no such agency (E766).
        """
        if agency not in self.agencies:
            raise ConfigurationError(
                what=_("Không có cơ quan nào mang khóa {key}.").format(key=agency), where=str(self.path),
                code="congkhai-E766", advice=_("Các khóa có: {keys}.").format(keys=", ".join(self.agencies)),
            )  # fmt: skip
        if not self.several:
            return self
        own: dict[str, Any] = dict(self.own.get(agency, {}))
        dossier = own.get("dossier", self.dossier)
        place = self.dossier.folder
        # The dossiers of what was once the only agency stay where they lie.
        if place is not None and dossier.folder in (None, place) and agency != MAIN_AGENCY:
            own["dossier"] = dossier.model_copy(update={"folder": place / agency})

        def mine(sections: Mapping[str, Section]) -> Mapping[str, Section]:
            return MappingProxyType({name: one for name, one in sections.items() if one.agency == agency})

        return replace(
            self, agencies=MappingProxyType({agency: self.agencies[agency]}), connectors=mine(self.connectors),
            channels=mine(self.channels), signers=mine(self.signers), messengers=mine(self.messengers),
            feedback=mine(self.feedback), **own,
        )  # fmt: skip

    @property
    def folder(self) -> Path:
        """The folder of the ini, against which relative paths were resolved."""
        return self.path.parent

    @property
    def agency_key(self) -> str:
        """Key of the agency: the only one, or the one that `of` chose; the first of several before that."""
        return next(iter(self.agencies))

    @property
    def agency(self) -> AgencySettings:
        """The agency of `agency_key`."""
        return self.agencies[self.agency_key]

    def source_of(self, section: str, key: str) -> str:
        """Return where a value comes from: ``FILE:LINE`` or ``default``. Raises KeyError when there is no such key."""
        for value in self.values:
            if (value.section, value.key) == (section, key):
                return value.source
        raise KeyError(f"[{section}] {key}")

    def plugin_folder(self, section: Section) -> Path:
        """Return the folder that is lent to a section's object (`Context.folder`); it is not made here."""
        return self.store.folder / "plugins" / f"{section.family}-{section.name}"


@dataclass(eq=False)
class IniError(ConfigurationError):
    """
    The ini has faults; all of them are listed.

    Attributes:
        problems: in the order of the files.
    """

    code: str = "congkhai-E111"
    problems: tuple[Problem, ...] = ()
