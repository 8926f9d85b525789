"""Everything that a step needs, opened once: configuration, plugins, store, regulation, calendar, trust."""

import hashlib
import hmac
import logging
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from congkhai.schedules import Calendar, CountingRule, OfficeHours, translate_with

from .agency_rows import require_named, rows_of
from .clock import Clock
from .clock_guard import ClockGuard
from .config.load import Configuration, Section, load
from .errors import ConfigurationError
from .host import Host
from .interfaces import AgencyTagger, Channel, Connector, Context, FeedbackSource, Messenger, Signer, Tagger
from .regulation import load_regulation
from .regulation_records import Regulation
from .store import Store, open_store
from .store.scope import separated
from .store.vault_s3 import Bucket, bucket_of
from .text import _

log = logging.getLogger(__name__)
translate_with(_)


@dataclass(frozen=True)
class House:
    """
    The open house.

    Attributes:
        agency: key of the agency that every row carries.
        connectors, channels, signers, messengers, feedback: what the ini names, in its order, ready to use.
    """

    configuration: Configuration
    host: Host
    store: Store
    agency: str
    regulation: Regulation
    rule: CountingRule
    calendar: Calendar
    connectors: Mapping[str, Connector]
    channels: Mapping[str, Channel]
    signers: Mapping[str, Signer]
    messengers: Mapping[str, Messenger]
    feedback: Mapping[str, FeedbackSource]
    taggers: tuple[Tagger, ...] = field(repr=False)
    guard: ClockGuard = field(default_factory=ClockGuard, repr=False)
    locks: Mapping[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock), repr=False)

    @property
    def clock(self) -> Clock:
        """Legal time."""
        return self.store.clock

    @property
    def dossiers(self) -> Path:
        """Folder into which sealed dossiers are exported."""
        return self.configuration.dossier.folder or self.store.folder / "dossiers"

    def using(self, resource: str) -> threading.Lock:
        """Return the lock under which a connector, channel or signer is used by one worker at a time."""
        return self.locks[resource]

    def opaque(self, *parts: str) -> str:
        """Return an id that stands for `parts` here and nowhere else: 32 hexadecimal digits of a keyed digest."""
        text = "\x1f".join((self.agency, *parts))
        return hmac.new(self.store.salt, text.encode(), hashlib.sha256).hexdigest()[:32]

    def signer_of(self, role: str) -> tuple[str, Signer]:
        """
        Return the first configured key of a role with its section name.

        Raises:
            ConfigurationError: no ``[signer:…]`` has this role.
        """
        for name, signer in self.signers.items():
            if signer.role == role:
                return name, signer
        raise ConfigurationError(
            what=_("Chưa có khoá ký cho vai trò {role}.").format(role=role), where=str(self.configuration.path),
            advice=_("Thêm một mục [signer:TÊN] với role = {role}.").format(role=role), code="congkhai-E118",
        )  # fmt: skip

    def close(self) -> None:
        """Give back what is open."""
        self.store.close()


def vault_of(configuration: Configuration) -> Path | Bucket:
    """Return where the files lie: a folder, or a bucket on S3. Raises ConfigurationError."""
    store = configuration.store
    if not store.vault.startswith("s3://"):
        return Path(store.vault)
    return bucket_of(
        store.vault, endpoint=store.s3_endpoint,
        access_key=store.s3_access_key.read() if store.s3_access_key else "",
        secret_key=store.s3_secret_key.read() if store.s3_secret_key else "",
    )  # fmt: skip


def calendar_of(configuration: Configuration) -> Calendar:
    """Return the agency's working calendar: the shipped one with the days and years of its ini."""
    days = configuration.calendar
    sessions = configuration.agency.office_hours
    return Calendar(
        off=frozenset(days.off), work=frozenset(days.work), weekend=frozenset(days.weekend),
        office_hours=OfficeHours(sessions) if sessions else None, confirmed_years=frozenset(days.confirmed),
    )  # fmt: skip


