"""The host: who registers what, and that a bad plugin harms nobody but itself."""

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from congkhai.plugin.clock import FixedClock
from congkhai.plugin.config.settings import Settings
from congkhai.plugin.errors import ConfigurationError, OutsideError, PluginError
from congkhai.plugin.hooks import hookimpl
from congkhai.plugin.host import BUILT_IN, EVENTS, HOOKS, REGISTERING, Host
from congkhai.plugin.interfaces import Context
from congkhai.plugin.records import Direction, Disclosure, DisclosureState, Document, Dossier, Minutes, Severity

MOMENT = datetime(2026, 1, 5, 1, tzinfo=UTC)
DOCUMENT = Document(
    "d1", "main", "io", "1", 1, Direction.IN, "Kế hoạch", "1/KH", date(2026, 1, 2), None, "UBND", "geheim", "", MOMENT
)
DISCLOSURE = Disclosure(
    "x1", "main", "t", "1", "policy", DisclosureState.DUE, date(2026, 1, 2), MOMENT, date(2026, 1, 2), MOMENT
)
MINUTES = Minutes("m1", "x1", "posting", ("head",), "0" * 64, "0" * 64, MOMENT)
DOSSIER = Dossier("h1", "x1", "disclosure", "t", complete=True)


class Keys(Settings):
    """Không có khóa nào."""


def _offering(hook: str, *things: tuple[Any, ...]) -> object:
    """Make a plugin that registers the things in one hook."""

    def implementation(self: object, register: Callable[..., None]) -> None:
        for thing in things:
            register(*thing)

    implementation.__name__ = hook
    return type("Plugin", (), {hook: hookimpl(implementation)})()


def _host(**extra: object) -> Host:
    return Host([], extra=extra)


def _context(folder: Path) -> Context:
    return Context("x", "main", FixedClock(MOMENT), lambda _digest: (folder / "none").open("rb"), folder)


def _section(kind: str) -> Any:
    return SimpleNamespace(id="connector:x", kind=kind, settings=Keys(), source="a.ini:1")


def test_hook_register_connectors() -> None:
    host = _host(one=_offering("register_connectors", ("office", Keys, SimpleNamespace)))
    kind = host.connectors["office"]
    assert (kind.name, kind.settings, kind.plugin) == ("office", Keys, "one")
    assert host.plugins()[0].registered == ("connector office",)
    assert host.problems == ()


def test_hook_register_channels() -> None:
    assert list(_host(one=_offering("register_channels", ("board", Keys, SimpleNamespace))).channels) == ["board"]


def test_hook_register_signers() -> None:
    assert list(_host(one=_offering("register_signers", ("token", Keys, SimpleNamespace))).signers) == ["token"]


def test_hook_register_taggers() -> None:
    host = _host(
        one=_offering("register_taggers", ("words", lambda regulation: SimpleNamespace(regulation=regulation)))
    )
    made: Any = host.make_tagger("words", "statute-2022")
    assert made.regulation == "statute-2022"
    with pytest.raises(ConfigurationError):
        host.make_tagger("none", "statute-2022")


def test_hook_register_simulators() -> None:
    host = _host(one=_offering("register_simulators", ("office", ["python", "-m", "office"])))
    assert host.simulators["office"].command == ("python", "-m", "office")


class _Check:
    """A check that finds nothing."""

    id = "P01"
    severity = Severity.INFO
    title = "x"
    source = "y"

    def look(self, subject: object) -> tuple[()]:
        return ()


def test_hook_register_checks() -> None:
    host = _host(one=_offering("register_checks", (_Check(),)))
    assert host.checks["P01"].plugin == "one"
    twice = _host(one=_offering("register_checks", (_Check(),)), two=_offering("register_checks", (_Check(),)))
    assert [problem.plugin for problem in twice.problems] == ["two"]
    assert list(twice.checks) == ["P01"]
    nameless, groundless = type("A", (_Check,), {"id": ""})(), type("B", (_Check,), {"severity": "grave"})()
    for bad in (object(), nameless, groundless):
        assert [problem.plugin for problem in _host(bad=_offering("register_checks", (bad,))).problems] == ["bad"]


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    @hookimpl
    def document_received(self, document: Document) -> None:
        self.told.append(document)

    @hookimpl
    def disclosure_changed(self, disclosure: Disclosure) -> None:
        self.told.append(disclosure)

    @hookimpl
    def minutes_signed(self, minutes: Minutes, role: str) -> None:
        self.told.append((minutes, role))

    @hookimpl
    def dossier_filed(self, dossier: Dossier) -> None:
        self.told.append(dossier)


