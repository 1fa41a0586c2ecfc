"""Signing in by an identity provider: a real one on loopback, which is told to answer wrongly in every way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine

from tests.support.browsing import Pages
from tests.support.ministry import Ministry
from tests.support.provider import FakeProvider, provider
from workflow.services import accounts

OFFICER = "CVT/CB"
EMAIL = "cb@cvt.example"


class Gate:
    """Pages with a provider beside them."""

    def __init__(self, pages: Pages, sso: FakeProvider) -> None:
        self.pages = pages
        self.sso = sso

    def come(self, client: Any = None, query: str = "", ve: str = "/tai-khoan") -> Any:
        """Away to the provider, and back with its answer (or with `query`)."""
        client = client or self.pages.stranger()
        away = client.get(f"/dang-nhap/sso?ve={ve}")
        assert away.status_code == 303, away.text
        assert away.headers["location"].startswith(f"{self.sso.issuer}/authorize?")
        return client.get(f"/dang-nhap/sso/ve?{query or self.sso.authorize(away.headers['location'])}")

    def link(self, subject: str = "u-17") -> None:
        self.pages.account(OFFICER)
        self.pages.ministry.sql("UPDATE account SET subject = :s", s=f"{self.sso.issuer}|{subject}")

    def refused(self, answer: Any) -> bool:
        """401, in words, and nobody is in."""
        assert self.pages.ministry.all("SELECT * FROM web_session") == []
        return bool(answer.status_code == 401 and "Chưa đăng nhập được" in answer.text)


@pytest.fixture
def gate(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Gate]:
    yield from opened(sqlite_engine, tmp_path)


def opened(engine: Engine, folder: Path, more: str = "") -> Iterator[Gate]:
    now = []
    with provider(lambda: now[0].machine) as sso:
        text = f'[oidc]\nissuer = "{sso.issuer}"\nclient_id = "{sso.client_id}"\n{more}'
        environ = {"KHEN_OIDC_CLIENT_SECRET": sso.client_secret}
        now.append(Pages(Ministry(engine, folder / "papers"), folder, text, environ=environ))
        yield Gate(now[0], sso)


def test_whom_the_provider_vouches_for_is_in_and_where_he_wanted_to_go(gate: Gate) -> None:
    gate.link()
    client = gate.pages.stranger()
    assert "tài khoản của cơ quan" in client.get("/dang-nhap").text
    answer = gate.come(client)
    assert answer.headers["location"] == "/tai-khoan"
    assert "Trần Cvt Cb" in client.get("/tai-khoan").text
    assert gate.sso.asked[0]["redirect_uri"] == "http://127.0.0.1:8080/dang-nhap/sso/ve"
    assert gate.come(ve="https://evil.example").headers["location"] == "/"


def test_an_unsigned_token_is_refused(gate: Gate) -> None:
    gate.link()

    def unsigned(sso: FakeProvider, claims: dict[str, Any]) -> str:
        parts = [
            base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
            for each in ({"alg": "none", "typ": "JWT"}, claims)
        ]
        return ".".join((*parts, ""))

    gate.sso.sign = unsigned
    assert gate.refused(gate.come())


def test_a_token_signed_with_a_key_that_is_public_is_refused(gate: Gate) -> None:
    """HS256 keyed with the provider's published key, which anybody can read."""
    gate.link()
    gate.sso.sign = lambda sso, claims: jwt.encode(
        {"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(sso.key.as_pem(private=False)), algorithms=["HS256"]
    )
    assert gate.refused(gate.come())


def test_a_token_of_another_key_is_refused(gate: Gate) -> None:
    gate.link()
    other = RSAKey.generate_key(2048, {"kid": "k1"})
    gate.sso.sign = lambda sso, claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, other)
    assert gate.refused(gate.come())


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "another"}, id="wrong audience"),
        pytest.param({"aud": ["khen", "another"]}, id="for others too, and not saying for whom"),
        pytest.param({"iss": "https://evil.example"}, id="wrong issuer"),
        pytest.param({"exp": 1_600_000_000}, id="expired"),
        pytest.param({"iat": 4_000_000_000, "nbf": 4_000_000_000}, id="not yet"),
        pytest.param({"nonce": "of another sign-in"}, id="replayed"),
        pytest.param({"sub": ""}, id="nobody"),
        pytest.param({"sub": 17}, id="not a subject"),
    ],
)
def test_a_token_that_says_something_else_is_refused(gate: Gate, claims: dict[str, Any]) -> None:
    gate.link()
    gate.sso.claims = claims
    assert gate.refused(gate.come())


