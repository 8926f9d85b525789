"""Pulling and tagging: from what a source offers to a decision on each document."""

import logging
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from .damaged import damaged
from .disclosures import open_disclosure
from .errors import AccessError, CongkhaiError, OutsideError, PassingError, StoreError
from .firstpage import first_text
from .house import House
from .intake import HeldPapers, receive, record_problem
from .interfaces import Awaiting, Connector
from .log_context import about
from .recall import has_matter_in_older_form
from .records import DOUBTS, CursorMark, Decision, Document, DocumentStatus, PulledDocument, PulledProblem, TagDecision
from .store import Transaction, read
from .store import tables as t
from .tagging.corrections import corrected
from .tagging.decide import Thresholds
from .text import _
from .vanishing import plan_round
from .work import LeaseLostError, Step, explain

log = logging.getLogger(__name__)

_ROUNDED = timedelta(seconds=1)
"""Deadlines are kept in whole seconds, cut off: a look must not come a moment too early."""


def plan_pulls(house: House) -> None:
    """Make sure that every connector has a moment at which it is asked; called at every start."""
    with house.store.write(house.agency, "congkhai") as tx:
        for name in house.connectors:
            known = tx.connection.scalar(sa.select(t.source.c.name).where(t.source.c.name == name))
            if known is None:
                tx.connection.execute(
                    sa.insert(t.source).values(name=name, agency=tx.agency, error="", paused=False)
                )  # fmt: skip
            waiting = tx.connection.scalar(
                sa.select(t.deadline.c.id).where(
                    t.deadline.c.kind == "pull", t.deadline.c.subject == name, t.deadline.c.state == "open"
                )
            )
            queued = tx.connection.scalar(
                sa.select(t.job.c.id).where(
                    t.job.c.kind == "pull", t.job.c.args["subject"].as_string() == name,
                    t.job.c.state.in_(("ready", "leased")),
                )
            )  # fmt: skip
            if waiting is None and queued is None:
                tx.set_deadline("pull", name, tx.now, "at start")


def pull(step: Step) -> None:
    """
    Ask one source for what is new. Work kind ``pull``; args: subject (connector name).

    A source that fails is recorded with since when, and asked again at its next moment: it never blocks the others.
    """
    house, name = step.house, step.args["subject"]
    connector = house.connectors.get(name)
    with house.store.read() as connection:
        source = connection.execute(sa.select(t.source).where(t.source.c.name == name)).one_or_none()
    if connector is None or source is None or source.paused:
        with step.commit():
            return
    error: Exception | None = None
    whole = True  # a window with a paper that failed is not complete: the next pull begins where this one did
    try:
        for item in connector.pull(source.cursor, HeldPapers(house, name)):
            if not isinstance(item, CursorMark):
                named = item.remote_id if isinstance(item, PulledDocument) else item.ref
                with about(source=name, paper=house.opaque(name, named)):
                    whole &= _take(house, name, connector, item)
            elif whole:
                with step.transaction() as tx:
                    _write(tx, name, cursor=item.value)
    except (StoreError, LeaseLostError):
        raise  # our own house is in trouble: nothing is known about the source
    except Exception as failure:
        error = failure
        known = isinstance(failure, CongkhaiError)
        log.warning("source failed", exc_info=not known, extra={"source": name, "error": type(failure).__name__})
    with step.commit() as tx:
        _record_state(tx, name, error)
        wait, rule = _next_pull(house, connector, error)
        tx.set_deadline("pull", name, tx.now + wait, rule)
        if error is None:
            plan_round(tx, house, name)


def _next_pull(house: House, connector: Connector, error: Exception | None) -> tuple[timedelta, str]:
    """Return how long to wait for the next pull, and by which rule: sooner only while something is still arriving."""
    regular = house.configuration.work.pull_every
    soon = connector.look_again() if error is None and isinstance(connector, Awaiting) else None
    if soon is None or soon >= regular:
        return regular, "every pull-every"
    return soon + _ROUNDED, "something is still arriving"


def _take(house: House, name: str, connector: Connector, item: PulledDocument | PulledProblem) -> bool:
    """Take one item in; False when it broke intake or its plugin: that is recorded, and the next one goes on."""
    if isinstance(item, PulledProblem):
        record_problem(house, name, item)
        return True
    try:
        receive(house, name, connector, item)
    except (OutsideError, StoreError, LeaseLostError):
        raise
    except PassingError as error:  # noted by intake, and offered again at the next pull
        log.info("paper waits for a file", extra={"source": name, "reason": error.code})
        return False
    except Exception as error:
        log.warning("paper failed", exc_info=not isinstance(error, CongkhaiError), extra={"source": name})
        with house.store.write(house.agency, "congkhai") as tx:
            what, advice = explain(error) if isinstance(error, CongkhaiError) else (type(error).__name__, "")
            tx.record_fault("intake", house.opaque(name, item.remote_id), what, advice)
        return False
    return True


