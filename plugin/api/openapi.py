"""The OpenAPI 3.1 document, made from the same table and models that answer."""

from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from . import models
from .call import Endpoint
from .problems import MEDIA

_REF = "#/components/schemas/{model}"
_ALWAYS = {
    400: "A parameter is wrong.", 401: "No token, or one that is unknown, ended or over.",
    403: "The token lacks the scope.", 404: "Not there, or not for other systems.",
    429: "Too many requests; see Retry-After.", 500: "A fault of ours; `id` finds it in the log.",
    503: "Not able to serve now.",
}  # fmt: skip
CONTAINER = "application/vnd.etsi.asic-e+zip"


def document(endpoints: tuple[Endpoint, ...], root: str) -> dict[str, Any]:
    """Return the document; `root` is the path that the endpoints' own begin with."""
    spoken = {one.model for one in endpoints if one.model is not None} | {models.Problem}
    ordered = sorted(spoken, key=lambda model: model.__name__)
    _map, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=_REF)
    paths: dict[str, Any] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "congkhai", "version": version("congkhai"),
            "description": "Disclosures and their sealed dossiers, for systems of the province. Read only; every "
            "access to content is in the agency's journal.",
        },
        "servers": [{"url": root}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                str(status): {
                    "description": about,
                    "content": {MEDIA: {"schema": {"$ref": _REF.format(model="Problem")}}},
                    **({"headers": {"Retry-After": _header("integer", "Seconds.")}} if status == 429 else {}),
                }
                for status, about in {**_ALWAYS, 413: "The upload is too large.", 415: "Not a type we take."}.items()
            },
        },
    }  # fmt: skip


def _header(kind: str, about: str) -> dict[str, Any]:
    return {"description": about, "required": True, "schema": {"type": kind}}


def _operation(one: Endpoint) -> dict[str, Any]:
    reading = one.method == "GET"
    content = (
        {"application/json": {"schema": {"$ref": _REF.format(model=one.model.__name__)}}}
        if one.model is not None
        else {CONTAINER: {"schema": {"type": "string", "contentMediaType": CONTAINER}}}
    )
    good: dict[str, Any] = {"description": one.summary, "content": content}
    if reading:
        good["headers"] = {"ETag": _header("string", "Strong; give it as If-None-Match.")}
    if one.lists:
        link = {"description": 'The next part, rel="next"; only where there is one.', "schema": {"type": "string"}}
        good["headers"]["Link"] = link
    statuses = [*_ALWAYS, *((413, 415) if one.takes else ())]
    answers: dict[str, Any] = {"200": good}
    if reading:
        answers["304"] = {"description": "As If-None-Match has it.", "headers": good["headers"] | {}}
        answers["304"]["headers"] = {"ETag": good["headers"]["ETag"]}
    answers |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}
    operation: dict[str, Any] = {
        "operationId": one.handler.__module__.rpartition(".")[2] + "_" + one.handler.__name__,
        "summary": one.summary,
        "description": f"Needs the scope `{one.scope.value}`.",
        "parameters": [
            {
                "name": parameter.name, "in": parameter.place, "required": parameter.place == "path",
                "description": parameter.about, "schema": dict(parameter.schema),
            }
            for parameter in one.parameters
        ],
        "responses": answers,
    }  # fmt: skip
    if one.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": {"type": "string", "contentMediaType": media}} for media in one.takes},
        }
    return operation
