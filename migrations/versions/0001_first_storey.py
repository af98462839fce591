"""The first storey: senders, campaigns, drops, calls, suppressions and the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Document, Instant, RowId

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Nothing in these is ever changed; what may be deleted is named.
APPEND_ONLY = {
    "journal_leaf": ("UPDATE", "DELETE"),
    "journal_node": ("UPDATE", "DELETE"),
    "journal_head": ("UPDATE", "DELETE"),
    "journal_entry": ("UPDATE",),  # a purge deletes
    "journal_pending": ("UPDATE",),  # the sequencer deletes
    "announcement": ("UPDATE", "DELETE"),
    "announcement_variant": ("UPDATE", "DELETE"),
    "suppression": ("UPDATE", "DELETE"),
}


def upgrade() -> None:
    """Make the tables, set the stop flag's one row, forbid what must never happen."""
    create_tables()
    op.execute("INSERT INTO stop (id, is_set) VALUES (1, false)")
    if op.get_bind().dialect.name == "postgresql":
        forbid_on_postgresql()
    else:
        forbid_on_sqlite()


def forbid_on_sqlite() -> None:
    for table, verbs in APPEND_ONLY.items():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def forbid_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, verbs in APPEND_ONLY.items():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def create_tables() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_announcement_name_version")),
    )
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("response", Document),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", RowId, nullable=False),
        sa.Column("subject", sa.String(length=64)),
        sa.Column("campaign_id", sa.String(length=32)),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_entry_campaign_id", "journal_entry", ["campaign_id"], unique=False)
    op.create_index("ix_journal_entry_subject", "journal_entry", ["subject"], unique=False)
    op.create_table(
        "journal_head",
        sa.Column("size", RowId, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "journal_leaf",
        sa.Column("number", RowId, autoincrement=False, nullable=False),
        sa.Column("entry_id", RowId, nullable=False),
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_leaf")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_journal_leaf_entry_id")),
    )
    op.create_table(
        "journal_node",
        sa.Column("last_leaf", RowId, autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("last_leaf", "level", name=op.f("pk_journal_node")),
    )
    op.create_table(
        "journal_pending",
        sa.Column("entry_id", RowId, autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_journal_pending")),
    )
    op.create_table(
        "route",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=16), nullable=False),
        sa.Column("settings", Document, nullable=False),
        sa.CheckConstraint("carrier IN ('sandbox', 'trunk')", name=op.f("ck_route_known_carrier")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_route")),
    )
    op.create_table(
        "sender",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("registered_name", sa.Text(), nullable=False),
        sa.Column("siren", sa.String(length=14), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("is_set", sa.Boolean(), nullable=False),
        sa.Column("at", Instant()),
        sa.CheckConstraint("id = 1", name=op.f("ck_stop_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop")),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    op.create_table(
        "announcement_variant",
        sa.Column("announcement_id", RowId, nullable=False),
        sa.Column("variant", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("alaw", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "variant IN ('person', 'machine')", name=op.f("ck_announcement_variant_known_variant")
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_variant_announcement_id"),
        ),
        sa.PrimaryKeyConstraint("announcement_id", "variant", name=op.f("pk_announcement_variant")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant()),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_api_key_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "caller_id",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("assignee", sa.String(length=64)),
        sa.Column("verified_at", Instant()),
        sa.Column("assigned_since", Instant()),
        sa.Column("letter", sa.Text()),
        sa.ForeignKeyConstraint(["assignee"], ["sender.id"], name=op.f("fk_caller_id_assignee")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_caller_id")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", Document, nullable=False),
        sa.Column("announcement_id", RowId, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.CheckConstraint(
            "state IN ('loading', 'running', 'paused', 'cancelled', 'done')",
            name=op.f("ck_campaign_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_campaign_announcement_id")
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_campaign_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(
        "ix_campaign_live",
        "campaign",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "consent_text",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", Document, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant()),
        sa.Column("period_days", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_consent_text_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_text")),
    )
    op.create_table(
        "opt_out_line",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_opt_out_line_sender_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_opt_out_line")),
    )
    op.create_table(
        "suppression",
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_suppression_sender_id")
        ),
        sa.PrimaryKeyConstraint("sender_id", "hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "voice_drop",
        sa.Column("id", RowId, nullable=False),
        sa.Column("campaign_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16)),
        sa.Column("callee_kind", sa.String(length=16), nullable=False),
        sa.Column("territory", sa.String(length=8)),
        sa.Column("basis_kind", sa.String(length=24), nullable=False),
        sa.Column("basis_at", Instant()),
        sa.Column("basis_text_id", sa.String(length=64)),
        sa.Column("basis_channel", sa.Text()),
        sa.Column("basis_source", sa.Text()),
        sa.Column("basis_notice", sa.Text()),
        sa.Column("basis_slot", Document),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("outcome", sa.String(length=24)),
        sa.Column("detail", Document),
        sa.Column("worker", sa.String(length=128)),
        sa.Column("lease_until", Instant()),
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_until IS NOT NULL)",
            name=op.f("ck_voice_drop_claimed_has_lease"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (outcome IS NOT NULL)", name=op.f("ck_voice_drop_done_has_outcome")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'calling', 'done')",
            name=op.f("ck_voice_drop_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_voice_drop_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_drop")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_voice_drop_campaign_id_number")),
    )
    op.create_index(
        "ix_voice_drop_claimed",
        "voice_drop",
        ["worker"],
        unique=False,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_voice_drop_due",
        "voice_drop",
        ["campaign_id", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_voice_drop_number", "voice_drop", ["number"], unique=False)
    op.create_index(
        "ix_voice_drop_open",
        "voice_drop",
        ["campaign_id"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "voice_call",
        sa.Column("id", RowId, nullable=False),
        sa.Column("drop_id", RowId, nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16)),
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("caller_id", sa.String(length=16), nullable=False),
        sa.Column("route", sa.String(length=64), nullable=False),
        sa.Column("dialled_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant()),
        sa.Column("concluded_at", Instant()),
        sa.Column("outcome", sa.String(length=24)),
        sa.Column("cause", sa.Text()),
        sa.Column("evidence", Document),
        sa.ForeignKeyConstraint(["drop_id"], ["voice_drop.id"], name=op.f("fk_voice_call_drop_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["sender.id"], name=op.f("fk_voice_call_sender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_call")),
    )
    op.create_index(
        "ix_voice_call_attempts", "voice_call", ["sender_id", "number", "dialled_at"], unique=False
    )
    op.create_index("ix_voice_call_drop_id", "voice_call", ["drop_id"], unique=False)
    op.create_index(
        "ix_voice_call_working",
        "voice_call",
        ["worker"],
        unique=False,
        sqlite_where=sa.text("concluded_at IS NULL"),
        postgresql_where=sa.text("concluded_at IS NULL"),
    )
    op.create_index(
        "uq_voice_call_open",
        "voice_call",
        ["drop_id"],
        unique=True,
        sqlite_where=sa.text("concluded_at IS NULL"),
        postgresql_where=sa.text("concluded_at IS NULL"),
    )