def _record_state(tx: Transaction, name: str, error: Exception | None) -> None:
    if error is None:
        _write(tx, name, last_success=tx.now, failing_since=None, error="")
        return
    since = tx.connection.scalar(sa.select(t.source.c.failing_since).where(t.source.c.name == name))
    what, advice = explain(error)
    _write(tx, name, failing_since=since or tx.now, error=f"{what}\n{advice}", paused=isinstance(error, AccessError))
    if since is None:
        tx.journal("source.failing", name, code=getattr(error, "code", type(error).__name__))


def _write(tx: Transaction, name: str, **values: object) -> None:
    tx.connection.execute(sa.update(t.source).where(t.source.c.name == name).values(**values))


def tag(step: Step) -> None:
    """Decide what a document is, and open its disclosure. Work kind ``tag``; args: document."""
    house = step.house
    with house.store.read() as connection:
        document = read.document(connection, step.args["document"])
        twin = connection.scalar(
            sa.select(t.link.c.other).where(t.link.c.document == document.id, t.link.c.kind == "duplicate")
        )
        act = connection.scalar(
            sa.select(t.link.c.kind).where(t.link.c.document == document.id, t.link.c.kind == "recall")
        )
    decision = _decide(house, document, twin, act)
    with step.commit() as tx:
        record_decision(tx, document.id, decision)
        fresh = read.document(tx.connection, document.id)  # a recall may have come in between
        current = fresh.status is DocumentStatus.CURRENT and not has_matter_in_older_form(tx, document.id)
        if decision.tags and decision.regime is None and current:
            allowed = house.configuration.tagging.automatic and decision.decision is Decision.AUTO
            held = house.configuration.tagging.review_above
            further = [one for one in decision.tags[1:] if one.confidence >= held]
            open_disclosure(tx, house, document, decision.tags[0], review=not allowed, further=further)


def _decide(house: House, document: Document, twin: str | None, act: str | None) -> TagDecision:
    if act is not None:
        return TagDecision(Decision.NONE, decided_by="congkhai", why=(_("Văn bản thu hồi một văn bản khác."),))
    if twin is not None:
        why = _("Trùng với văn bản đã nhận ({twin}): cảnh báo văn thư, không công khai hai lần.").format(twin=twin)
        return TagDecision(Decision.NONE, decided_by="congkhai", why=(why,))
    text = _first_page(house, document)
    for tagger in house.taggers:
        decision = tagger.tag(document, text)
        if decision is not None:
            return _doubted(document, _corrected(house, document, decision))
    return TagDecision(Decision.REVIEW, decided_by="congkhai", why=(_("Không bộ gắn nhãn nào nhận văn bản này."),))


def _doubted(document: Document, decision: TagDecision) -> TagDecision:
    """Leave to a person what lacks a file, or was decided on fields that are missing, impossible or only guessed."""
    why = []
    if not DOUBTS.isdisjoint(document.marks):
        why.append(_("Số, ngày, trích yếu hoặc cơ quan ban hành chưa chắc chắn: văn thư xem lại rồi xác nhận."))
    if lost := damaged(document):
        said = _("Chưa tải được tệp {names}: chờ tải lại hoặc xin lại nơi gửi, rồi xác nhận.")
        why.append(said.format(names=", ".join(lost)))
    if decision.decision is not Decision.AUTO or not why:
        return decision
    return replace(decision, decision=Decision.REVIEW, why=(*why, *decision.why))


def _corrected(house: House, document: Document, decision: TagDecision) -> TagDecision:
    """Let what clerks decided on similar papers speak before the machine's own proposal."""
    tagging = house.configuration.tagging
    with house.store.read() as connection:
        return corrected(
            connection, house.agency, document, decision, house.regulation,
            agency_kind=house.configuration.agency.kind,
            thresholds=Thresholds(tagging.auto_above, tagging.review_above),
        )  # fmt: skip


def _first_page(house: House, document: Document) -> str:
    for file in document.attachments:
        if not file.problem:
            text = first_text(house.store.vault.read(file.sha256), file.media_type)
            if text.strip():
                return text
    return ""


def record_decision(tx: Transaction, document: str, decision: TagDecision) -> None:
    """Keep a decision beside the earlier ones, and its outcome in the journal."""
    last = tx.connection.scalar(sa.select(sa.func.max(t.decision.c.seq)).where(t.decision.c.document == document))
    tx.connection.execute(
        sa.insert(t.decision).values(
            document=document, seq=0 if last is None else last + 1, decision=decision.decision.value,
            regime=decision.regime, why=list(decision.why), decided_by=decision.decided_by, at=tx.now,
            tags=[
                {"category": one.category, "key": one.key, "sub": one.sub, "confidence": one.confidence,
                 "why": list(one.why)}
                for one in decision.tags
            ],
        )
    )  # fmt: skip
    w = t.waiting_paper
    tx.connection.execute(sa.delete(w).where(w.c.document == document))
    if decision.decision is Decision.REVIEW:  # until a matter holds it (`disclosures.open_disclosure`)
        tx.connection.execute(sa.insert(w).values(document=document, agency=tx.agency, at=tx.now))
    tx.journal(
        "document.tagged", document, decision=decision.decision.value, regime=decision.regime,
        keys=[one.sub or one.key for one in decision.tags], by=decision.decided_by,
    )  # fmt: skip
