"""
What a monitoring system asks about, in the text form of Prometheus.

Gauges are read from the store when asked, so that every node of an installation says the same; counters are of the
process (`metrics_counting`). Labels come from closed sets (kinds, states, section names of the ini): never the id, the
number, the subject of a paper, or the name of a person. ``docs/reference/metrics.md`` names every metric.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from types import MappingProxyType
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from cryptography import x509
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from . import orphans
from .disclosures import STOPPED
from .house import House
from .metrics_counting import OWN
from .platform import free_bytes
from .records import DisclosureState
from .status import guards
from .store import Store, work
from .store import tables as t

DAYS = (1, 3, 7, 30)
"""Horizons of what falls due."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A gauge: what it says, for people, and its labels."""

    help: str
    labels: tuple[str, ...] = ()


GAUGES: Mapping[str, Gauge] = MappingProxyType(
    {
        "congkhai_oldest_due_seconds": Gauge("Age of the oldest work that is due and not done, in seconds.", ("kind",)),
        "congkhai_jobs": Gauge("Work in the store.", ("state", "kind")),
        "congkhai_deadlines_due": Gauge("Open legal moments: overdue, or within so many days.", ("kind", "horizon")),
        "congkhai_publications_due": Gauge("Matters to make public: overdue, or within so many days.", ("horizon",)),
        "congkhai_disclosures": Gauge("Matters by state.", ("state",)),
        "congkhai_dossiers": Gauge("Dossiers by stage and completeness.", ("stage", "complete")),
        "congkhai_findings": Gauge("What the checks found in dossiers.", ("id", "severity")),
        "congkhai_undecided_acts": Gauge("Outward acts of which nobody knows whether they happened.", ("act",)),
        "congkhai_faults": Gauge("Faults that nobody has seen to yet."),
        "congkhai_source_last_success_timestamp_seconds": Gauge("When a source was read.", ("connector",)),
        "congkhai_source_failing": Gauge("1 while a source cannot be read.", ("connector",)),
        "congkhai_breaker_open": Gauge("1 while calls to a system are held back after failures.", ("section",)),
        "congkhai_probe_latency_seconds": Gauge("How long the last look at a channel took.", ("channel",)),
        "congkhai_certificate_days_left": Gauge("Days until a signer's certificate ends.", ("signer", "role")),
        "congkhai_tagging_decisions": Gauge("Papers by what became of their tags.", ("decision",)),
        "congkhai_tagging_corrections": Gauge("Corrections of clerks in force."),
        "congkhai_tag_agreement_ratio": Gauge("Share of tagged papers that no clerk corrected, 0 to 1."),
        "congkhai_journal_head_seq": Gauge("Number of the newest journal entry."),
        "congkhai_checkpoint_last_success_timestamp_seconds": Gauge("When the journal's head was signed last."),
        "congkhai_disk_free_bytes": Gauge("Free space where the store lies, in bytes."),
        "congkhai_vault_orphans": Gauge("Files of the vault that no row names, as the last daily look found them."),
        "congkhai_build_info": Gauge("1, with the program's version and the store's schema.", ("version", "schema")),
    }
)  # fmt: skip

_ENDS: WeakKeyDictionary[Store, dict[str, datetime]] = WeakKeyDictionary()
"""Ends of certificates as first read: a token should not be asked at every look; a new key comes with a restart."""
_Rows = Iterator[tuple[str, tuple[str, ...], float]]


class _Reading(Collector):
    def __init__(self, houses: Sequence[House]) -> None:
        self._houses = houses

    def collect(self) -> Iterator[Metric]:
        more = ("agency",) if self._houses[0].configuration.several else ()
        families = {
            name: GaugeMetricFamily(name, one.help, labels=(*one.labels, *more)) for name, one in GAUGES.items()
        }
        for house in self._houses:
            mine = (house.agency,) if more else ()
            for name, labels, value in _read(house):
                families[name].add_metric((*labels, *mine), value)
        yield from families.values()


