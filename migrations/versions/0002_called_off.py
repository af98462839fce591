"""Calls that must stop ringing: an objection or an order came after they were dialled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark calls as called off, and find those still open by their voice process."""
    op.add_column(
        "voice_call",
        sa.Column("called_off", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_voice_call_called_off",
        "voice_call",
        ["worker"],
        unique=False,
        sqlite_where=sa.text("called_off = 1 AND concluded_at IS NULL"),
        postgresql_where=sa.text("called_off AND concluded_at IS NULL"),
    )
