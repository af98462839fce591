"""Proofs of consent outlive an erasure, without the number, until their years end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, RowId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of the proofs kept."""
    op.create_table(
        "consent_proof",
        sa.Column("id", RowId, nullable=False),
        sa.Column("sender_id", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("text_id", sa.String(length=64)),
        sa.Column("channel", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("kept_until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_consent_proof_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_proof")),
    )
    op.create_index(
        "ix_consent_proof_sender_id_hash", "consent_proof", ["sender_id", "hash"], unique=False
    )
    op.create_index("ix_consent_proof_kept_until", "consent_proof", ["kept_until"], unique=False)
