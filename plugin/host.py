"""
The plugin host: finds plugins, lets them register, and keeps each one's failure to itself.

Built-in plugins are module names like any foreign one and go through the same hooks. A plugin that cannot be imported,
that breaks a hook's contract or raises while registering is disabled with all it offered; the error is recorded, and
the rest goes on. Two environment variables serve tests and authors: ``CONGKHAI_PLUGINS=a,b`` loads only those,
``CONGKHAI_TRACE=1`` logs every hook call.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from types import MappingProxyType
from typing import Any, Final, Protocol

import pluggy

from . import hooks
from .config.settings import Settings
from .errors import ConfigurationError, CongkhaiError, PluginError
from .interfaces import Channel, Connector, Context, FeedbackSource, Messenger, Signer, Tagger
from .offers import CheckKind, DossierOffer, Kind, Offers, PartOffer, SimulatorKind, TaggerKind
from .text import _
from .trace import trace_calls

__all__ = [
    "BUILT_IN", "EVENTS", "GROUP", "HOOKS", "REGISTERING", "CheckKind", "Configured", "Host", "Kind", "PluginInfo",
    "PluginProblem", "SimulatorKind", "TaggerKind",
]  # fmt: skip

BUILT_IN: Final = (
    "congkhai.plugin.signers",
    "congkhai.plugin.signers_token",
    "congkhai.plugin.signers_remote",
    "congkhai.plugin.signers_elsewhere",
    "congkhai.plugin.channels",
    "congkhai.plugin.attended",
    "congkhai.plugin.feedback_sources",
    "congkhai.plugin.tagging.plugin",
    "congkhai.plugin.lint.plugin",
    "congkhai.plugin.kinds",
    "congkhai.connectors.ioffice",
    "congkhai.connectors.edxml",
    "congkhai.connectors.iwork",
    "congkhai.connectors.vxp",
    "congkhai.connectors.folder",
    "congkhai.connectors.handover",
    "congkhai.connectors.portal",
    "congkhai.connectors.board",
    "congkhai.connectors.wordpress",
    "congkhai.connectors.zalo",
    "congkhai.connectors.mail",
    "congkhai.connectors.imap",
    "congkhai.connectors.messenger_mail",
)
"""Plugins that come with the house, by module name; `plugin` never imports `connectors` in any other way."""

GROUP: Final = "congkhai"
"""Entry point group in which other distributions name their plugin modules."""


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """
    One failure of a plugin.

    Attributes:
        plugin: its name.
        hook: the hook it failed in, or ``import``.
        error: one line for people: class and message.
        cause: the exception, for logs.
    """

    plugin: str
    hook: str
    error: str
    cause: Exception


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """
    What is known of one plugin.

    Attributes:
        origin: ``built-in``, ``entry point``, ``named`` or ``extra``.
        version: of the distribution it came in; empty when unknown.
        registered: what it offers, e.g. ``connector ioffice``.
        events: event hooks it listens to.
        problem: why it is disabled; empty when it works.
    """

    name: str
    origin: str
    version: str
    registered: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    problem: str = ""


class Configured(Protocol):
    """What the host needs of a section of the configuration to make its object."""

    @property
    def id(self) -> str:
        """``FAMILY:NAME``, for messages."""
        ...

    @property
    def kind(self) -> str:
        """Name of the kind."""
        ...

    @property
    def settings(self) -> Settings:
        """The validated settings of the kind."""
        ...

    @property
    def source(self) -> str:
        """``FILE:LINE`` of the section."""
        ...


class Host:
    """Every plugin of this process, and what they offer."""

    def __init__(self, names: Sequence[str] | None = None, extra: Mapping[str, object] | None = None) -> None:
        """
        Load the plugins and let them register.

        Args:
            names: modules or entry points to load instead of the usual ones (built-ins and all entry points, or what
                ``CONGKHAI_PLUGINS`` names).
            extra: plugins already in memory, by name; loaded last.

        A bad plugin never raises here: see `problems` and `plugins`.
        """
        self._manager = pluggy.PluginManager(hooks.PROJECT)
        self._manager.add_hookspecs(hooks)
        if os.environ.get("CONGKHAI_TRACE") == "1":
            trace_calls(self._manager)
        self._offers = Offers()
        self._problems: list[PluginProblem] = []
        self._infos: dict[str, PluginInfo] = {}
        self._load(names, extra or {})

    @property
    def connectors(self) -> Mapping[str, Kind]:
        """Kinds of connectors, by name."""
        return MappingProxyType(self._offers.connector)

    @property
    def channels(self) -> Mapping[str, Kind]:
        """Kinds of channels, by name."""
        return MappingProxyType(self._offers.channel)

    @property
    def messengers(self) -> Mapping[str, Kind]:
        """Kinds of messengers, by name."""
        return MappingProxyType(self._offers.messenger)

    @property
    def feedback_sources(self) -> Mapping[str, Kind]:
        """Kinds of sources of feedback, by name."""
        return MappingProxyType(self._offers.feedback)

    @property
    def families(self) -> Mapping[str, Mapping[str, Kind]]:
        """Kinds of every family of sections ``[FAMILY:NAME]``, by family and name."""
        return {
            "connector": self.connectors, "channel": self.channels, "signer": self.signers,
            "messenger": self.messengers, "feedback": self.feedback_sources,
        }  # fmt: skip

    @property
    def signers(self) -> Mapping[str, Kind]:
        """Kinds of signers, by name."""
        return MappingProxyType(self._offers.signer)

    @property
    def taggers(self) -> Mapping[str, TaggerKind]:
        """Taggers, by name."""
        return MappingProxyType(self._offers.tagger)

    @property
    def checks(self) -> Mapping[str, CheckKind]:
        """Checks of papers and dossiers, by id, in the order of registration."""
        return MappingProxyType(self._offers.check)

    @property
    def dossier_kinds(self) -> Mapping[str, DossierOffer]:
        """Kinds of dossiers, by key, in the order of registration."""
        return MappingProxyType(self._offers.dossier)

    @property
    def part_sources(self) -> Mapping[str, PartOffer]:
        """Ways to fill parts of dossiers, by origin."""
        return MappingProxyType(self._offers.part)

    @property
    def simulators(self) -> Mapping[str, SimulatorKind]:
        """Simulators, by kind."""
        return MappingProxyType(self._offers.simulator)

    @property
    def problems(self) -> tuple[PluginProblem, ...]:
        """Every failure so far, at start and in events, in order."""
        return tuple(self._problems)

    def plugins(self) -> tuple[PluginInfo, ...]:
        """Return all plugins, disabled ones included, in the order they were loaded."""
        return tuple(self._infos.values())

    def tell(self, hook: str, **arguments: Any) -> tuple[PluginProblem, ...]:
        """
        Tell all plugins of an event, each on its own, in the order they were loaded.

        Args:
            hook: name of an event hook, e.g. ``document_received``.
            arguments: the hook's arguments, by name.

        Returns:
            What went wrong, which is also kept in `problems`.

        Raises:
            ValueError: there is no such event.
        """
        if hook not in EVENTS:
            raise ValueError(f"{hook} is not an event hook")
        failed = []
        for name in self._listeners(hook):
            try:
                self._call(hook, name, arguments)
            except Exception as error:  # a plugin boundary: whatever it raises is recorded against it
                failed.append(_problem(name, hook, error))
        self._problems += failed
        return tuple(failed)

    def make_connector(self, section: Configured, context: Context) -> Connector:
        """Make the connector of a section. Raises ConfigurationError (unknown kind, wrong settings) or PluginError."""
        made: Connector = self._make(self._offers.connector, section, context)
        return made

    def make_channel(self, section: Configured, context: Context) -> Channel:
        """Make the channel of a section. Raises ConfigurationError or PluginError."""
        made: Channel = self._make(self._offers.channel, section, context)
        return made

    def make_messenger(self, section: Configured, context: Context) -> Messenger:
        """Make the messenger of a section. Raises ConfigurationError or PluginError."""
        made: Messenger = self._make(self._offers.messenger, section, context)
        return made

    def make_signer(self, section: Configured, context: Context) -> Signer:
        """Make the signer of a section. Raises ConfigurationError or PluginError."""
        made: Signer = self._make(self._offers.signer, section, context)
        return made

    def make_feedback_source(self, section: Configured, context: Context) -> FeedbackSource:
        """Make the source of feedback of a section. Raises ConfigurationError or PluginError."""
        made: FeedbackSource = self._make(self._offers.feedback, section, context)
        return made

    def make_tagger(self, name: str, regulation: str) -> Tagger:
        """Make a tagger for a regulation (name or path). Raises ConfigurationError or PluginError."""
        kind = self._offers.tagger.get(name)
        if kind is None:
            raise _unknown_kind(name, "[tagging] use")
        try:
            return kind.factory(regulation)
        except CongkhaiError:
            raise
        except Exception as error:
            raise _broken(kind.plugin, "[tagging]", error) from error

    def _make(self, kinds: Mapping[str, Kind], section: Configured, context: Context) -> Any:
        kind = kinds.get(section.kind)
        if kind is None:
            raise _unknown_kind(section.kind, section.source)
        try:
            return kind.factory(section.settings, context)
        except CongkhaiError:
            raise
        except Exception as error:
            raise _broken(kind.plugin, f"[{section.id}]", error) from error

    def _load(self, names: Sequence[str] | None, extra: Mapping[str, object]) -> None:
        if names is None and os.environ.get("CONGKHAI_PLUGINS"):
            names = [name.strip() for name in os.environ["CONGKHAI_PLUGINS"].split(",") if name.strip()]
        points = {point.name: point for point in entry_points(group=GROUP)}
        wanted = [*BUILT_IN, *points] if names is None else list(names)
        for name in dict.fromkeys(wanted):
            point = None if name in BUILT_IN else points.get(name)
            origin = "built-in" if name in BUILT_IN else "entry point" if point else "named"
            self._infos[name] = PluginInfo(name, origin, _version(name, point))
            self._admit(name, point.load if point else partial(import_module, name))
        for name, plugin in extra.items():
            self._infos[name] = PluginInfo(name, "extra", "")
            self._admit(name, partial(_itself, plugin))

    def _admit(self, name: str, load: Callable[[], object]) -> None:
        """Load one plugin and let it register; on any failure nothing of it stays."""
        step = "import"
        try:
            plugin = load()
            self._manager.register(plugin, name=name)
            self._refuse_unknown_hooks(name)
            for step in REGISTERING:
                if name in self._listeners(step):
                    self._call(step, name, {"register": self._offers.register_function(step, name)})
        except Exception as error:  # a plugin boundary, as in `tell`
            problem = _problem(name, step, error)
            self._problems.append(problem)
            self._dismiss(name, problem.error)
            return
        self._infos[name] = replace(
            self._infos[name],
            registered=self._offers.of(name),
            events=tuple(event for event in EVENTS if name in self._listeners(event)),
        )

    def _dismiss(self, name: str, problem: str) -> None:
        """Take a plugin out again with all it offered."""
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        self._offers.withdraw(name)
        self._infos[name] = replace(self._infos[name], problem=problem)

    def _refuse_unknown_hooks(self, name: str) -> None:
        """Refuse hooks that we do not have (a misspelt one would never be called) and wrappers around other plugins."""
        plugin = self._manager.get_plugin(name)
        for caller in self._manager.get_hookcallers(plugin) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is not plugin:
                    continue
                if not caller.has_spec() and not implementation.optionalhook:
                    raise PluginError(_("Không có móc nối tên {hook}.").format(hook=caller.name), code="congkhai-E434")
                if implementation.wrapper or implementation.hookwrapper:
                    raise PluginError(
                        _("{hook} được khai là wrapper; mỗi plugin chỉ được gọi riêng.").format(hook=caller.name),
                        code="congkhai-E434",
                    )

    def _listeners(self, hook: str) -> tuple[str, ...]:
        """Return the names of the plugins that implement a hook, in the order they were loaded."""
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        names = {implementation.plugin_name for implementation in implementations}
        return tuple(name for name in self._infos if name in names)

    def _call(self, hook: str, name: str, arguments: Mapping[str, Any]) -> None:
        """Call one plugin's implementation of a hook."""
        others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name and plugin is not None]
        self._manager.subset_hook_caller(hook, others)(**arguments)


