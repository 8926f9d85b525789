"""
The tables. Migrations in ``migrations/`` bring a database here; a test holds both to each other.

Legal moments are text, ISO 8601 UTC with ``Z``, so that they sort and can be read in ten years. Lease times are seconds
since 1970 by the database's own clock.
"""

import sqlalchemy as sa

from .columns import Day as Day
from .columns import Moment as Moment
from .columns import Serial as _Serial
from .columns import metadata as metadata
from .columns import text_column as _text

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
sa.Index("ix_attachment_sha256", attachment.c.sha256)

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
sa.Index("ix_decision_decision", decision.c.decision, decision.c.at)

disclosure = sa.Table(
    "disclosure", metadata,
    _text("id", primary_key=True), _text("agency"), _text("title"), _text("category"), _text("key"), _text("state"),
    sa.Column("trigger", Day, nullable=False), sa.Column("publish_by", Moment, nullable=False),
    sa.Column("remind_on", Day, nullable=False), sa.Column("opened_at", Moment, nullable=False),
    sa.Column("row", sa.Integer, nullable=False), _text("note"),
)  # fmt: skip
sa.Index("ix_disclosure_state", disclosure.c.agency, disclosure.c.state)
sa.Index("ix_disclosure_opened", disclosure.c.agency, disclosure.c.opened_at, disclosure.c.id)
sa.Index("ix_disclosure_trigger", disclosure.c.agency, disclosure.c.trigger)

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
    _text("kind", server_default="minimum"), _text("standing", server_default="required"),
    _text("mode", server_default=""), sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
)  # fmt: skip

probe = sa.Table(  # every look at a posting, and the planned ones that were missed
    "probe", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("posting", sa.ForeignKey("posting.id"), nullable=False),
    sa.Column("planned", Moment), sa.Column("at", Moment, nullable=False), _text("by"), _text("result"),
    _text("address"), _text("sha256"), _text("message"), sa.Column("status", sa.Integer),
    _text("certificate_sha256"), sa.Column("certificate_until", Moment), sa.Column("latency_ms", sa.Integer),
)  # fmt: skip
sa.Index("ix_probe_posting", probe.c.posting, probe.c.at)

interruption = sa.Table(  # gaps, changed content, pauses and corrections of a posting
    "interruption", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("posting", sa.ForeignKey("posting.id"), nullable=False),
    _text("kind"), sa.Column("started", Moment, nullable=False), sa.Column("seen_before", Moment, nullable=False),
    sa.Column("ended", Moment), _text("effect"), _text("reason"), _text("by"),
)  # fmt: skip
sa.Index("ix_interruption_posting", interruption.c.posting)

period = sa.Table(  # each time a limit was computed anew: what it was, what it became, and why
    "period", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("subject"), _text("what"),
    sa.Column("before", Moment), sa.Column("after", Moment), _text("rule"), _text("why"), _text("by"),
    sa.Column("at", Moment, nullable=False),
)  # fmt: skip
sa.Index("ix_period_subject", period.c.subject)

disclosure_category = sa.Table(  # every category of a matter, the leading one first, each with its own limit
    "disclosure_category", metadata,
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), primary_key=True), _text("key", primary_key=True),
    _text("clause"), sa.Column("rank", sa.Integer, nullable=False), sa.Column("publish_by", Moment, nullable=False),
)  # fmt: skip

exemption = sa.Table(  # a written notice to all that stands for the time of posting
    "exemption", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("posting", sa.ForeignKey("posting.id"), nullable=False),
    _text("condition"), _text("source"), sa.Column("effective", sa.Boolean, nullable=False), _text("notice"),
    sa.Column("notified", Moment, nullable=False), _text("sha256"), _text("reason"), _text("by"),
    sa.Column("at", Moment, nullable=False), sa.UniqueConstraint("posting"),
)  # fmt: skip

supply = sa.Table(  # information given on request (Luật 10/2022/QH15 Điều 48.4)
    "supply", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), nullable=False), _text("asked_by"),
    sa.Column("asked_at", Moment, nullable=False), _text("wanted"), _text("ground"),
    sa.Column("due", Moment, nullable=False), sa.Column("answered_at", Moment), _text("answered_by"),
    _text("answer"), sa.Column("supplied", sa.JSON, nullable=False),
)  # fmt: skip
sa.Index("ix_supply_disclosure", supply.c.disclosure)

