"""The API as a table: each operation with what it takes, gives and is for. Routes and description both come from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, Response

from workflow.domain.vietnamese import legible
from workflow.web.asking import Ask
from workflow.web.frame import Refused
from workflow.web.programs.shapes import Asked, NoQuery
from workflow.web.routing import MEGABYTE, Entry

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program can ask. `answer` is given (ask, query, body) and returns the model `gives`.

    `scope` is what the key must be for, `action` the row of the access table. `body` is a model, or the text "workbook"
    for bytes. `also` are statuses besides the usual ones.
    """

    method: str
    path: str
    name: str
    summary: str
    scope: str
    action: str
    gives: type[BaseModel]
    answer: Callable[[Ask, Any, Any], BaseModel]
    query: type[Asked] = NoQuery
    body: type[Asked] | str | None = None
    slow: bool = False
    max_body: int = MEGABYTE
    also: tuple[int, ...] = ()

    @property
    def entry(self) -> Entry:
        """How the frame sees it."""
        handler = self.handle
        return Entry(
            PREFIX + self.path, f"api.{self.name}", self.action,
            get=handler if self.method == "get" else None, post=handler if self.method == "post" else None,
            slow=self.slow, max_body=self.max_body, machine=True,
        )  # fmt: skip

    def handle(self, ask: Ask) -> Response:
        """Check the key, read what was sent, answer."""
        if ask.scopes is None or self.scope not in ask.scopes:
            raise Refused(403, "programs.scope", scope=self.scope)
        query = _query(self.query, ask)
        body = _body(self.body, ask)
        return told(self.answer(ask, query, body))


def told(value: BaseModel, status: int = HTTPStatus.OK) -> Response:
    """A model as JSON."""
    return JSONResponse(value.model_dump(mode="json"), status)


def _query(model: type[Asked], ask: Ask) -> Any:
    pairs = ask.query.pairs
    twice = sorted({name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1})
    if twice:
        raise Refused(422, "programs.wrong", [{"at": name, "message": ask.say("programs.twice")} for name in twice])
    return _checked(lambda: model.model_validate_strings(dict(pairs)), ask)


def _body(model: type[Asked] | str | None, ask: Ask) -> Any:
    if model is None:
        return None
    if isinstance(model, str):
        if not ask.raw:
            raise Refused(422, "programs.wrong", [{"at": "", "message": ask.say("programs.no_body")}])
        return ask.raw
    try:
        text = ask.raw.decode("utf-8")
        read = json.loads(text)  # for a sentence of our own: the model's error speaks of lines and columns
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused(400, "programs.not_json") from None
    if unreadable := sorted(_unwritable(read)):
        raise Refused(422, "programs.wrong", [{"at": at, "message": ask.say("programs.letters")} for at in unreadable])
    return _checked(lambda: model.model_validate_json(text), ask)


def _unwritable(read: Any) -> set[str]:
    """Places of texts that cannot be written down (`a\\u0000b`), as a model's own faults name them."""
    found: set[str] = set()
    waiting: list[tuple[str, Any]] = [("", read)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str) and legible(value) != value:
            found.add(at)
        elif isinstance(value, list):
            waiting += [(f"{at}.{place}".lstrip("."), each) for place, each in enumerate(value)]
        elif isinstance(value, dict):
            waiting += [(f"{at}.{legible(name)}".lstrip("."), each) for name, each in value.items()]
            found |= {at for name in value if legible(name) != name}
    return found


def _checked(make: Callable[[], Any], ask: Ask) -> Any:
    try:
        return make()
    except ValidationError as error:
        details = [
            {"at": ".".join(map(str, each["loc"])), "message": f"{ask.say('programs.field')}: {each['msg']}"}
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Refused(422, "programs.wrong", details) from None