class Broken:
    """Raises whatever it is told."""

    @hookimpl
    def document_received(self) -> None:
        raise RuntimeError("planted")


def test_hook_document_received() -> None:
    listener = Listener()
    assert _host(a=listener).tell("document_received", document=DOCUMENT) == ()
    assert listener.told == [DOCUMENT]


def test_hook_disclosure_changed() -> None:
    listener = Listener()
    _host(a=listener).tell("disclosure_changed", disclosure=DISCLOSURE)
    assert listener.told == [DISCLOSURE]


def test_hook_minutes_signed() -> None:
    listener = Listener()
    _host(a=listener).tell("minutes_signed", minutes=MINUTES, role="head")
    assert listener.told == [(MINUTES, "head")]


def test_hook_dossier_filed() -> None:
    listener = Listener()
    _host(a=listener).tell("dossier_filed", dossier=DOSSIER)
    assert listener.told == [DOSSIER]


def test_a_plugin_that_raises_in_an_event_stops_no_other_and_is_recorded() -> None:
    before, after = Listener(), Listener()
    host = _host(before=before, broken=Broken(), after=after)
    (problem,) = host.tell("document_received", document=DOCUMENT)
    assert (problem.plugin, problem.hook) == ("broken", "document_received")
    assert "planted" in problem.error
    assert isinstance(problem.cause, RuntimeError)
    assert before.told == after.told == [DOCUMENT]
    assert host.problems == (problem,)


def test_telling_an_event_that_does_not_exist_is_our_own_fault() -> None:
    for hook in ("document_lost", "register_signers"):
        with pytest.raises(ValueError, match=hook):
            _host().tell(hook)


def test_a_plugin_that_raises_while_registering_is_disabled_with_all_it_offered() -> None:
    class Half(Listener):
        @hookimpl
        def register_connectors(self, register: Callable[..., None]) -> None:
            register("half", Keys, SimpleNamespace)

        @hookimpl
        def register_signers(self, register: Callable[..., None]) -> None:
            raise RuntimeError("planted")

    half = Half()
    host = _host(half=half, good=_offering("register_connectors", ("office", Keys, SimpleNamespace)))
    assert list(host.connectors) == ["office"]
    (problem,) = host.problems
    assert (problem.plugin, problem.hook) == ("half", "register_signers")
    assert "planted" in host.plugins()[0].problem
    assert host.plugins()[0].registered == ()
    host.tell("document_received", document=DOCUMENT)
    assert half.told == [], "a disabled plugin hears nothing"


def test_a_taken_kind_is_refused_to_the_later_plugin_only() -> None:
    first = _offering("register_connectors", ("office", Keys, SimpleNamespace))
    second = _offering("register_connectors", ("other", Keys, SimpleNamespace), ("office", Keys, SimpleNamespace))
    host = _host(first=first, second=second)
    assert {name: kind.plugin for name, kind in host.connectors.items()} == {"office": "first"}
    (problem,) = host.problems
    assert isinstance(problem.cause, PluginError)
    assert problem.cause.code == "congkhai-E431"
    assert "first" in problem.error


def test_one_name_may_stand_in_two_families() -> None:
    host = _host(
        a=_offering("register_connectors", ("office", Keys, SimpleNamespace)),
        b=_offering("register_channels", ("office", Keys, SimpleNamespace)),
    )
    assert host.problems == ()


@pytest.mark.parametrize("thing", [("", Keys, SimpleNamespace), ("x", dict, SimpleNamespace), ("x", Keys, None)])
def test_what_cannot_be_used_is_refused_at_registration(thing: tuple[Any, ...]) -> None:
    host = _host(bad=_offering("register_channels", thing))
    assert not host.channels
    (problem,) = host.problems
    assert isinstance(problem.cause, PluginError)


