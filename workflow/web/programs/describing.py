"""The API in the words of OpenAPI 3.1, made out of the table of operations: it cannot tell of another API than ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from workflow import __version__
from workflow.web.programs.operations import PREFIX, Operation
from workflow.web.programs.shapes import ErrorTold

_REF = "#/components/schemas/{model}"
_PART = re.compile(r"\{(\w+)\}")
USUAL = (400, 401, 403, 404, 415, 422, 503)
MEANS = {
    400: "The request cannot be read", 401: "No key, or one that has ended", 403: "The key is not for this",
    404: "Not there, or not for this person", 409: "Nothing could be done; every reason is told",
    413: "Too large", 415: "Another kind of content", 422: "Something asked for is wrong", 503: "Busy; try again",
}  # fmt: skip


def openapi(operations: Iterable[Operation], server: str) -> dict[str, Any]:
    """The whole description."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for each in operations:
        paths.setdefault(PREFIX + each.path, {})[each.method] = _operation(each, schemas)
    _add(ErrorTold, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Khen", "version": __version__,
                 "description": "Award nominations of a ministry: look, ask why not, act, and follow what happens."},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }  # fmt: skip


def _operation(each: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "description": f"Needs a key for `{each.scope}`.",
        "parameters": [*_parts(each.path), *_parameters(each.query)],
        "responses": _responses(each, schemas),
    }
    if each.body == "workbook":
        found["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    elif each.body is not None and not isinstance(each.body, str):
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _add(each.body, schemas)}}}
    return found


def _parts(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 60}}
        for name in _PART.findall(path)
    ]


def _parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema.get("properties", {}).items()
    ]


def _responses(each: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": _REF.format(model="ErrorTold")}}}
    answers: dict[str, Any] = {
        "200": {"description": "Done", "content": {"application/json": {"schema": _add(each.gives, schemas)}}}
    }
    statuses = (*USUAL, *each.also, *((413,) if each.body else ()))
    answers.update({str(status): {"description": MEANS[status], "content": error} for status in statuses})
    return answers


def _add(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REF, mode="validation")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"$ref": _REF.format(model=model.__name__)}
