"""Drafts of decisions"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("decision_file", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_decision_file_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_decision_file_kind"), "kind in ('signed','scan','draft')")
