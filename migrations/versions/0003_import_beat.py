"""Imports beat: a campaign whose import died is told from one that is still being written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give campaigns the last sign of life of their import."""
    op.add_column("campaign", sa.Column("import_beat_at", Instant()))
    op.execute("UPDATE campaign SET import_beat_at = submitted_at WHERE state = 'loading'")
