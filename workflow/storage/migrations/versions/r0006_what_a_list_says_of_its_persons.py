"""What a list says of its persons"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.add_column(sa.Column("woman", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("direct_worker", sa.Boolean(), nullable=True))