def _read(house: House) -> _Rows:
    with house.store.read() as connection:
        for reading in (_jobs, _limits, _matters, _sources, _tags, _store):
            yield from reading(house, connection)
    yield from (*_breakers(house), *_certificates(house))


def exposition(*houses: House) -> bytes:
    """
    Return every metric of the house and of this process in the text form of Prometheus.

    Args:
        houses: every agency of the installation; where the ini names several, each gauge has the label ``agency``.
    """
    registry = CollectorRegistry()
    registry.register(_Reading(houses))
    return generate_latest(registry) + generate_latest(OWN)


def _jobs(house: House, connection: sa.Connection) -> _Rows:
    j = t.job.c
    mine = j.agency == house.agency
    for row in connection.execute(sa.select(j.state, j.kind, sa.func.count()).where(mine).group_by(j.state, j.kind)):
        yield "congkhai_jobs", (row[0], row[1]), row[2]
    now = work.database_now(connection)
    due = sa.select(j.kind, sa.func.min(j.run_at)).where(mine, j.state == "ready", j.run_at <= now).group_by(j.kind)
    for kind, oldest in connection.execute(due):
        yield "congkhai_oldest_due_seconds", (kind,), max(0.0, now - oldest)


def _horizons(moments: list[datetime], now: datetime) -> Iterator[tuple[str, int]]:
    yield "overdue", sum(moment <= now for moment in moments)
    for days in DAYS:
        yield f"{days}d", sum(now < moment <= now + timedelta(days=days) for moment in moments)


def _limits(house: House, connection: sa.Connection) -> _Rows:
    now = house.clock.now()
    d = t.deadline.c
    soon = d.due <= now + timedelta(days=max(DAYS))
    by_kind: dict[str, list[datetime]] = {}
    for row in connection.execute(sa.select(d.kind, d.due).where(d.agency == house.agency, d.state == "open", soon)):
        by_kind.setdefault(row.kind, []).append(row.due)
    for kind, moments in by_kind.items():
        for horizon, count in _horizons(moments, now):
            yield "congkhai_deadlines_due", (kind, horizon), count
    waiting = [DisclosureState.REVIEW.value, DisclosureState.DUE.value]
    m = t.disclosure.c
    query = sa.select(m.publish_by).where(m.agency == house.agency, m.state.in_(waiting))
    for horizon, count in _horizons(list(connection.scalars(query)), now):
        yield "congkhai_publications_due", (horizon,), count


def _matters(house: House, connection: sa.Connection) -> _Rows:
    m, d, o = t.disclosure.c, t.dossier.c, t.outbox.c
    for state, count in connection.execute(
        sa.select(m.state, sa.func.count()).where(m.agency == house.agency).group_by(m.state)
    ):
        yield "congkhai_disclosures", (state,), count
    stages: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str], int] = {}
    stopped = [one.value for one in STOPPED]
    query = (
        sa.select(d.complete, d.sealed_at, d.filed_at, d.findings)
        .outerjoin(t.disclosure, m.id == d.disclosure)
        .where(sa.or_(m.id.is_(None), sa.and_(m.agency == house.agency, m.state.not_in(stopped))))
    )
    for row in connection.execute(query):
        stage = "filed" if row.filed_at else "sealed" if row.sealed_at else "open"
        key = (stage, "yes" if row.complete else "no")
        stages[key] = stages.get(key, 0) + 1
        for finding in row.findings:
            kind = (str(finding["id"]), str(finding["severity"]))
            found[kind] = found.get(kind, 0) + 1
    for key, count in stages.items():
        yield "congkhai_dossiers", key, count
    for key, count in found.items():
        yield "congkhai_findings", key, count
    for act, count in connection.execute(
        sa.select(o.act, sa.func.count()).where(o.agency == house.agency, o.state == "unsure").group_by(o.act)
    ):
        yield "congkhai_undecided_acts", (act,), count
    open_faults = sa.select(sa.func.count()).where(t.fault.c.agency == house.agency, t.fault.c.settled.is_(False))
    yield "congkhai_faults", (), connection.scalar(open_faults) or 0