def test_a_misspelt_hook_and_wrong_arguments_disable_the_plugin() -> None:
    class Misspelt:
        @hookimpl
        def document_recieved(self, document: Document) -> None:
            """Never called."""

    class WrongArguments:
        @hookimpl
        def document_received(self, paper: Document) -> None:
            """Never called."""

    class Wrapper:
        @hookimpl(wrapper=True)
        def document_received(self) -> Iterator[None]:
            yield

    host = _host(misspelt=Misspelt(), wrong=WrongArguments(), wrapper=Wrapper(), good=Listener())
    assert [problem.plugin for problem in host.problems] == ["misspelt", "wrong", "wrapper"]
    assert "document_recieved" in host.problems[0].error
    assert host.plugins()[3].events == EVENTS
    assert host.tell("document_received", document=DOCUMENT) == ()


def test_a_plugin_that_cannot_be_imported_is_recorded_and_the_rest_goes_on() -> None:
    host = Host(["congkhai_none_such", "congkhai.plugin.signers"])
    assert [(info.name, bool(info.problem)) for info in host.plugins()] == [
        ("congkhai_none_such", True), ("congkhai.plugin.signers", False),
    ]  # fmt: skip
    assert set(host.signers) >= {"pkcs12", "pem"}
    assert host.problems[0].hook == "import"


def test_a_module_of_ones_own_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("one_local_plugin")

    @hookimpl
    def register_connectors(register: Callable[..., None]) -> None:
        register("local", Keys, SimpleNamespace)

    module.register_connectors = register_connectors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "one_local_plugin", module)
    monkeypatch.setenv("CONGKHAI_PLUGINS", "one_local_plugin, congkhai.plugin.signers")
    host = Host()
    assert [(info.name, info.origin) for info in host.plugins()] == [
        ("one_local_plugin", "named"), ("congkhai.plugin.signers", "built-in"),
    ]  # fmt: skip
    assert list(host.connectors) == ["local"]


def test_the_usual_plugins_are_the_built_in_ones_and_the_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONGKHAI_PLUGINS", raising=False)
    names = [info.name for info in Host().plugins()]
    assert names[: len(BUILT_IN)] == list(BUILT_IN)


def test_an_entry_point_is_loaded_and_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener()
    point = SimpleNamespace(name="theirs", load=lambda: listener, dist=SimpleNamespace(version="2.1"))
    monkeypatch.setattr("congkhai.plugin.host.entry_points", lambda group: [point] if group == "congkhai" else [])
    monkeypatch.delenv("CONGKHAI_PLUGINS", raising=False)
    (info,) = [info for info in Host().plugins() if info.name == "theirs"]
    assert (info.origin, info.version, info.events) == ("entry point", "2.1", EVENTS)


def test_what_a_factory_raises_reaches_the_caller_in_our_terms(tmp_path: Path) -> None:
    def ours(settings: Settings, context: Context) -> object:
        raise OutsideError("theirs is down")

    def theirs(settings: Settings, context: Context) -> object:
        raise KeyError("x")

    host = _host(a=_offering("register_connectors", ("ours", Keys, ours), ("theirs", Keys, theirs)))
    with pytest.raises(OutsideError):
        host.make_connector(_section("ours"), _context(tmp_path))
    with pytest.raises(PluginError, match="connector:x") as caught:
        host.make_connector(_section("theirs"), _context(tmp_path))
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(ConfigurationError, match=r"a\.ini:1"):
        host.make_channel(_section("none"), _context(tmp_path))


def test_a_factory_gets_settings_and_context(tmp_path: Path) -> None:
    context = _context(tmp_path)
    host = _host(a=_offering("register_channels", ("board", Keys, lambda settings, context: (settings, context))))
    made: Any = host.make_channel(_section("board"), context)
    assert made == (Keys(), context)


def test_the_trace_logs_hook_calls_without_any_content(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CONGKHAI_TRACE", "1")
    with caplog.at_level(logging.INFO):
        host = _host(listener=Listener(), broken=Broken())
        host.tell("document_received", document=DOCUMENT)
    calls = [record.getMessage() for record in caplog.records if "document_received" in record.getMessage()]
    assert calls == [
        "hook document_received called, plugins ['listener'], {'document': 'Document d1'}",
        "hook document_received returned",
        "hook document_received called, plugins ['broken'], {'document': 'Document d1'}",
        "hook document_received raised RuntimeError",
    ]
    assert "geheim" not in caplog.text


def test_every_hook_is_either_registering_or_an_event() -> None:
    assert set(HOOKS) == set(REGISTERING) | set(EVENTS)
    assert len(HOOKS) == len(REGISTERING) + len(EVENTS)