evidence = sa.Table(
    "evidence", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("posting", sa.ForeignKey("posting.id"), nullable=False),
    _text("kind"), sa.Column("at", Moment, nullable=False), _text("by"), _text("address"), _text("sha256"),
    _text("note"),
)  # fmt: skip
sa.Index("ix_evidence_posting", evidence.c.posting)

feedback_item = sa.Table(  # one comment; text, sender and answer can be erased, the journal holds digests only
    "feedback_item", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("source"), _text("ref"),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id")),  # none until a clerk finds out what it is about
    sa.Column("received_at", Moment, nullable=False), sa.Column("at", Moment, nullable=False), _text("by"),
    _text("subject"), _text("text"), _text("sender"), _text("note"), _text("sha256"), _text("client"),
    _text("state"),  # new, answered, noted, duplicate, foreign
    sa.Column("automatic", sa.Boolean, nullable=False), _text("answer"), sa.Column("settled_at", Moment),
    _text("settled_by"), sa.Column("acknowledged_at", Moment), sa.Column("erased_at", Moment),
    sa.UniqueConstraint("agency", "source", "ref"),
)  # fmt: skip
sa.Index("ix_feedback_item_disclosure", feedback_item.c.disclosure)
sa.Index("ix_feedback_item_agency", feedback_item.c.agency, feedback_item.c.at)
sa.Index("ix_feedback_item_state", feedback_item.c.agency, feedback_item.c.state, feedback_item.c.id)

feedback_source = sa.Table(  # how far each place where comments arrive was read
    "feedback_source", metadata,
    _text("agency", primary_key=True), _text("name", primary_key=True), sa.Column("cursor", sa.Text),
    sa.Column("read_until", Moment), _text("read_by"), sa.Column("failing_since", Moment), _text("error"),
    sa.Column("paused", sa.Boolean, nullable=False),
)  # fmt: skip

minutes = sa.Table(
    "minutes", metadata,
    _text("id", primary_key=True),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id")),  # none: minutes of a staff matter
    _text("kind"), sa.Column("roles", sa.JSON, nullable=False), _text("body_sha256"), _text("file_sha256"),
    _text("pdf_sha256"), sa.Column("made_at", Moment, nullable=False), _text("number"),
    _text("agency", server_default=""), _text("subject", server_default=""),  # disclosure or staff matter
    sa.UniqueConstraint("disclosure", "kind"),
)  # fmt: skip
sa.Index("ix_minutes_subject", minutes.c.subject)
sa.Index("ix_minutes_unsigned", minutes.c.agency, minutes.c.pdf_sha256, minutes.c.made_at)

entry = sa.Table(  # minutes whose facts only people know: asked for, then as a clerk entered them; the last one counts
    "entry", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("subject"), _text("kind"), _text("part"),
    _text("paper"),  # id of the minutes that it becomes; empty where those have an id of their own
    _text("state"),  # asked, entered
    sa.Column("facts", sa.JSON, nullable=False), _text("by"), sa.Column("at", Moment, nullable=False),
)  # fmt: skip
sa.Index("ix_entry_subject", entry.c.subject, entry.c.kind)
sa.Index("ix_entry_state", entry.c.agency, entry.c.state, entry.c.at)

dossier_waiver = sa.Table(  # the head lets a dossier be closed although parts are missing
    "dossier_waiver", metadata,
    _text("dossier", primary_key=True), _text("subject"), _text("role"), _text("by"), _text("reason"),
    _text("decision"),  # number and date of the decision
    sa.Column("lacking", sa.JSON, nullable=False), _text("sha256"),  # of the signed decision
    sa.Column("at", Moment, nullable=False),
)  # fmt: skip

signature = sa.Table(
    "signature", metadata,
    sa.Column("minutes", sa.ForeignKey("minutes.id"), primary_key=True), _text("role", primary_key=True),
    _text("signer"), sa.Column("signed_at", Moment, nullable=False), _text("signature_id"),
    _text("level", server_default=""), _text("beside", server_default=""),  # a file of its own, made elsewhere
)  # fmt: skip