def _sources(house: House, connection: sa.Connection) -> _Rows:
    for row in connection.execute(sa.select(t.source).where(t.source.c.agency == house.agency)):
        if row.name not in house.connectors:
            continue  # of a section that was taken out of the ini
        yield "congkhai_source_failing", (row.name,), 1 if row.failing_since else 0
        if row.last_success:
            yield "congkhai_source_last_success_timestamp_seconds", (row.name,), row.last_success.timestamp()
    p, g = t.probe.c, t.posting.c
    last = sa.select(sa.func.max(p.id)).join(t.posting, g.id == p.posting).where(p.latency_ms.is_not(None))
    query = sa.select(g.channel, p.latency_ms).join(t.posting, g.id == p.posting)
    for channel, latency in connection.execute(query.where(p.id.in_(last.group_by(g.channel)))):
        if channel in house.channels:
            yield "congkhai_probe_latency_seconds", (channel,), latency / 1000


def _tags(house: House, connection: sa.Connection) -> _Rows:
    n, c, d = t.decision.c, t.correction.c, t.document.c
    newest = sa.select(n.document, sa.func.max(n.seq).label("seq")).group_by(n.document).subquery()
    query = (
        sa.select(n.decision, sa.func.count())
        .join(newest, sa.and_(newest.c.document == n.document, newest.c.seq == n.seq))
        .join(t.document, d.id == n.document)
        .where(d.agency == house.agency)
        .group_by(n.decision)
    )
    tagged = 0
    for decision, count in connection.execute(query):
        tagged += count
        yield "congkhai_tagging_decisions", (decision,), count
    mine = (c.agency == house.agency, c.revoked_at.is_(None))
    yield "congkhai_tagging_corrections", (), connection.scalar(sa.select(sa.func.count()).where(*mine)) or 0
    corrected = connection.scalar(
        sa.select(sa.func.count(sa.distinct(c.document))).where(*mine, c.document.is_not(None))
    )
    if tagged:
        yield "congkhai_tag_agreement_ratio", (), 1 - min(corrected or 0, tagged) / tagged


def _store(house: House, connection: sa.Connection) -> _Rows:
    head = sa.select(t.journal_head.c.seq).where(t.journal_head.c.agency == house.agency)
    yield "congkhai_journal_head_seq", (), connection.scalar(head) or 0
    made = sa.select(sa.func.max(t.checkpoint.c.made_at)).where(t.checkpoint.c.agency == house.agency)
    newest: datetime | None = connection.scalar(made)
    if newest is not None:
        yield "congkhai_checkpoint_last_success_timestamp_seconds", (), newest.timestamp()
    yield "congkhai_disk_free_bytes", (), free_bytes(house.store.folder)
    if (looked := orphans.seen(connection)) is not None:
        yield "congkhai_vault_orphans", (), looked.count
    schema = str(MigrationContext.configure(connection).get_current_revision())
    yield "congkhai_build_info", (version("congkhai"), schema), 1


def _breakers(house: House) -> _Rows:
    for name, _state in guards(house):
        yield "congkhai_breaker_open", (name,), 1


def certificate_ends(house: House) -> Iterator[tuple[str, str, datetime]]:
    """Yield section, role and end of each signer's certificate that can be read without a password or a token."""
    known = _ENDS.setdefault(house.store, {})
    for name, signer in house.signers.items():
        if name in known:
            yield name, signer.role, known[name]
            continue
        try:
            certificate = x509.load_der_x509_certificate(signer.certificate())
        except Exception:  # noqa: S112 - a plugin's signer may raise anything; congkhai check says what is wrong
            continue
        known[name] = certificate.not_valid_after_utc
        yield name, signer.role, known[name]


def _certificates(house: House) -> _Rows:
    now = house.clock.now()
    for name, role, ends in certificate_ends(house):
        yield "congkhai_certificate_days_left", (name, role), (ends - now) / timedelta(days=1)
