"""Speaks OpenID Connect with the ministry's identity provider: code flow with PKCE, state and nonce.

The one door to Authlib. What the provider says is believed when the signature, the algorithm, the issuer, the
audience, the time and the nonce are right, and not otherwise. Connects to nobody but the provider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

if TYPE_CHECKING:
    from workflow.settings import OidcSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that only the provider can make. Never `none`; never one whose key we hold too."""
CLOCKS_MAY_DIFFER = 60
"""Seconds."""
PATIENCE = 10.0
LARGEST = 256 * 1024


class ProviderRefused(Exception):
    """What came back is not to be believed, or the provider cannot be reached. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Question:
    """What one browser was sent away with; kept in its cookie until it comes back."""

    state: str
    nonce: str
    verifier: str
    back: str

    def in_cookie(self) -> str:
        return "|".join((self.state, self.nonce, self.verifier, self.back.encode().hex()))

    @classmethod
    def from_cookie(cls, text: str) -> Question | None:
        try:
            state, nonce, verifier, back = text.split("|")
            return cls(state, nonce, verifier, bytes.fromhex(back).decode())
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. `email` is empty unless the provider says that it has verified it."""

    subject: str
    email: str


def is_open(settings: OidcSettings) -> bool:
    """Whether this way in is used here."""
    return bool(settings.issuer)


class Provider:
    """The provider as one request needs it: what it publishes is asked for anew, so that a changed key is seen."""

    def __init__(self, settings: OidcSettings, redirect_uri: str) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri

    def address(self, question: Question, *, again: bool = False) -> str:
        """Where to send the browser; `again`: to sign in anew even if it is signed in. Raises ProviderRefused."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        with self._client() as client:
            endpoint = self._endpoint(self._published(client), "authorization_endpoint")
        more = {"prompt": "login", "max_age": "0"} if again else {}
        return str(
            prepare_grant_uri(
                endpoint, self._settings.client_id, "code", self._redirect_uri, "openid email profile", question.state,
                nonce=question.nonce, code_challenge=create_s256_code_challenge(question.verifier),
                code_challenge_method="S256", **more,
            )
        )  # fmt: skip

    def identity(self, question: Question, answer: Mapping[str, str], now: datetime) -> Identity:
        """Whom the answer to this question stands for. Raises ProviderRefused."""
        if not answer.get("state") or answer.get("state") != question.state:
            raise ProviderRefused("state")
        if answer.get("error") or not answer.get("code"):
            raise ProviderRefused(f"answer: {answer.get('error', 'no code')[:80]}")
        if answer.get("iss", self._settings.issuer) != self._settings.issuer:
            raise ProviderRefused("answer from another issuer")
        with self._client() as client:
            published = self._published(client)
            given = self._tokens(client, self._endpoint(published, "token_endpoint"), answer["code"], question)
            keys = self._json(client.get(self._endpoint(published, "jwks_uri")))
        claims = self._claims(given, keys, question.nonce, now)
        verified = claims.get("email_verified") is True
        return Identity(f"{self._settings.issuer}|{claims['sub']}", str(claims.get("email") or "") if verified else "")

    def _claims(
        self, given: Mapping[str, Any], keys: Mapping[str, Any], nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        expected: dict[str, Any] = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        bound = {"nonce": nonce, "client_id": self._settings.client_id, "access_token": given.get("access_token")}
        try:
            token = jwt.decode(str(given.get("id_token", "")), KeySet.import_key_set(dict(keys)), registry=registry)  # type: ignore[arg-type]
            claims = CodeIDToken(token.claims, token.header, expected, bound)
            claims.validate(now=int(now.timestamp()), leeway=CLOCKS_MAY_DIFFER)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderRefused(f"id token: {type(error).__name__}: {error}"[:200]) from error
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ProviderRefused("id token: sub")
        return dict(claims)

    def _tokens(self, client: httpx2.Client, endpoint: str, code: str, question: Question) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri,
            "client_id": self._settings.client_id, "code_verifier": question.verifier,
        }  # fmt: skip
        secret = self._settings.client_secret
        auth = httpx2.BasicAuth(self._settings.client_id, secret.get_secret_value()) if secret else None
        return self._json(
            client.post(endpoint, data=form) if auth is None else client.post(endpoint, data=form, auth=auth)
        )

    def _published(self, client: httpx2.Client) -> Mapping[str, Any]:
        address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        published = self._json(client.get(address))
        if published.get("issuer") != self._settings.issuer:
            raise ProviderRefused("published: another issuer")
        return published

    def _endpoint(self, published: Mapping[str, Any], name: str) -> str:
        """An address that the provider publishes; over TLS wherever the issuer is."""
        address = str(published.get(name, ""))
        if urlsplit(address).scheme not in ("https", urlsplit(self._settings.issuer).scheme):
            raise ProviderRefused(f"published: {name}")
        return address

    def _client(self) -> httpx2.Client:
        return _Client(timeout=PATIENCE, follow_redirects=False)

    def _json(self, response: httpx2.Response) -> Mapping[str, Any]:
        if response.status_code != 200 or len(response.content) > LARGEST:
            raise ProviderRefused(f"{response.request.url.path}: {response.status_code}")
        try:
            found = response.json()
        except ValueError as error:
            raise ProviderRefused(f"{response.request.url.path}: not JSON") from error
        if not isinstance(found, dict):
            raise ProviderRefused(f"{response.request.url.path}: not an object")
        return found


class _Client(httpx2.Client):
    """Says ProviderRefused where the provider cannot be reached."""

    def send(self, *args: Any, **kwargs: Any) -> httpx2.Response:
        try:
            return super().send(*args, **kwargs)
        except httpx2.HTTPError as error:
            raise ProviderRefused(f"unreachable: {type(error).__name__}") from error