def _tagger(host: Host, configuration: Configuration, name: str) -> Tagger:
    tagger = host.make_tagger(name, configuration.agency.regulation)
    settings = configuration.tagging
    if isinstance(tagger, AgencyTagger):
        return tagger.for_agency(configuration.agency.kind, settings.auto_above, settings.review_above)
    return tagger


def open_house(ini: Path, host: Host | None = None, agency: str = "") -> House:
    """
    Open the house that an ini file describes.

    Args:
        ini: the configuration file.
        host: plugins; the built-in and installed ones when None.
        agency: key of the agency, where the ini names several.

    Raises:
        ConfigurationError: the ini, the regulation or the store is not usable; the message lists everything found.
            Of several agencies none was chosen (E765), or one that is not there (E766).
    """
    host = host or Host()
    configuration = _loaded(ini, host)
    if configuration.several and not agency:
        raise ConfigurationError(
            what=_("Bản cài này phục vụ nhiều cơ quan: {keys}.").format(keys=", ".join(configuration.agencies)),
            where=str(configuration.path), code="congkhai-E765",
            advice=_("Chọn một cơ quan: congkhai --agency KHÓA …"),
        )  # fmt: skip
    configuration = configuration.of(agency or configuration.agency_key)
    return _house(configuration, host, _store(configuration, host), ClockGuard())


def open_houses(ini: Path, host: Host | None = None) -> tuple[House, ...]:
    """
    Open every agency of an installation over one store, in the order of the ini; one house where it names one agency.

    Raises:
        ConfigurationError: as `open_house`; nothing stays open.
    """
    host = host or Host()
    configuration = _loaded(ini, host)
    store, guard = _store(configuration, host), ClockGuard()
    try:
        return tuple(_house(configuration.of(key), host, store, guard) for key in configuration.agencies)
    except BaseException:
        store.close()
        raise


def whole_house(house: House) -> House:
    """Return the house over the rows of every agency, for what concerns the installation: backups."""
    return replace(house, store=house.store.whole)


def _loaded(ini: Path, host: Host) -> Configuration:
    configuration = load(ini, host)
    for warning in configuration.warnings:
        log.warning("%s", warning)
    return configuration


def _store(configuration: Configuration, host: Host) -> Store:
    store = open_store(
        configuration.store.folder,
        database=configuration.store.database,
        vault=vault_of(configuration),
        node=configuration.work.node,
        tell=host.tell,
        silence=configuration.store.silence.total_seconds(),
    )
    try:
        with store.read() as connection:
            require_named(configuration, rows_of(connection))
    except BaseException:
        store.close()
        raise
    return store


def _house(configuration: Configuration, host: Host, whole: Store, guard: ClockGuard) -> House:
    """Make the house of one agency; of several, its store shows its own rows only."""
    agency = configuration.agency_key
    store = separated(whole, agency) if configuration.several else whole
    regulation = load_regulation(configuration.agency.regulation)

    def context(section: Section) -> Context:
        return Context(
            name=section.name, agency=section.agency, clock=store.clock, open_blob=store.vault.open,
            folder=configuration.plugin_folder(section),
        )  # fmt: skip

    return House(
        configuration=configuration,
        host=host,
        store=store,
        agency=agency,
        regulation=regulation,
        rule=regulation.counting_rule(),
        calendar=calendar_of(configuration),
        connectors={s.name: host.make_connector(s, context(s)) for s in configuration.connectors.values()},
        channels={s.name: host.make_channel(s, context(s)) for s in configuration.channels.values()},
        signers={s.name: host.make_signer(s, context(s)) for s in configuration.signers.values()},
        messengers={s.name: host.make_messenger(s, context(s)) for s in configuration.messengers.values()},
        feedback={s.name: host.make_feedback_source(s, context(s)) for s in configuration.feedback.values()},
        taggers=tuple(_tagger(host, configuration, name) for name in configuration.tagging.use),
        guard=guard,
    )
