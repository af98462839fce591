"""The tables, with the invariants that the database itself holds.

Numbers are E.164. `at`-like columns follow the law's clock; ``lease_until``,
``beat_at``, ``import_beat_at`` and ``started_at`` follow the machine's.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.store.types import Document, Instant, RowId

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

sender = Table(
    "sender",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("registered_name", Text, nullable=False),
    Column("siren", String(14), nullable=False),
    Column("contact", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("reception", String(16)),
    Column("reception_hours", Text),
)

caller_id = Table(
    "caller_id",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("assignee", ForeignKey("sender.id")),
    Column("verified_at", Instant),
    Column("assigned_since", Instant),
    Column("letter", Text),
)

#: Which sender a callee reaches by an opt-out number (national form, as announced, and E.164).
opt_out_line = Table(
    "opt_out_line",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
)

route = Table(
    "route",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("carrier", String(16), nullable=False),
    Column("settings", Document, nullable=False),
    CheckConstraint(
        "carrier IN ('sandbox', 'trunk', 'twilio', 'voicepartner')", name="known_carrier"
    ),
)

consent_text = Table(
    "consent_text",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("mentions", Document, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant),
    Column("period_days", Integer),
)

#: Immutable: a changed script or recording is a new version.
announcement = Table(
    "announcement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("script", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    UniqueConstraint("name", "version"),
)

announcement_variant = Table(
    "announcement_variant",
    metadata,
    Column("announcement_id", ForeignKey("announcement.id"), primary_key=True),
    Column("variant", String(8), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("alaw", LargeBinary, nullable=False),
    CheckConstraint("variant IN ('person', 'machine')", name="known_variant"),
)

#: ``import_beat_at``: the last sign of life of its import, empty once every row is there.
campaign = Table(
    "campaign",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("definition", Document, nullable=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("import_beat_at", Instant),
    Column("paused_for", Text),
    Column("scenario_id", ForeignKey("scenario.id")),
    CheckConstraint(
        "state IN ('loading', 'running', 'paused', 'cancelled', 'done')", name="known_state"
    ),
    Index(
        "ix_campaign_live",
        "id",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

#: One callee of one campaign. ``number`` is empty once the person was erased.
voice_drop = Table(
    "voice_drop",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("number", String(16)),
    Column("callee_kind", String(16), nullable=False),
    Column("territory", String(8)),
    Column("basis_kind", String(24), nullable=False),
    Column("basis_at", Instant),
    Column("basis_text_id", String(64)),
    Column("basis_channel", Text),
    Column("basis_source", Text),
    Column("basis_notice", Text),
    Column("basis_slot", Document),
    Column("state", String(8), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outcome", String(24)),
    Column("detail", Document),
    Column("worker", String(128)),
    Column("lease_until", Instant),
    UniqueConstraint("campaign_id", "number"),
    CheckConstraint("state IN ('pending', 'claimed', 'calling', 'done')", name="known_state"),
    CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name="done_has_outcome"),
    CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="claimed_has_lease"),
    Index("ix_voice_drop_number", "number"),
    Index(
        "ix_voice_drop_due",
        "campaign_id",
        "due_at",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_voice_drop_open",
        "campaign_id",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
    Index(
        "ix_voice_drop_claimed",
        "worker",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
)

#: One attempt. Written before anything leaves the machine. ``called_off``: it must stop ringing.
#: ``opted_out_at``: when its callee objected, on it or because of it.
#: ``settles_at``: when what its carrier told is folded into its outcome; empty: nothing to fold.
voice_call = Table(
    "voice_call",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("drop_id", ForeignKey("voice_drop.id"), nullable=False),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
    Column("number", String(16)),
    Column("worker", String(128), nullable=False),
    Column("caller_id", String(16), nullable=False),
    Column("route", String(64), nullable=False),
    Column("dialled_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("concluded_at", Instant),
    Column("outcome", String(24)),
    Column("cause", Text),
    Column("evidence", Document),
    Column("called_off", Boolean, nullable=False, server_default=false()),
    Column("reference", String(64)),
    Column("duration_s", Float),
    Column("cost_micros", RowId),
    Column("currency", String(3)),
    Column("wants_call_back_at", Instant),
    Column("opted_out_at", Instant),
    Column("settles_at", Instant),
    Index(
        "uq_voice_call_open",
        "drop_id",
        unique=True,
        sqlite_where=text("concluded_at IS NULL"),
        postgresql_where=text("concluded_at IS NULL"),
    ),
    Index("ix_voice_call_drop_id", "drop_id"),
    Index("ix_voice_call_reference", "route", "reference"),
    Index(
        "ix_voice_call_settling",
        "settles_at",
        sqlite_where=text("settles_at IS NOT NULL"),
        postgresql_where=text("settles_at IS NOT NULL"),
    ),
    Index(
        "ix_voice_call_unknown",
        "dialled_at",
        sqlite_where=text("outcome = 'unknown'"),
        postgresql_where=text("outcome = 'unknown'"),
    ),
    Index("ix_voice_call_caller_id", "caller_id", "dialled_at"),
    Index(
        "ix_voice_call_opted_out",
        "opted_out_at",
        sqlite_where=text("opted_out_at IS NOT NULL"),
        postgresql_where=text("opted_out_at IS NOT NULL"),
    ),
    Index("ix_voice_call_attempts", "sender_id", "number", "dialled_at"),
    Index(
        "ix_voice_call_working",
        "worker",
        sqlite_where=text("concluded_at IS NULL"),
        postgresql_where=text("concluded_at IS NULL"),
    ),
    Index(
        "ix_voice_call_called_off",
        "worker",
        sqlite_where=text("called_off = 1 AND concluded_at IS NULL"),
        postgresql_where=text("called_off AND concluded_at IS NULL"),
    ),
)

#: How the calls of one day (UTC) fared, once they are all over.
call_day = Table(
    "call_day",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("caller_id", String(16), primary_key=True),
    Column("route", String(64), primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("short", Integer, nullable=False),
    Column("blocked", Integer, nullable=False),
    Column("opted_out", Integer, nullable=False),
)

#: What carriers told of calls, each event once; ``applied_at`` is empty until it took effect.
carrier_report = Table(
    "carrier_report",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("route", String(64), nullable=False),
    Column("key", String(128), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("call_id", RowId),
    Column("at", Instant, nullable=False),
    Column("detail", Document, nullable=False),
    Column("applied_at", Instant),
    UniqueConstraint("route", "key"),
    CheckConstraint("kind IN ('status', 'verdict', 'turn', 'deposit')", name="known_kind"),
    Index("ix_carrier_report_call_id", "call_id"),
    Index(
        "ix_carrier_report_waiting",
        "id",
        sqlite_where=text("applied_at IS NULL"),
        postgresql_where=text("applied_at IS NULL"),
    ),
)

#: A flow that an operator wrote; immutable: a changed one is a new version.
scenario = Table(
    "scenario",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    UniqueConstraint("name", "version"),
)

#: What each prompt of a scenario says: its final bytes and their hash.
scenario_prompt = Table(
    "scenario_prompt",
    metadata,
    Column("scenario_id", ForeignKey("scenario.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("alaw", LargeBinary, nullable=False),
)

#: A file at a direct-deposit provider, and the approved recording that somebody heard in it.
deposit_audio = Table(
    "deposit_audio",
    metadata,
    Column("route", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("token", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("bound_by", Text, nullable=False),
    Column("bound_at", Instant, nullable=False),
    Column("attested_by", Text),
    Column("attested_at", Instant),
)

#: One request to a direct-deposit provider; ``reference`` is its name of the request.
deposit_batch = Table(
    "deposit_batch",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("route", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("judged_at", Instant, nullable=False),
    Column("reference", String(64)),
    Column("settled_at", Instant),
    Index("ix_deposit_batch_sent", "route", "sent_at"),
    Index(
        "ix_deposit_batch_open",
        "judged_at",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
)

#: Which calls a batch is made of.
deposit = Table(
    "deposit",
    metadata,
    Column("call_id", ForeignKey("voice_call.id"), primary_key=True),
    Column("batch_id", ForeignKey("deposit_batch.id"), nullable=False),
    Index("ix_deposit_batch_id", "batch_id"),
)

#: A keyed hash of a number, the date and the channel: nothing else (GDPR art. 21(3), MED-2023-040).
suppression = Table(
    "suppression",
    metadata,
    Column("sender_id", ForeignKey("sender.id"), primary_key=True),
    Column("hash", LargeBinary(32), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("channel", String(32), nullable=False),
)

#: The consent of somebody who was erased, by a keyed hash, until its years end (R. 223-2).
consent_proof = Table(
    "consent_proof",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("text_id", String(64)),
    Column("channel", Text),
    Column("source", Text),
    Column("kept_until", Instant, nullable=False),
    Index("ix_consent_proof_sender_id_hash", "sender_id", "hash"),
    Index("ix_consent_proof_kept_until", "kept_until"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sender_id", ForeignKey("sender.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_hash", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("status", Integer),
    Column("response", Document),
)

worker = Table(
    "worker",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: The stop flag: one row, always there, so that a dial can hold it against a stop.
stop = Table(
    "stop",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("is_set", Boolean, nullable=False),
    Column("at", Instant),
    CheckConstraint("id = 1", name="one_row"),
)

journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", String(64)),
    Column("campaign_id", String(32)),
    Column("salt", LargeBinary(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_journal_entry_subject", "subject"),
    Index("ix_journal_entry_campaign_id", "campaign_id"),
    sqlite_autoincrement=True,  # a purged entry's id is never given again
)

#: Committed entries that no sequencer has numbered yet.
journal_pending = Table(
    "journal_pending",
    metadata,
    Column("entry_id", RowId, primary_key=True, autoincrement=False),
    Column("value", LargeBinary(32), nullable=False),
)

journal_leaf = Table(
    "journal_leaf",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=False),
    Column("entry_id", RowId, nullable=False, unique=True),
    Column("value", LargeBinary(32), nullable=False),
)

#: Inner nodes, named by their last leaf and their level.
journal_node = Table(
    "journal_node",
    metadata,
    Column("last_leaf", RowId, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("size", RowId, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
