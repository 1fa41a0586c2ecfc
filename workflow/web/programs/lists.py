"""Operations about units' lists: look at a workbook, bring it in, see what came in."""

from __future__ import annotations

from workflow.intake.sentences import say_problems
from workflow.services import submissions
from workflow.services.looking import submissions as listed
from workflow.services.submissions import ImportRequest
from workflow.web.asking import Ask
from workflow.web.programs.operations import Operation
from workflow.web.programs.shapes import (
    ImportQuery,
    ImportTold,
    RowTold,
    SubmissionsQuery,
    SubmissionsTold,
    SubmissionTold,
)
from workflow.web.routing import MEGABYTE


def bring_in(ask: Ask, query: ImportQuery, content: bytes) -> ImportTold:
    request = ImportRequest(
        actor=ask.me.person, unit=query.unit, round=query.round, content=content, file_name=query.file_name,
        letter_number=query.letter_number, letter_on=query.letter_on,
    )  # fmt: skip
    synonyms = submissions.own_synonyms(ask.house.app.settings.intake.synonyms)
    submission: int | None = None
    codes: tuple[str, ...] = ()
    if query.write:
        report = submissions.bring_in(ask.desk, request, ask.now, synonyms)
        plan, submission, codes = report.plan, report.submission_id, report.codes
    else:
        plan = submissions.look(ask.desk, request, ask.now, synonyms)
    return ImportTold(
        submission=submission, letter_number=plan.letter_number, good=len(plan.checked.good), new=len(plan.new),
        same=len(plan.same), mended=len(plan.mended), codes=list(codes),
        faults=[
            RowTold(row=each.row.number, message=say_problems(each.problems, ask.language)) for each in plan.checked.bad
        ],
    )  # fmt: skip


def submission_list(ask: Ask, query: SubmissionsQuery, _body: None) -> SubmissionsTold:
    units = None if ask.me.sight.everything else ask.me.sight.units
    return SubmissionsTold(
        submissions=[
            SubmissionTold(
                id=each.id, unit=each.unit, round=each.round, letter_number=each.letter_number,
                letter_on=each.letter_on, lines=each.lines, created_at=each.created_at,
            )
            for each in listed(ask.desk, query.round, units)
        ]
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "post", "/submissions", "import_list", "Look at a unit's workbook, or bring its good lines in as drafts",
        "import", "submission.import", ImportTold, bring_in, ImportQuery, "workbook", slow=True, max_body=20 * MEGABYTE,
    ),
    Operation(
        "get", "/submissions", "submissions", "Lists that came in", "read", "submission.list", SubmissionsTold,
        submission_list, SubmissionsQuery,
    ),
)  # fmt: skip