remote_signing = sa.Table(  # a signature that its holder is asked to confirm on their phone; times by the database
    "remote_signing", metadata,
    _text("id", primary_key=True), sa.Column("minutes", sa.ForeignKey("minutes.id"), nullable=False), _text("role"),
    _text("signer"),  # NAME of the ini section
    _text("by"), _text("state"),  # asked, waiting, done, declined, late, failed
    _text("prepared"), _text("ticket"),  # what the service calls it
    sa.Column("begun", sa.Float, nullable=False), sa.Column("until", sa.Float, nullable=False), _text("said"),
)  # fmt: skip
sa.Index("ix_remote_signing_minutes", remote_signing.c.minutes)

dossier = sa.Table(
    "dossier", metadata,
    _text("id", primary_key=True),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), unique=True),  # none: of another kind, or an older version
    _text("kind"), _text("title"), sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False), sa.Column("findings", sa.JSON, nullable=False), _text("sha256"),
    _text("path"), sa.Column("sealed_at", Moment), sa.Column("filed_at", Moment), _text("receipt"),
    _text("subject", server_default=""),  # disclosure or staff matter; every version of a dossier has the same
    sa.Column("version", sa.Integer, nullable=False, server_default="1"), _text("previous", server_default=""),
)  # fmt: skip
sa.Index("ix_dossier_subject", dossier.c.subject, dossier.c.version)
sa.Index("ix_dossier_sealed", dossier.c.sealed_at, dossier.c.id)

