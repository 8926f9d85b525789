"""The configuration of one installation, as frozen records: what `load` returns and everybody else reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from .read import Problem
from .schema import (
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
    WebSettings,
    WorkSettings,
)
from .secrets import SecretRef

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

    @property
    def folder(self) -> Path:
        """The folder of the ini, against which relative paths were resolved."""
        return self.path.parent

    @property
    def agency_key(self) -> str:
        """Key of the only agency."""
        return next(iter(self.agencies))

    @property
    def agency(self) -> AgencySettings:
        """The only agency."""
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
