"""A tie waits for the chair"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("council_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("polls_closed_at", sa.DateTime(timezone=True), nullable=True))