dossier_volume = sa.Table(  # the containers of a dossier, one for each volume (tập)
    "dossier_volume", metadata,
    sa.Column("dossier", sa.ForeignKey("dossier.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True), _text("sha256"),
    sa.Column("members", sa.Integer, nullable=False),
)  # fmt: skip

staff_matter = sa.Table(  # what staff decide, are consulted on or supervise: the subjects of the other dossier kinds
    "staff_matter", metadata,
    _text("id", primary_key=True), _text("agency"), _text("kind"), _text("number"), _text("title"),
    sa.Column("year", sa.Integer, nullable=False), sa.Column("facts", sa.JSON, nullable=False),
    _text("state"),  # proposed, open, closed, dropped
    sa.Column("opened_at", Moment, nullable=False), _text("opened_by"),
)  # fmt: skip
sa.Index("ix_staff_matter_agency", staff_matter.c.agency, staff_matter.c.kind, staff_matter.c.year)

claim = sa.Table(  # a paper that claims a place in a dossier: found by the machine, or brought by a clerk
    "claim", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("subject"), _text("part"), _text("period"),
    sa.Column("document", sa.ForeignKey("document.id")),  # none: a file that a clerk brought
    _text("name"), _text("media_type"), sa.Column("size", sa.BigInteger, nullable=False), _text("sha256"),
    _text("form"),  # signed_digital, certified_copy, plain_scan; empty: as the document itself
    _text("state"),  # proposed, confirmed, refused
    sa.Column("why", sa.JSON, nullable=False), _text("by"), sa.Column("at", Moment, nullable=False),
    _text("decided_by"), sa.Column("decided_at", Moment),
)  # fmt: skip
sa.Index("ix_claim_subject", claim.c.subject, claim.c.part)

signing_order = sa.Table(  # what holds a paper up beside missing signatures, and until when it should be signed
    "signing_order", metadata,
    sa.Column("minutes", sa.ForeignKey("minutes.id"), primary_key=True),
    _text("state"),  # approval, open, refused
    _text("approver"), sa.Column("approved_at", Moment), _text("refused_role"), sa.Column("refused_at", Moment),
    _text("reason"), sa.Column("due", Moment), sa.Column("deputies", sa.JSON, nullable=False),
)  # fmt: skip

deputy = sa.Table(  # who signs in the place of a role (KT., TL., TUQ.), and on what written basis
    "deputy", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("role"), _text("signer"), _text("form"),
    _text("title"), _text("basis"), sa.Column("first", Day, nullable=False), sa.Column("last", Day),
    _text("by"), sa.Column("at", Moment, nullable=False), sa.Column("ended_at", Moment),
)  # fmt: skip
sa.Index("ix_deputy_role", deputy.c.agency, deputy.c.role)

absence = sa.Table(  # when the holder of a role is away
    "absence", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("role"), sa.Column("first", Day, nullable=False),
    sa.Column("last", Day), _text("reason"), _text("by"), sa.Column("at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
)  # fmt: skip
sa.Index("ix_absence_role", absence.c.agency, absence.c.role)

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
    _text("subject", server_default=""),  # as in the body; for looking up, never for proving
)  # fmt: skip
sa.Index("ix_journal_subject", journal.c.agency, journal.c.subject, journal.c.seq)

journal_head = sa.Table(
    "journal_head", metadata,
    _text("agency", primary_key=True), sa.Column("seq", sa.BigInteger, nullable=False), _text("hash"),
)  # fmt: skip

checkpoint = sa.Table(  # signed heads of the journal; the container in the vault is what counts
    "checkpoint", metadata,
    _text("agency", primary_key=True), sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("hash"), _text("sha256"), sa.Column("made_at", Moment, nullable=False),
    _text("why"),  # day, dossier, asked
    _text("level"),  # B, or LT once it has its timestamp
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

# Accounts of the page. Their times are the database's real seconds: a session must end while simulated time stands.
account = sa.Table(
    "account", metadata,
    _text("id", primary_key=True), _text("agency"), _text("name"), _text("person"),
    sa.Column("rights", sa.JSON, nullable=False),  # names of roles: clerk, signer, inspector, head, admin
    _text("role"),  # for whom they sign, a role of the regulation; empty: nobody
    _text("password"), _text("subject"),  # argon2 hash; OIDC issuer and subject; empty: not this way
    sa.Column("disabled", sa.Boolean, nullable=False), sa.Column("made_at", Moment, nullable=False),
    sa.UniqueConstraint("agency", "name"),
)  # fmt: skip

session = sa.Table(  # what the cookie stands for; only a digest of the cookie is kept
    "session", metadata,
    _text("digest", primary_key=True), sa.Column("account", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("begun", sa.Float, nullable=False), sa.Column("seen", sa.Float, nullable=False),
    sa.Column("proven", sa.Float, nullable=False),  # when the person last proved who they are
    _text("address"), _text("browser"), sa.Column("ended", sa.Boolean, nullable=False),
)  # fmt: skip
sa.Index("ix_session_account", session.c.account)

ticket = sa.Table(  # a sign-in that works once, as the demo prints them
    "ticket", metadata,
    _text("digest", primary_key=True), sa.Column("account", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("until", sa.Float, nullable=False), sa.Column("used", sa.Boolean, nullable=False),
)  # fmt: skip

attempt = sa.Table(  # failed sign-ins, by account and by address, for a growing delay
    "attempt", metadata,
    _text("subject", primary_key=True), sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
)  # fmt: skip

token = sa.Table(  # for programs that read the interface; only a digest of the token is kept
    "token", metadata,
    _text("digest", primary_key=True), _text("agency"), _text("name"), sa.Column("scopes", sa.JSON, nullable=False),
    _text("made_by"), sa.Column("made_at", Moment, nullable=False), sa.Column("until", sa.Float),
    sa.Column("ended", sa.Boolean, nullable=False),
    _text("account", server_default=""), sa.Column("used", sa.Float),  # whose it is, if a person's; last use
)  # fmt: skip

duty = sa.Table(  # what the agency owes at a moment: periodic duties, tasks, expiring certificates, hand-overs
    "duty", metadata,
    _text("id", primary_key=True), _text("agency"), _text("kind"),  # periodic, task, certificate, archive, own
    _text("key"), _text("period"), _text("title"), _text("who"), _text("source"), _text("subject"),
    sa.Column("last_day", Day, nullable=False), sa.Column("late_from", Moment, nullable=False),
    sa.Column("target", Day, nullable=False), sa.Column("assumed", sa.Boolean, nullable=False),
    sa.Column("meeting", sa.Boolean, nullable=False), _text("note"),
    _text("state"),  # open, done, dropped, past
    sa.Column("opened_at", Moment, nullable=False), sa.Column("settled_at", Moment), _text("settled_by"),
    _text("reason"), _text("evidence_sha256"), sa.UniqueConstraint("agency", "key", "period"),
)  # fmt: skip
sa.Index("ix_duty_state", duty.c.agency, duty.c.state)

reminder = sa.Table(  # what somebody was reminded of on a day; one row for each way of telling, "" for the work list
    "reminder", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), _text("subject"), _text("stage"), _text("role"),
    _text("messenger"), sa.Column("day", Day, nullable=False), _text("title"),
    sa.Column("late_from", Moment, nullable=False), sa.Column("made_at", Moment, nullable=False),
    sa.Column("sent_at", Moment), _text("message"), sa.UniqueConstraint("subject", "day", "role", "messenger"),
)  # fmt: skip
sa.Index("ix_reminder_unsent", reminder.c.messenger, reminder.c.role, reminder.c.sent_at)

search_word = sa.Table(  # folded words of disclosures, so that they are found without diacritics
    "search_word", metadata,
    _text("agency", primary_key=True),
    # By bytes: a range of what begins with a word must not follow a language's order.
    sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
    sa.Column("disclosure", sa.ForeignKey("disclosure.id"), primary_key=True),
)  # fmt: skip
sa.Index("ix_search_word_disclosure", search_word.c.disclosure)

scan = sa.Table(  # pictures of papers signed by hand; kept beside, never counted as a signature
    "scan", metadata,
    sa.Column("id", _Serial, primary_key=True), sa.Column("minutes", sa.ForeignKey("minutes.id"), nullable=False),
    _text("name"), _text("media_type"), sa.Column("size", sa.BigInteger, nullable=False), _text("sha256"),
    _text("note"), _text("by"), sa.Column("at", Moment, nullable=False),
)  # fmt: skip
sa.Index("ix_scan_minutes", scan.c.minutes)

number = sa.Table(  # numbers of papers, codes of dossiers: wanted, reserved, used, void; a value is never given twice
    "number", metadata,
    sa.Column("id", _Serial, primary_key=True), _text("agency"), sa.Column("year", sa.Integer, nullable=False),
    _text("series"),  # the symbol, e.g. BB-UBND; "dossier" for our own codes
    sa.Column("value", sa.Integer),  # none while a paper waits for its number
    _text("text"), _text("subject"),  # id of the paper, or subject of the dossier
    _text("disclosure"), _text("kind"), _text("state"), _text("by"), sa.Column("at", Moment, nullable=False),
    _text("reason"), sa.UniqueConstraint("agency", "year", "series", "value"),
)  # fmt: skip
sa.Index("ix_number_subject", number.c.agency, number.c.subject)
sa.Index("ix_number_state", number.c.agency, number.c.state, number.c.at)

waiting_paper = sa.Table(  # papers whose newest decision asks a person, as long as no matter holds them
    "waiting_paper", metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True), _text("agency"),
    sa.Column("at", Moment, nullable=False),
)  # fmt: skip
sa.Index("ix_waiting_paper_agency", waiting_paper.c.agency, waiting_paper.c.at, waiting_paper.c.document)

vanishing = sa.Table(  # papers that are public or about to be, and whether their source still shows them
    "vanishing", metadata,
    sa.Column("document", sa.ForeignKey("document.id"), primary_key=True), _text("agency"), _text("source"),
    _text("state"),  # watched, asked (a person must say), kept, recalled
    sa.Column("next_look", Moment, nullable=False), sa.Column("seen_at", Moment), sa.Column("gone_since", Moment),
    sa.Column("gone_last", Moment), sa.Column("gone_times", sa.Integer, nullable=False),
)  # fmt: skip
sa.Index("ix_vanishing_due", vanishing.c.source, vanishing.c.state, vanishing.c.next_look)
sa.Index("ix_vanishing_asked", vanishing.c.agency, vanishing.c.state, vanishing.c.gone_since, vanishing.c.document)

# What long lists walk along, so that no page reads more rows than it shows.
_d, _p = disclosure.c, posting.c
sa.Index("ix_disclosure_limit", _d.agency, _d.state, _d.publish_by, _d.id)
sa.Index("ix_disclosure_newest", _d.agency, _d.state, _d.opened_at, _d.id)
sa.Index("ix_disclosure_category", _d.agency, _d.category, _d.opened_at, _d.id)
sa.Index("ix_disclosure_day", _d.agency, _d.trigger, _d.id)
sa.Index("ix_disclosure_document_document", disclosure_document.c.document)
sa.Index("ix_posting_state", _p.state, _p.disclosure, _p.channel)
sa.Index("ix_posting_begun", _p.posted_from, _p.disclosure)
sa.Index("ix_dossier_complete", dossier.c.complete, dossier.c.id)
sa.Index("ix_dossier_filed", dossier.c.filed_at, dossier.c.sealed_at, dossier.c.id)
sa.Index("ix_outbox_state", outbox.c.state, outbox.c.key)
sa.Index("ix_fault_settled", fault.c.settled, fault.c.agency, fault.c.id)
sa.Index("ix_supply_due", supply.c.agency, supply.c.answered_at, supply.c.due)
