"""What plugins offer: kinds of connectors, channels and signers, taggers, simulators; each with its plugin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .config.settings import Settings
from .errors import PluginError
from .hooks import ChannelFactory, ConnectorFactory, FeedbackFactory, MessengerFactory, SignerFactory
from .interfaces import Check, DossierKind, PartSource, Tagger
from .records import Severity
from .text import _


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of connector, channel or signer.

    Attributes:
        name: what the ini names in ``type =``.
        settings: model of the section's further keys.
        factory: makes the object from settings and Context.
        plugin: name of the plugin that offers it.
    """

    name: str
    settings: type[Settings]
    factory: ConnectorFactory | ChannelFactory | SignerFactory | MessengerFactory | FeedbackFactory
    plugin: str


@dataclass(frozen=True, slots=True)
class TaggerKind:
    """A tagger's name, its factory (argument: name or path of a regulation), and the plugin that offers it."""

    name: str
    factory: Callable[[str], Tagger]
    plugin: str


@dataclass(frozen=True, slots=True)
class CheckKind:
    """A check of papers and dossiers, its id, and the plugin that offers it."""

    name: str
    check: Check
    plugin: str


@dataclass(frozen=True, slots=True)
class DossierOffer:
    """A kind of dossier, its key, and the plugin that offers it."""

    name: str
    kind: DossierKind
    plugin: str


@dataclass(frozen=True, slots=True)
class PartOffer:
    """A way to fill parts, the origin that regulations name for it, and the plugin that offers it."""

    name: str
    source: PartSource
    plugin: str


@dataclass(frozen=True, slots=True)
class SimulatorKind:
    """A simulator's kind, the command that starts it (argument list), and the plugin that offers it."""

    name: str
    command: tuple[str, ...]
    plugin: str


@dataclass(slots=True)
class Offers:
    """Everything registered so far, by family and name; a name belongs to the first plugin that took it."""

    connector: dict[str, Kind] = field(default_factory=dict)
    channel: dict[str, Kind] = field(default_factory=dict)
    signer: dict[str, Kind] = field(default_factory=dict)
    messenger: dict[str, Kind] = field(default_factory=dict)
    feedback: dict[str, Kind] = field(default_factory=dict)
    tagger: dict[str, TaggerKind] = field(default_factory=dict)
    simulator: dict[str, SimulatorKind] = field(default_factory=dict)
    check: dict[str, CheckKind] = field(default_factory=dict)
    dossier: dict[str, DossierOffer] = field(default_factory=dict)
    part: dict[str, PartOffer] = field(default_factory=dict)

    def register_function(self, hook: str, plugin: str) -> Callable[..., None]:
        """
        Return the function that a ``register_*`` hook hands to one plugin.

        The function raises PluginError when the name is empty or taken, or when what is offered cannot be used.
        """
        functions: dict[str, Callable[..., None]] = {
            "register_connectors": partial(self._kind, plugin, "connector", self.connector),
            "register_channels": partial(self._kind, plugin, "channel", self.channel),
            "register_signers": partial(self._kind, plugin, "signer", self.signer),
            "register_messengers": partial(self._kind, plugin, "messenger", self.messenger),
            "register_feedback_sources": partial(self._kind, plugin, "feedback", self.feedback),
            "register_taggers": partial(self._tagger, plugin),
            "register_simulators": partial(self._simulator, plugin),
            "register_checks": partial(self._check, plugin),
            "register_dossier_kinds": partial(self._dossier, plugin),
            "register_dossier_parts": partial(self._part, plugin),
        }
        return functions[hook]

    def of(self, plugin: str) -> tuple[str, ...]:
        """Return what a plugin offers, e.g. ``connector ioffice``."""
        return tuple(
            f"{family} {name}"
            for family, offers in self._families()
            for name, offer in offers.items()
            if offer.plugin == plugin
        )

    def withdraw(self, plugin: str) -> None:
        """Forget everything a plugin offered."""
        for _family, offers in self._families():
            for name in [name for name, offer in offers.items() if offer.plugin == plugin]:
                del offers[name]

    def _families(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        return (
            ("connector", self.connector), ("channel", self.channel), ("signer", self.signer),
            ("messenger", self.messenger), ("feedback", self.feedback),
            ("tagger", self.tagger), ("simulator", self.simulator), ("check", self.check),
            ("dossier", self.dossier), ("part", self.part),
        )  # fmt: skip

    @staticmethod
    def _kind(
        plugin: str, family: str, into: dict[str, Kind], kind: str, settings: type[Settings],
        factory: ConnectorFactory | ChannelFactory | SignerFactory | MessengerFactory | FeedbackFactory,
    ) -> None:  # fmt: skip
        _refuse(family, kind, into)
        if not (isinstance(settings, type) and issubclass(settings, Settings)):
            raise PluginError(_("Loại {kind} không khai mô hình Settings.").format(kind=kind), code="congkhai-E435")
        _refuse_factory(kind, factory)
        into[kind] = Kind(kind, settings, factory, plugin)

    def _tagger(self, plugin: str, name: str, factory: Callable[[str], Tagger]) -> None:
        _refuse("tagger", name, self.tagger)
        _refuse_factory(name, factory)
        self.tagger[name] = TaggerKind(name, factory, plugin)

    def _check(self, plugin: str, check: Check) -> None:
        name = getattr(check, "id", "")
        _refuse("check", name, self.check)
        _refuse_factory(name, getattr(check, "look", None))
        if not isinstance(getattr(check, "severity", None), Severity):
            raise PluginError(_("Phép kiểm tra {name} không nêu mức độ.").format(name=name), code="congkhai-E435")
        self.check[name] = CheckKind(name, check, plugin)

    def _dossier(self, plugin: str, kind: DossierKind) -> None:
        name = getattr(kind, "key", "")
        _refuse("dossier", name, self.dossier)
        _refuse_factory(name, getattr(kind, "parts", None))
        self.dossier[name] = DossierOffer(name, kind, plugin)

    def _part(self, plugin: str, origin: str, source: PartSource) -> None:
        _refuse("part", origin, self.part)
        _refuse_factory(origin, source)
        self.part[origin] = PartOffer(origin, source, plugin)

    def _simulator(self, plugin: str, kind: str, command: Sequence[str]) -> None:
        _refuse("simulator", kind, self.simulator)
        self.simulator[kind] = SimulatorKind(kind, tuple(command), plugin)


def _refuse(family: str, name: str, taken: Mapping[str, Any]) -> None:
    """Refuse a name that is empty or taken."""
    if not isinstance(name, str) or not name.strip():
        raise PluginError(_("Plugin đăng ký một {family} không có tên.").format(family=family), code="congkhai-E435")
    if name in taken:
        raise PluginError(
            _("Loại {family} '{name}' đã do plugin {plugin} đăng ký.").format(
                family=family, name=name, plugin=taken[name].plugin
            ),
            advice=_("Gỡ một trong hai plugin, hoặc đổi tên loại trong plugin mới."),
            code="congkhai-E431",
        )


def _refuse_factory(name: str, factory: object) -> None:
    if not callable(factory):
        raise PluginError(_("Loại {kind} không có hàm tạo.").format(kind=name), code="congkhai-E435")
