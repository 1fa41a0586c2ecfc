"""Accounts on each database: what several processes at once may not get past, and what stays in the journal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from tests.support.ministry import Ministry
from workflow.services import accounts, auditing, kept_forms, second_factor, sessions, signing_in, throttling
from workflow.services.accounts import AccountError, Rules, When
from workflow.services.sessions import Limits
from workflow.services.signing_in import Caller, CodeNeeded, Over, SignedIn, Wrong
from workflow.services.throttling import Bound, Counted, TooMany

OFFICER, LOGIN = "CVT/CB", "cb@cvt.example"
PASSWORD = "cây bàng trước cổng trường"
MACHINE = datetime(2026, 12, 1, 2, tzinfo=UTC)
HERE = Caller("10.0.0.1", "Firefox")


def when(m: Ministry, minutes: float = 0) -> When:
    return When(m.now, MACHINE + timedelta(minutes=minutes))


def with_password(m: Ministry, person: str = OFFICER, login: str = LOGIN) -> int:
    invited = accounts.invite(m.desk, person, login, "test", when(m), Rules(), mail=False)
    return accounts.choose(m.desk, "invite", invited.link.rpartition("/")[2], PASSWORD, when(m), Rules(length=8))


def sign_in(m: Ministry, password: str = PASSWORD, minutes: float = 0, caller: Caller = HERE) -> Any:
    return signing_in.by_password(m.desk, LOGIN, password, caller, when(m, minutes), Limits())


def together(amount: int, call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(amount) as pool:
        return list(pool.map(call, range(amount)))


def test_guesses_at_the_same_moment_are_counted_together(m: Ministry) -> None:
    with_password(m)
    found = together(16, lambda number: sign_in(m, "sai rồi nhé"))
    assert sum(isinstance(each, Wrong) for each in found) == throttling.MOST
    assert sum(isinstance(each, TooMany) for each in found) == 16 - throttling.MOST


def test_a_wait_that_is_not_used_up_does_not_grow(m: Ministry) -> None:
    """Whoever goes on guessing while he must wait keeps nobody out for longer."""
    with_password(m)
    for minute in range(10):
        sign_in(m, "sai rồi nhé", minute)
    for minute in (9.2, 9.4, 9.6, 9.8):
        assert isinstance(sign_in(m, "sai rồi nhé", minute), TooMany)
    assert isinstance(sign_in(m, minutes=10.1), SignedIn)


def test_a_right_password_strikes_off_what_was_typed_wrongly_before(m: Ministry) -> None:
    with_password(m)
    for _ in range(3):
        for _ in range(9):
            assert isinstance(sign_in(m, "sai rồi nhé"), Wrong)
        assert isinstance(sign_in(m), SignedIn)


def test_a_bound_is_what_it_says(m: Ministry) -> None:
    bound = Bound("x", 2, timedelta(minutes=5))
    assert isinstance(throttling.count(m.desk, [bound], MACHINE), Counted)
    assert isinstance(throttling.count(m.desk, [bound], MACHINE + timedelta(minutes=1)), Counted)
    assert throttling.count(m.desk, [bound], MACHINE + timedelta(minutes=2)) == TooMany(3)
    assert isinstance(throttling.count(m.desk, [bound], MACHINE + timedelta(minutes=5)), Counted)
    assert isinstance(throttling.count(m.desk, [Bound("y")], MACHINE + timedelta(hours=2)), Counted)
    assert m.one("SELECT count(*) FROM sign_in_attempt") == 1


def test_a_link_is_used_once_even_at_the_same_moment(m: Ministry) -> None:
    invited = accounts.invite(m.desk, OFFICER, LOGIN, "test", when(m), Rules(), mail=False)
    token = invited.link.rpartition("/")[2]

    def take(number: int) -> str:
        try:
            accounts.choose(m.desk, "invite", token, f"{PASSWORD} {number}", when(m), Rules())
        except AccountError as error:
            return error.code
        return "chosen"

    assert sorted(together(4, take)) == ["chosen", "link_over", "link_over", "link_over"]


def enrolled(m: Ministry) -> tuple[int, pyotp.TOTP, tuple[str, ...]]:
    account = with_password(m)
    app = pyotp.TOTP(second_factor.begin(m.desk, account).secret)
    codes = second_factor.confirm(m.desk, account, app.at(MACHINE), OFFICER, when(m))
    return account, app, codes


@pytest.mark.parametrize("kind", ["code", "recovery"])
def test_a_code_lets_one_in_even_at_the_same_moment(m: Ministry, kind: str) -> None:
    _, app, codes = enrolled(m)
    code = app.at(MACHINE + timedelta(minutes=3)) if kind == "code" else codes[0]
    waiting = [sign_in(m, minutes=3) for _ in range(4)]
    assert all(isinstance(each, CodeNeeded) for each in waiting)
    found = together(
        4, lambda number: signing_in.by_code(m.desk, waiting[number].token, code, HERE, when(m, 3), Limits())
    )
    assert sorted(type(each).__name__ for each in found) == ["SignedIn", "Wrong", "Wrong", "Wrong"]


def test_a_right_password_waits_five_minutes_for_its_code(m: Ministry) -> None:
    _, app, _ = enrolled(m)
    waiting = sign_in(m, minutes=3)
    late = signing_in.by_code(m.desk, waiting.token, app.at(MACHINE + timedelta(minutes=8)), HERE, when(m, 8), Limits())
    assert isinstance(late, Over)


def test_the_secret_that_was_scanned_stays_until_it_is_confirmed(m: Ministry) -> None:
    account = with_password(m)
    first = second_factor.begin(m.desk, account)
    assert second_factor.begin(m.desk, account) == second_factor.pending(m.desk, account) == first
    assert isinstance(sign_in(m), SignedIn), "an unconfirmed secret asks for nothing"
    with pytest.raises(AccountError):
        second_factor.confirm(m.desk, account, "000000", OFFICER, when(m))
    second_factor.confirm(m.desk, account, pyotp.TOTP(first.secret).at(MACHINE), OFFICER, when(m))
    for again in (second_factor.begin, second_factor.pending):
        if again is second_factor.begin:
            with pytest.raises(AccountError):
                again(m.desk, account)
        else:
            assert again(m.desk, account) is None


def test_every_change_of_an_account_is_in_the_journal_and_the_journal_holds(m: Ministry) -> None:
    account, _, _ = enrolled(m)
    accounts.disable(m.desk, OFFICER, "BO/ADMIN (root)", when(m))
    accounts.enable(m.desk, OFFICER, "BO/ADMIN (root)", when(m))
    accounts.end_sessions(m.desk, OFFICER, "BO/ADMIN (root)", when(m))
    accounts.drop_second_factor(m.desk, OFFICER, "BO/ADMIN (root)", when(m))
    accounts.code(m.desk, OFFICER, "BO/ADMIN (root)", when(m), Rules())
    accounts.speak(m.desk, account, "en", when(m))
    kinds = [kind for (kind,) in m.all("SELECT kind FROM audit_entry WHERE kind LIKE 'account%' ORDER BY number")]
    assert kinds == [
        "account_invited", "account_invite", "account_second_factor", "account_disabled_by", "account_enabled",
        "account_sessions_ended", "account_second_factor_dropped", "account_code", "account_language",
    ]  # fmt: skip
    assert not auditing.verify(m.desk).faults


def test_logins_are_one_however_they_are_typed_and_belong_to_one(m: Ministry) -> None:
    with_password(m)
    found = signing_in.by_password(m.desk, " CB@CVT.example ", PASSWORD, HERE, when(m), Limits())
    assert isinstance(found, SignedIn)
    for login, code in ((LOGIN.upper(), "account_login_taken"), ("", "account_login"), ("a b", "account_login")):
        with pytest.raises(AccountError) as error:
            accounts.invite(m.desk, "CVT/TT", login, "test", when(m), Rules())
        assert error.value.code == code
    with pytest.raises(AccountError) as error:
        accounts.invite(m.desk, OFFICER, LOGIN, "test", when(m), Rules())
    assert error.value.code == "account_exists"


def test_a_password_hashed_at_another_cost_is_hashed_anew(m: Ministry) -> None:
    with_password(m)
    old = m.one("SELECT password_hash FROM account")
    dearer = m.another_desk(passwords=type(m.desk.passwords)(pyargon2(2)))
    assert isinstance(signing_in.by_password(dearer, LOGIN, PASSWORD, HERE, when(m), Limits()), SignedIn)
    new = m.one("SELECT password_hash FROM account")
    assert (old != new, "t=2" in new) == (True, True)
    assert isinstance(sign_in(m), SignedIn)


def pyargon2(passes: int) -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=passes, memory_cost=64, parallelism=1)


def test_a_kept_form_comes_back_as_it_was_to_its_account_alone(m: Ministry) -> None:
    account, other = with_password(m), with_password(m, "CTS/CB", "cb@cts.example")
    pairs = [("line", "1"), ("line", "2"), ("ghi chú", "Đã đối chiếu"), ("password_old", "x"), ("csrf", "y")]
    token = kept_forms.keep(m.desk, account, "/ho-so?x=1", pairs, ["a.pdf"], MACHINE)
    found = kept_forms.find(m.desk, account, token, MACHINE)
    assert found is not None
    assert (found.path, found.fields, found.files) == ("/ho-so?x=1", tuple(pairs[:3]), ("a.pdf",))
    assert kept_forms.find(m.desk, other, token, MACHINE) is None
    kept_forms.discard(m.desk, other, token)
    assert kept_forms.find(m.desk, account, token, MACHINE) is not None
    assert kept_forms.find(m.desk, account, token, MACHINE + timedelta(days=7)) is None
    kept_forms.discard(m.desk, account, token)
    assert kept_forms.find(m.desk, account, token, MACHINE) is None


def test_a_session_that_was_ended_did_not_run_out(m: Ministry) -> None:
    account = with_password(m)
    found = sign_in(m)
    assert sessions.timed_out(m.desk, found.token) is not None
    assert sessions.end_own(m.desk, account, sessions.digest(found.token), MACHINE)
    assert not sessions.end_own(m.desk, account, sessions.digest(found.token), MACHINE)
    assert sessions.timed_out(m.desk, found.token) is None
    assert sessions.timed_out(m.desk, "never seen") is None
