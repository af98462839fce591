"""Carriers that conduct calls themselves and report; what they cost; operators' own scenarios."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Document, Instant, RowId

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of reports, scenarios and deposits, and widen those of calls and routes."""
    _make_reports()
    _make_scenarios()
    _make_deposits()
    with op.batch_alter_table("route") as route:
        route.drop_constraint(op.f("ck_route_known_carrier"), type_="check")
        route.create_check_constraint(
            op.f("ck_route_known_carrier"),
            "carrier IN ('sandbox', 'trunk', 'twilio', 'voicepartner')",
        )
    op.add_column("sender", sa.Column("reception", sa.String(length=16)))
    op.add_column("sender", sa.Column("reception_hours", sa.Text()))
    with op.batch_alter_table("campaign") as campaign:
        campaign.add_column(sa.Column("paused_for", sa.Text()))
        campaign.add_column(sa.Column("scenario_id", RowId))
        campaign.create_foreign_key(
            op.f("fk_campaign_scenario_id"), "scenario", ["scenario_id"], ["id"]
        )
    for column in (
        sa.Column("reference", sa.String(length=64)),
        sa.Column("duration_s", sa.Float()),
        sa.Column("cost_micros", RowId),
        sa.Column("currency", sa.String(length=3)),
        sa.Column("wants_call_back_at", Instant()),
        sa.Column("opted_out_at", Instant()),
        sa.Column("settles_at", Instant()),
    ):
        op.add_column("voice_call", column)
    op.create_index("ix_voice_call_reference", "voice_call", ["route", "reference"])
    _index_where("ix_voice_call_settling", "settles_at", "settles_at IS NOT NULL")
    _index_where("ix_voice_call_unknown", "dialled_at", "outcome = 'unknown'")
    op.create_index("ix_voice_call_caller_id", "voice_call", ["caller_id", "dialled_at"])
    op.create_index(
        "ix_voice_call_opted_out",
        "voice_call",
        ["opted_out_at"],
        sqlite_where=sa.text("opted_out_at IS NOT NULL"),
        postgresql_where=sa.text("opted_out_at IS NOT NULL"),
    )
    _make_days()


def _index_where(name: str, column: str, condition: str) -> None:
    """Index the few calls that a duty looks for again and again."""
    where = sa.text(condition)
    op.create_index(name, "voice_call", [column], sqlite_where=where, postgresql_where=where)


def _make_days() -> None:
    counts = ("calls", "answered", "short", "blocked", "opted_out")
    op.create_table(
        "call_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("caller_id", sa.String(length=16), nullable=False),
        sa.Column("route", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint("day", "caller_id", "route", name=op.f("pk_call_day")),
    )


def _make_reports() -> None:
    op.create_table(
        "carrier_report",
        sa.Column("id", RowId, nullable=False),
        sa.Column("route", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("call_id", RowId),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("detail", Document, nullable=False),
        sa.Column("applied_at", Instant()),
        sa.CheckConstraint(
            "kind IN ('status', 'verdict', 'turn', 'deposit')",
            name=op.f("ck_carrier_report_known_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_report")),
        sa.UniqueConstraint("route", "key", name=op.f("uq_carrier_report_route_key")),
    )
    op.create_index("ix_carrier_report_call_id", "carrier_report", ["call_id"])
    op.create_index(
        "ix_carrier_report_waiting",
        "carrier_report",
        ["id"],
        sqlite_where=sa.text("applied_at IS NULL"),
        postgresql_where=sa.text("applied_at IS NULL"),
    )


def _make_deposits() -> None:
    op.create_table(
        "deposit_audio",
        sa.Column("route", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("bound_by", sa.Text(), nullable=False),
        sa.Column("bound_at", Instant(), nullable=False),
        sa.Column("attested_by", sa.Text()),
        sa.Column("attested_at", Instant()),
        sa.PrimaryKeyConstraint("route", "sha256", name=op.f("pk_deposit_audio")),
    )
    op.create_table(
        "deposit_batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("route", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.Column("reference", sa.String(length=64)),
        sa.Column("settled_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_batch")),
    )
    op.create_index("ix_deposit_batch_sent", "deposit_batch", ["route", "sent_at"])
    op.create_index(
        "ix_deposit_batch_open",
        "deposit_batch",
        ["judged_at"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "deposit",
        sa.Column("call_id", RowId, nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["voice_call.id"], name=op.f("fk_deposit_call_id")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["deposit_batch.id"], name=op.f("fk_deposit_batch_id")
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_deposit")),
    )
    op.create_index("ix_deposit_batch_id", "deposit", ["batch_id"])


def _make_scenarios() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_scenario_name_version")),
    )
    op.create_table(
        "scenario_prompt",
        sa.Column("scenario_id", RowId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("alaw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenario.id"], name=op.f("fk_scenario_prompt_scenario_id")
        ),
        sa.PrimaryKeyConstraint("scenario_id", "name", name=op.f("pk_scenario_prompt")),
    )
