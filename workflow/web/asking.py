"""A request as a page meets it: who asks, in which language, what was typed, and when. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from definitions.calendar import local_day
from definitions.flow import Language
from workflow.services.accounts import When
from workflow.services.desk import Desk
from workflow.services.sessions import SignedIn
from workflow.services.signing_in import Caller
from workflow.services.viewing import Viewer
from workflow.web import guarding
from workflow.web.house import House
from workflow.web.routing import MEGABYTE

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile
    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form sent: every value is text, in the order sent; files beside it, by name the last one of each.

    `uploads` are all files, for a field that takes several.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, UploadFile] = field(default_factory=dict)
    uploads: tuple[tuple[str, UploadFile], ...] = ()

    def get(self, name: str, otherwise: str = "") -> str:
        """The first value of this name, without blanks around it."""
        return next((value.strip() for key, value in self.pairs if key == name), otherwise)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.pairs if key == name)

    def under(self, prefix: str) -> Iterator[tuple[str, str]]:
        """(rest of the name, value) of every field whose name begins so."""
        return ((key.removeprefix(prefix), value) for key, value in self.pairs if key.startswith(prefix))

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)


class SignInNeeded(Exception):
    """Nobody is signed in, and this page is for somebody."""


class ProofNeeded(Exception):
    """Whoever sits there must first show again who he is."""


PROOF_LASTS = timedelta(minutes=15)
NOTHING_TO_PROVE = ("demo", "proxy")
"""Ways of signing in without anything to show again: the proxy vouches for each request anyway."""


@dataclass(slots=True)
class Ask:
    """One request. `now` is the business clock, `machine_now` the machine's; `query` is the address's part after ?."""

    house: House
    request: Request
    entry_name: str
    language: Language
    viewer: Viewer | None
    session: SignedIn | None
    typed: Typed
    csrf: str
    now: datetime
    machine_now: datetime
    raw: bytes = b""
    scopes: frozenset[str] | None = None

    @property
    def desk(self) -> Desk:
        return self.house.app.desk

    @property
    def megabytes(self) -> int:
        """How large a file may be that comes in, as pages say it."""
        return self.desk.largest_file // MEGABYTE

    @property
    def today(self) -> date:
        """The business clock's local day."""
        return local_day(self.now)

    @property
    def me(self) -> Viewer:
        """Whoever asks. Raises SignInNeeded when nobody is signed in."""
        if self.viewer is None:
            raise SignInNeeded
        return self.viewer

    @property
    def when(self) -> When:
        return When(self.now, self.machine_now)

    @property
    def caller(self) -> Caller:
        """Where the request comes from."""
        browser = self.request.headers.get("user-agent", "")
        return Caller(guarding.client(self.request, self.house.app.settings.web), browser)

    @property
    def needs_fresh_proof(self) -> bool:
        """Whether the last time somebody showed here who he is was too long ago for a dangerous act."""
        session = self.session
        if session is None or session.way in NOTHING_TO_PROVE:
            return False
        return self.machine_now - session.proved_at > PROOF_LASTS

    def fresh_proof(self) -> None:
        """Begin a dangerous act with this. Raises ProofNeeded: the frame asks, keeps what was typed, and comes back."""
        if self.needs_fresh_proof:
            raise ProofNeeded

    @property
    def query(self) -> Typed:
        return Typed(tuple(self.request.query_params.multi_items()))

    def part(self, name: str) -> str:
        """A part of the path, as `{name}` in the entry."""
        return str(self.request.path_params[name])

    def say(self, code: str, /, **params: Any) -> str:
        """Words in the language of this request."""
        return self.house.words.say(code, self.language, **params)

    def path(self, name: str, /, **parts: object) -> str:
        """Where the entry of this name lives."""
        return self.house.path(name, **parts)
