"""
The tables. Migrations in ``migrations/`` bring a database here; a test holds both to each other.

Legal moments are text, ISO 8601 UTC with ``Z``, so that they sort and can be read in ten years. Lease times are seconds
since 1970 by the database's own clock.
"""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept as ``YYYY-MM-DDTHH:MM:SSZ``."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Write; a moment without zone is a fault of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Read as UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Day(sa.types.TypeDecorator[date]):
    """A local calendar day, kept as ``YYYY-MM-DD``."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Write."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> date | None:  # noqa: ARG002 - SQLAlchemy's contract
        """Read."""
        return None if value is None else date.fromisoformat(value)


_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=options.pop("nullable", False), **options)


meta = sa.Table("meta", metadata, _text("name", primary_key=True), _text("value"))

document = sa.Table(
    "document", metadata,
    _text("id", primary_key=True), _text("agency"), _text("source"), _text("remote_id"),
    sa.Column("version", sa.Integer, nullable=False),
    _text("direction"), _text("type"), _text("number"), sa.Column("issued", Day), sa.Column("arrived", Day),
    _text("issuer"), _text("subject"), _text("signer"), _text("identifier"), _text("urgency"),
    sa.Column("page_amount", sa.Integer), _text("status"), sa.Column("marks", sa.JSON, nullable=False),
    _text("fingerprint"), _text("raw_sha256"), sa.Column("received_at", Moment, nullable=False),
    sa.UniqueConstraint("source", "remote_id", "version"),
)  # fmt: skip
sa.Index("ix_document_number", document.c.agency, document.c.number)
sa.Index("ix_document_identifier", document.c.agency, document.c.identifier)

attachment = sa.Table(
    "attachment", metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("ordinal", sa.Integer, primary_key=True),
    _text("name"), _text("media_type"), sa.Column("size", sa.BigInteger, nullable=False), _text("sha256"),
    _text("problem"),
)  # fmt: skip

link = sa.Table(
    "link", metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("other", sa.ForeignKey("document.id"), primary_key=True),
    _text("kind", primary_key=True), sa.Column("at", Moment, nullable=False),
)  # fmt: skip

refusal = sa.Table(  # a paper that must not land: an opaque id, the time, the reason code, nothing of its content
    "refusal", metadata,
    _text("opaque", primary_key=True), _text("agency"), _text("source"), _text("reason"),
    sa.Column("at", Moment, nullable=False),
)  # fmt: skip

problem = sa.Table(
    "problem", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("source"), _text("ref"), _text("code"),
    _text("message"), _text("advice"), _text("raw_sha256"), sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("source", "ref", "code"),
)  # fmt: skip

source = sa.Table(
    "source", metadata,
    _text("name", primary_key=True), _text("agency"), sa.Column("cursor", sa.Text), sa.Column("last_success", Moment),
    sa.Column("failing_since", Moment), _text("error"), sa.Column("paused", sa.Boolean, nullable=False),
)  # fmt: skip

decision = sa.Table(
    "decision", metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    _text("decision"), sa.Column("regime", sa.Text), sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("why", sa.JSON, nullable=False), _text("decided_by"), sa.Column("at", Moment, nullable=False),
)  # fmt: skip

disclosure = sa.Table(
    "disclosure", metadata,
    _text("id", primary_key=True), _text("agency"), _text("title"), _text("category"), _text("key"), _text("state"),
    sa.Column("trigger", Day, nullable=False), sa.Column("publish_by", Moment, nullable=False),
    sa.Column("remind_on", Day, nullable=False), sa.Column("opened_at", Moment, nullable=False),
    sa.Column("row", sa.Integer, nullable=False), _text("note"),
)  # fmt: skip
sa.Index("ix_disclosure_state", disclosure.c.agency, disclosure.c.state)

disclosure_document = sa.Table(
    "disclosure_document", metadata,
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), primary_key=True),
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
)  # fmt: skip

posting = sa.Table(
    "posting", metadata,
    _text("id", primary_key=True), sa.Column("disclosure", sa.ForeignKey("disclosure.id"), nullable=False),
    _text("channel"), _text("form"), _text("place"), _text("state"),
    sa.Column("required_days", sa.Integer, nullable=False),
    _text("counting"), _text("basis"), sa.Column("posted_from", Moment), sa.Column("posted_to", Moment),
    sa.Column("close_from", Moment), sa.UniqueConstraint("disclosure", "channel"),
)  # fmt: skip

evidence = sa.Table(
    "evidence", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("posting", sa.ForeignKey("posting.id"), nullable=False),
    _text("kind"), sa.Column("at", Moment, nullable=False), _text("by"), _text("address"), _text("sha256"),
    _text("note"),
)  # fmt: skip
sa.Index("ix_evidence_posting", evidence.c.posting)

feedback = sa.Table(
    "feedback", metadata,
    sa.Column("id", _Serial, primary_key=True),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), nullable=False),
    sa.Column("at", Moment, nullable=False), _text("by"), _text("text"),
)  # fmt: skip

minutes = sa.Table(
    "minutes", metadata,
    _text("id", primary_key=True), sa.Column("disclosure", sa.ForeignKey("disclosure.id"), nullable=False),
    _text("kind"), sa.Column("roles", sa.JSON, nullable=False), _text("body_sha256"), _text("file_sha256"),
    _text("pdf_sha256"), sa.Column("made_at", Moment, nullable=False), _text("number"),
    sa.UniqueConstraint("disclosure", "kind"),
)  # fmt: skip

signature = sa.Table(
    "signature", metadata,
    sa.Column("minutes", sa.ForeignKey("minutes.id"), primary_key=True), _text("role", primary_key=True),
    _text("signer"), sa.Column("signed_at", Moment, nullable=False), _text("signature_id"),
)  # fmt: skip

dossier = sa.Table(
    "dossier", metadata,
    _text("id", primary_key=True),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), nullable=False, unique=True),
    _text("kind"), _text("title"), sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False), sa.Column("findings", sa.JSON, nullable=False), _text("sha256"),
    _text("path"), sa.Column("sealed_at", Moment), sa.Column("filed_at", Moment), _text("receipt"),
)  # fmt: skip

outbox = sa.Table(
    "outbox", metadata,
    _text("key", primary_key=True), _text("agency"), _text("target"), _text("act"), _text("subject"),
    _text("state"),  # planned, sent, done, unsure
    sa.Column("planned_at", Moment, nullable=False), sa.Column("done_at", Moment), _text("receipt"), _text("error"),
)  # fmt: skip

deadline = sa.Table(
    "deadline", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("kind"), _text("subject"),
    sa.Column("due", Moment, nullable=False), _text("rule"), _text("state"),  # open, done, superseded
    sa.UniqueConstraint("kind", "subject", "due"),
)  # fmt: skip
sa.Index("ix_deadline_due", deadline.c.state, deadline.c.due)

job = sa.Table(
    "job", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("key", unique=True), _text("agency"), _text("kind"),
    sa.Column("version", sa.Integer, nullable=False), sa.Column("args", sa.JSON, nullable=False),
    _text("state"),  # ready, leased, done, dead
    sa.Column("run_at", sa.Float, nullable=False), sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text), sa.Column("lease_owner", sa.Text), sa.Column("lease_until", sa.Float),
)  # fmt: skip
sa.Index("ix_job_claim", job.c.state, job.c.run_at, job.c.id)

journal = sa.Table(
    "journal", metadata,
    _text("agency", primary_key=True), sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("prev"), _text("body"), _text("hash"),
)  # fmt: skip

journal_head = sa.Table(
    "journal_head", metadata,
    _text("agency", primary_key=True), sa.Column("seq", sa.BigInteger, nullable=False), _text("hash"),
)  # fmt: skip

remark = sa.Table(  # what people and the machine said about a matter; the journal holds only its digest
    "remark", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("subject"), _text("by"), _text("text"),
    _text("sha256"), sa.Column("at", Moment, nullable=False),
)  # fmt: skip

fault = sa.Table(  # what a plugin or a step did wrong, for clerk and IT
    "fault", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("place"), _text("subject"), _text("error"),
    _text("advice"), sa.Column("at", Moment, nullable=False), sa.Column("settled", sa.Boolean, nullable=False),
)  # fmt: skip

correction = sa.Table(  # what a clerk made of a machine's proposal; kept when revoked
    "correction", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"),
    sa.Column("document", sa.ForeignKey("document.id")),  # none when it came with an import
    sa.Column("keys", sa.JSON, nullable=False), sa.Column("likeness", sa.JSON, nullable=False), _text("reason"),
    _text("by"), sa.Column("at", Moment, nullable=False), _text("digest"),
    sa.Column("revoked_at", Moment), _text("revoked_by"), _text("revoked_why"),
    sa.UniqueConstraint("agency", "digest"),
)  # fmt: skip
sa.Index("ix_correction_agency", correction.c.agency, correction.c.revoked_at)
