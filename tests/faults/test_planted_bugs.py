"""The battery's own exam: bugs planted into a copy of the program, each of which a named test must find.

A few in every run, all of them in the long ones. A bug whose place has moved fails in every run, so that the exam
keeps up with the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]


@dataclass(frozen=True, slots=True)
class Bug:
    """In `file`, `before` becomes `after`; then `test` must fail."""

    file: str
    before: str
    after: str
    test: str


COMMIT = "; ".join(
    f'connection.connection.driver_connection.execute("{each}")' for each in ("COMMIT", "BEGIN IMMEDIATE")
)
DECIDES = "UPDATE nomination SET state = 'not_awarded' WHERE id IN (SELECT nomination_id FROM reminder)"
KILLS = "tests/faults/test_kills.py::test_a_process_killed_at_any_call_leaves_all_of_a_step_or_nothing"
SERVICES = "tests/integration/services"
MAIL = "tests/integration/notifications"
MODEL = "tests/properties/test_service.py::test_any_acts_in_any_order_by_anybody"
ANTICHECK = "tests/acceptance/test_secretarys_anticheck.py"

BUGS = {
    "mails owed after the commit": Bug(
        "workflow/services/acts.py",
        "    mailing.post(connection, desk, letters, moved, now)\n",
        f"    {COMMIT}\n    mailing.post(connection, desk, letters, moved, now)\n",
        f"{KILLS}[act on one line]",
    ),
    "audit entry after the commit": Bug(
        "workflow/services/acts.py",
        "    _record(connection, desk, request, gathered, moved, act_id, now)\n    return",
        f"    {COMMIT}\n    _record(connection, desk, request, gathered, moved, act_id, now)\n    return",
        f"{KILLS}[decision]",
    ),
    "a list written half by half": Bug(
        "workflow/services/submissions.py",
        "    count(connection, change)\n",
        f"    {COMMIT}\n    count(connection, change)\n",
        f"{KILLS}[list of twenty lines]",
    ),
    "no version check": Bug(
        "workflow/storage/nominations.py",
        '("id", "version")',
        '("id",)',
        "tests/faults/test_races.py::test_a_row_that_changed_between_reading_and_writing_is_not_written_over[sqlite]",
    ),
    "request key not unique": Bug(
        "workflow/services/acts.py",
        "    if earlier is not None:\n        return earlier\n",
        "    request = replace(request, request_key=desk.entropy(16))\n",
        "tests/faults/test_races.py::test_one_request_sent_twice_at_once_and_once_later_is_one_act_with_one_answer[sqlite]",
    ),
    "another content under the same key": Bug(
        "workflow/services/acts.py",
        "raise KeyReused(request.request_key)",
        "pass",
        f"{SERVICES}/test_acts.py::test_a_key_stands_for_one_content_of_one_person[sqlite]",
    ),
    "chain without its turn": Bug(
        "workflow/storage/chain.py",
        'if connection.dialect.name == "postgresql":',
        "if False:",
        "tests/faults/test_races.py::test_the_chain_never_forks_with_eight_writers[postgres]",
    ),
    "no locks on rows": Bug(
        "workflow/storage/nominations.py",
        "query.order_by(key).with_for_update()",
        "query.order_by(key)",
        "tests/faults/test_races.py::test_eight_writers_on_one_dossier_that_stays_where_it_is_lose_nothing[postgres]",
    ),
    "reminder key without its run": Bug(
        "workflow/storage/sweeping.py",
        "known.setdefault((nomination_id, name, run), set())",
        "known.setdefault((nomination_id, name, 2), set())",
        f"{SERVICES}/test_reminders.py::test_who_comes_back_to_a_step_is_reminded_again[sqlite]",
    ),
    "hold ignored": Bug(
        "workflow/domain/decisions.py",
        "NoticePlan(to, notice.send, hold)",
        "NoticePlan(to, notice.send)",
        f"{SERVICES}/test_acts.py::test_nothing_of_a_result_reaches_the_unit_before_it_is_released[sqlite]",
    ),
    "the unit reads the true state": Bug(
        "workflow/services/moving.py",
        'self.line.shown_state if self.memory.get("holds") else self.decision.to_state',
        "self.decision.to_state",
        f"{SERVICES}/test_acts.py::test_nothing_of_a_result_reaches_the_unit_before_it_is_released[sqlite]",
    ),
    "a timer decides": Bug(
        "workflow/services/reminders.py",
        "        sweeping.keep(connection, plan.reminders)\n",
        f"        sweeping.keep(connection, plan.reminders)\n        connection.exec_driver_sql({DECIDES!r})\n",
        f"{ANTICHECK}::test_03_no_timer_ever_approves_or_rejects",
    ),
    "a supplement pins anew": Bug(
        "workflow/domain/decisions.py",
        "changes.completes and not facts.pinned",
        "changes.completes",
        f"{SERVICES}/test_versions.py::test_a_supplement_never_pins_anew[sqlite]",
    ),
    "the library's own transitions": Bug(
        "workflow/domain/machine.py",
        "auto_transitions=False",
        "auto_transitions=True",
        "tests/unit/domain/test_machine.py::test_the_library_makes_no_transition_of_its_own",
    ),
    "a grant reaches every unit": Bug(
        "workflow/domain/decisions.py",
        "return held.scope == scope and bool(scope)",
        "return True",
        f"{SERVICES}/test_acts.py::test_nobody_acts_for_another_unit[sqlite]",
    ),
    "an outcome written over": Bug(
        "workflow/domain/decisions.py",
        "return facts.outcome or after.outcome",
        "return after.outcome or facts.outcome",
        "tests/unit/domain/test_decisions.py::test_an_outcome_is_written_once",
    ),
    "a number given twice": Bug(
        "workflow/services/effects.py",
        "    if used is None:\n",
        "    if True:\n",
        f"{SERVICES}/test_acts.py::test_a_number_of_a_symbol_and_year_stands_for_one_decision[sqlite]",
    ),
    "a clock that goes on over a supplement": Bug(
        "workflow/domain/decisions.py",
        '(after.clock == "restarts" and rule.start == "complete")',
        "False",
        "tests/unit/domain/test_decisions_limits.py::test_asking_for_a_supplement_ends_the_clock_and_a_complete_file_starts_a_new_one",
    ),
    "the subject left as it is": Bug(
        "workflow/services/effects.py",
        "    if report.refused or len(revoking.codes) != len(moves):\n",
        "    if False:\n",
        f"{SERVICES}/test_effects.py::test_if_the_subject_refuses_nothing_at_all_is_written[sqlite-signing]",
    ),
    "ballots of those present": Bug(
        "workflow/domain/votes.py",
        "    return tally.members - (tally.recused if leaves else 0)\n",
        "    return took_part(tally)\n",
        f"{ANTICHECK}::test_02_base_of_ratio_is_all_members",
    ),
    "a ratio that is rounded": Bug(
        "workflow/domain/votes.py",
        "-(-share // denominator)",
        "round(share / denominator)",
        "tests/unit/domain/test_votes.py::test_a_ratio_that_only_rounds_up_to_the_threshold_does_not_pass",
    ),
    "a lease without a fence": Bug(
        "notifications/claims.py",
        'table.c[number] == bindparam("the_fence"))',
        'bindparam("the_fence", type_=MAIL.c.id.type) >= 0)',
        f"{MAIL}/test_claims.py::test_a_late_word_about_a_mail_that_another_worker_has_is_refused[sqlite]",
    ),
    "encryption if it happens to be offered": Bug(
        "notifications/smtp.py",
        'if settings.tls == "starttls":',
        'if settings.tls == "starttls" and smtp.supports_extension("starttls"):',
        f"{MAIL}/test_tls.py::test_starttls_that_is_not_offered_sends_nothing_in_clear",
    ),
    "a restored database that sends": Bug(
        "workflow/storage/backup.py",
        '"paused_at": now',
        '"paused_at": None',
        "tests/integration/storage/test_backup.py::test_what_comes_back_is_paused_and_has_a_new_identity[sqlite]",
    ),
    "a draft without its limit": Bug(
        "workflow/services/submissions.py",
        "        if limit is not None:\n",
        "        if False:\n",
        f"{SERVICES}/test_first_limits.py::"
        "test_the_unit_is_reminded_of_the_cut_off_before_it_comes_and_its_head_after[sqlite]",
    ),
    "the model: a key forgotten": Bug(
        "workflow/services/acts.py",
        "    if earlier is not None:\n        return earlier\n",
        "    request = replace(request, request_key=desk.entropy(16))\n",
        MODEL,
    ),
    "the model: a pin that moves": Bug(
        "workflow/domain/decisions.py",
        "changes.completes and not facts.pinned",
        "changes.completes",
        MODEL,
    ),
    "the model: reopened and still archived": Bug(
        "workflow/services/moving.py",
        "now if decision.archives else None if decision.unarchives else line.archived_at",
        "now if decision.archives else line.archived_at",
        MODEL,
    ),
    "the model: written in two halves": Bug(
        "workflow/services/acts.py",
        "    _record(connection, desk, request, gathered, moved, act_id, now)\n    return",
        f"    {COMMIT}\n    _record(connection, desk, request, gathered, moved, act_id, now)\n    return",
        MODEL,
    ),
}
QUICK = ("no version check", "reminder key without its run", "hold ignored", "an outcome written over")
"""Planted in every run; the others in the long ones."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program and its tests, to be spoilt."""
    folder = tmp_path_factory.mktemp("planted")
    for name in ("definitions", "notifications", "workflow", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
    for name in ("pyproject.toml", "config.example.toml"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def plain() -> dict[str, str]:
    """The environment without what belongs to the run outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "HYPOTHESIS"))}
    return {**kept, "HYPOTHESIS_PROFILE": "unshrunk"}


def outcome(folder: Path, test: str) -> tuple[int, str]:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=folder, env=plain(), capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout[-3000:]


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in BUGS])
def test_a_planted_bug_is_found_by_its_test(name: str, copy: Path) -> None:
    bug = BUGS[name]
    file = copy / bug.file
    text = file.read_text(encoding="utf-8")
    assert text.count(bug.before) == 1, f"{bug.file} has changed: plant the bug anew"
    file.write_text(text.replace(bug.before, bug.after), encoding="utf-8")
    try:
        code, said = outcome(copy, bug.test)
    finally:
        file.write_text(text, encoding="utf-8")
    assert code == 1, f"not found (pytest ended with {code}): {said}"


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_has_its_place_and_its_test(name: str) -> None:
    bug = BUGS[name]
    assert (ROOT / bug.file).read_text(encoding="utf-8").count(bug.before) == 1, f"{bug.file} has changed"
    file, _, test = bug.test.partition("::")
    assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.long
def test_without_a_bug_those_tests_pass(copy: Path) -> None:
    tests = sorted({bug.test for bug in BUGS.values()})
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=copy, env=plain(), capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:]
