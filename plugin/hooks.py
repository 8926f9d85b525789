"""
Every hook of congkhai.

``register_*`` hooks hand a plugin the function to call; the others carry events. Built-in features go through the same
hooks as foreign ones. A plugin that raises is isolated: the error is recorded against it and shown by ``congkhai
check``, and the rest goes on.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pluggy

from .config.settings import Settings
from .interfaces import (
    Channel,
    Check,
    Connector,
    Context,
    DossierKind,
    FeedbackSource,
    Messenger,
    PartSource,
    Signer,
    Tagger,
)
from .records import Disclosure, Document, Dossier, Minutes

PROJECT = "congkhai"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

ConnectorFactory = Callable[[Any, Context], Connector]
ChannelFactory = Callable[[Any, Context], Channel]
SignerFactory = Callable[[Any, Context], Signer]
FeedbackFactory = Callable[[Any, Context], FeedbackSource]
MessengerFactory = Callable[[Any, Context], Messenger]
RegisterConnector = Callable[[str, type[Settings], ConnectorFactory], None]
RegisterChannel = Callable[[str, type[Settings], ChannelFactory], None]
RegisterSigner = Callable[[str, type[Settings], SignerFactory], None]
RegisterMessenger = Callable[[str, type[Settings], MessengerFactory], None]
RegisterFeedbackSource = Callable[[str, type[Settings], FeedbackFactory], None]
RegisterTagger = Callable[[str, Callable[[str], Tagger]], None]
RegisterSimulator = Callable[[str, Sequence[str]], None]
RegisterCheck = Callable[[Check], None]
RegisterDossierKind = Callable[[DossierKind], None]
RegisterDossierPart = Callable[[str, PartSource], None]


@hookspec
def register_connectors(register: RegisterConnector) -> None:
    """
    Offer connectors to outside systems.

    Called once at start, before the configuration is validated. Call ``register(kind, settings, factory)``: `kind` is
    what the ini names in ``[connector:NAME] type =``, `settings` the pydantic model of that section's further keys,
    ``factory(settings, context)`` makes the connector. A `kind` that is taken raises PluginError; an exception disables
    this plugin only.

    .. versionadded:: 0.1
    """


@hookspec
def register_channels(register: RegisterChannel) -> None:
    """
    Offer forms of disclosure; as `register_connectors`, for ``[channel:NAME] type =``.

    .. versionadded:: 0.1
    """


@hookspec
def register_signers(register: RegisterSigner) -> None:
    """
    Offer kinds of keys; as `register_connectors`, for ``[signer:NAME] type =``.

    .. versionadded:: 0.1
    """


@hookspec
def register_messengers(register: RegisterMessenger) -> None:
    """
    Offer ways to tell people something: reminders of limits and duties; as `register_connectors`, for
    ``[messenger:NAME] type =``.

    The settings model must have the field `roles` (names of roles), which says whom the messenger reaches.

    .. versionadded:: 0.2
    """


@hookspec
def register_feedback_sources(register: RegisterFeedbackSource) -> None:
    """
    Offer places where comments arrive; as `register_connectors`, for ``[feedback:NAME] type =``.

    .. versionadded:: 0.2
    """


@hookspec
def register_taggers(register: RegisterTagger) -> None:
    """
    Offer taggers. Call ``register(name, factory)``; ``factory(regulation)`` gets the name or path of a regulation.

    Taggers are asked in the order of ``[tagging] use``; the first that is not None decides.

    .. versionadded:: 0.1
    """


@hookspec
def register_checks(register: RegisterCheck) -> None:
    """
    Offer checks of papers and dossiers, for ``congkhai lint`` and before a dossier is sealed.

    Call ``register(check)`` for each; an id that is taken raises PluginError. Checks are asked in the order in which
    they were registered. One that raises is reported as finding ``K01`` and the others go on; an ``error`` finding
    keeps a dossier incomplete.

    .. versionadded:: 0.2
    """


@hookspec
def register_dossier_kinds(register: RegisterDossierKind) -> None:
    """
    Offer kinds of dossiers. Call ``register(kind)`` for each; a key that is taken raises PluginError.

    The four kinds of the house (disclosure, decision, consultation, supervision) take their parts from the agency's
    regulation; a further kind may name its own.

    .. versionadded:: 0.2
    """


@hookspec
def register_dossier_parts(register: RegisterDossierPart) -> None:
    """
    Offer a way to fill parts of dossiers. Call ``register(origin, source)``.

    `origin` is what a part names in ``[part:CLAUSE] origin =`` (a plugin's own begins with ``plugin:``); `source` gets
    a `PartCase` and returns the judged `Part`. A source that raises leaves its part missing, with the error as note.

    .. versionadded:: 0.2
    """


@hookspec
def register_simulators(register: RegisterSimulator) -> None:
    """
    Offer a simulator of an outside system, for ``congkhai demo`` and tests.

    Call ``register(kind, command)``; `command` is an argument list for a process of its own, to which the caller adds
    ``--state FOLDER --scenario FILE``. The process prints one line of JSON when it is ready (``{"url": …}`` or
    ``{"folder": …}``) and keeps its state in FOLDER.

    .. versionadded:: 0.1
    """


@hookspec
def document_received(document: Document) -> None:
    """
    Tell that intake has committed a document (not a refused one).

    Called after the commit, once per document version; what a plugin raises is recorded and changes nothing.

    .. versionadded:: 0.1
    """


@hookspec
def disclosure_changed(disclosure: Disclosure) -> None:
    """
    Tell that a disclosure has a new state, after the commit.

    .. versionadded:: 0.1
    """


@hookspec
def minutes_signed(minutes: Minutes, role: str) -> None:
    """
    Tell that a role has signed minutes, after the signed file was verified and committed.

    .. versionadded:: 0.1
    """


@hookspec
def dossier_filed(dossier: Dossier) -> None:
    """
    Tell that a dossier was filed and its filing read back, after the commit.

    .. versionadded:: 0.1
    """