HOOKS: Final = tuple(name for name, value in vars(hooks).items() if hasattr(value, f"{hooks.PROJECT}_spec"))
"""Names of all hooks, in the order of `congkhai.plugin.hooks`."""
REGISTERING: Final = tuple(name for name in HOOKS if name.startswith("register_"))
"""Hooks that hand a plugin the function to call."""
EVENTS: Final = tuple(name for name in HOOKS if not name.startswith("register_"))
"""Hooks that carry events."""


def _itself(plugin: object) -> object:
    return plugin


def _problem(plugin: str, hook: str, error: Exception) -> PluginProblem:
    text = str(error) if isinstance(error, CongkhaiError) else f"{type(error).__name__}: {error}"
    return PluginProblem(plugin, hook, " ".join(text.split()), error)


def _unknown_kind(name: str, where: str) -> ConfigurationError:
    return ConfigurationError(
        _("Không có plugin nào cung cấp loại '{name}'.").format(name=name), where=where,
        advice=_("Xem danh sách plugin bằng congkhai check."), code="congkhai-E119",
    )  # fmt: skip


def _broken(plugin: str, where: str, error: Exception) -> PluginError:
    return PluginError(
        _("Plugin {plugin} gặp lỗi khi khởi tạo ({error}).").format(plugin=plugin, error=type(error).__name__),
        where=where, advice=_("Báo cho tác giả plugin kèm nhật ký kỹ thuật."), code="congkhai-E432",
    )  # fmt: skip


def _version(name: str, point: EntryPoint | None) -> str:
    """Return the version of the distribution a plugin came in; empty when it came in none."""
    if point is not None:
        return point.dist.version if point.dist else ""
    try:
        return version("congkhai") if name in BUILT_IN else ""
    except PackageNotFoundError:
        return ""