def test_a_token_without_a_nonce_or_an_end_is_refused(gate: Gate) -> None:
    gate.link()
    for missing in ("nonce", "exp", "iss", "aud", "sub"):
        gate.sso.sign = lambda sso, claims, missing=missing: jwt.encode(  # type: ignore[misc]
            {"alg": "RS256", "kid": "k1"}, {name: each for name, each in claims.items() if name != missing}, sso.key
        )
        assert gate.refused(gate.come()), missing


def test_an_answer_nobody_asked_for_is_refused(gate: Gate) -> None:
    """A link prepared by somebody else must not sign anybody in as him."""
    gate.link()
    theirs = gate.pages.stranger().get("/dang-nhap/sso").headers["location"]
    prepared = gate.sso.authorize(theirs)
    assert gate.refused(gate.pages.stranger().get(f"/dang-nhap/sso/ve?{prepared}"))
    assert gate.refused(gate.come(query=prepared))
    assert gate.refused(gate.come(query="error=access_denied&state=x"))


def test_an_answer_works_once(gate: Gate) -> None:
    gate.link()
    client = gate.pages.stranger()
    query = gate.sso.authorize(client.get("/dang-nhap/sso").headers["location"])
    assert client.get(f"/dang-nhap/sso/ve?{query}").status_code == 303
    again = gate.pages.stranger()
    assert client.get(f"/dang-nhap/sso/ve?{query}").status_code == 401
    assert again.get(f"/dang-nhap/sso/ve?{query}").status_code == 401


def test_the_provider_must_be_the_one_that_was_agreed_on(gate: Gate) -> None:
    gate.link()
    gate.sso.published = {"issuer": "https://evil.example"}
    assert gate.refused(gate.pages.stranger().get("/dang-nhap/sso"))


def test_a_provider_that_is_down_is_told_in_words(gate: Gate) -> None:
    gate.sso.published = {"token_endpoint": "http://127.0.0.1:9/token"}
    gate.link()
    assert gate.refused(gate.come())


def test_by_default_an_address_links_no_account(gate: Gate) -> None:
    gate.pages.account(OFFICER)
    gate.sso.person = {"sub": "u-17", "email": EMAIL, "email_verified": True}
    answer = gate.come()
    assert (answer.status_code, "chưa có tài khoản" in answer.text) == (403, True)


@pytest.mark.parametrize(("verified", "status"), [(True, 303), (False, 403), ("true", 403), (None, 403)])
def test_a_verified_address_links_an_invited_account_once_where_that_is_allowed(
    sqlite_engine: Engine, tmp_path: Path, verified: Any, status: int
) -> None:
    for gate in opened(sqlite_engine, tmp_path, 'link_by_email = "yes"\n'):
        gate.pages.account(OFFICER)
        gate.sso.person = {"sub": "u-17", "email": EMAIL.upper(), "email_verified": verified}
        assert gate.come().status_code == status
        if status == 303:
            gate.sso.person["sub"] = "u-18"
            assert gate.come().status_code == 403, "the address belongs to somebody else now"
            gate.sso.person = {"sub": "u-17"}
            assert gate.come().status_code == 303


def test_a_disabled_account_stays_out(gate: Gate) -> None:
    gate.link()
    accounts.disable(gate.pages.ministry.desk, OFFICER, "BO/ADMIN", gate.pages.when)
    assert gate.come().status_code == 403


def test_without_a_provider_there_is_no_such_page(sqlite_engine: Engine, tmp_path: Path) -> None:
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)
    assert pages.stranger().get("/dang-nhap/sso").status_code == 404
    assert pages.stranger().get("/dang-nhap/sso/ve?code=x&state=y").status_code == 404
    assert "/dang-nhap/sso" not in pages.stranger().get("/dang-nhap").text
