"""GitHub's own OpenAPI description of its REST API: what a request may be and what an answer has to be."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = Mapping[str, Any]

_FILE = Path(__file__).parents[1] / "data" / "github-rest-api.json"
_HERE = "urn:github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path, and the values that a request's path gave for its parameters."""

    id: str
    described: Mapping[str, Any]
    arguments: Mapping[str, str]


class Description:
    """Compares requests and answers with the description. What is not declared may not be there."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = _json_schema(document)
        resource = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource(_HERE, resource)
        # A name written out stands before a parameter: the fewer parameters, the nearer the path.
        templates = sorted(self._document["paths"], key=lambda template: template.count("{"))
        self._paths = [(self._pattern(template), template) for template in templates]

    def operation(self, method: str, path: str) -> Operation | None:
        for pattern, template in self._paths:
            matched = pattern.fullmatch(path)
            described = self._document["paths"][template].get(method.lower())
            if matched and described:
                arguments = {name: unquote(value) for name, value in matched.groupdict().items()}
                return Operation(id=described["operationId"], described=described, arguments=arguments)
        return None

    def request_faults(self, operation: Operation, query: Mapping[str, list[str]], body: Any) -> list[str]:
        """Tell what is wrong with a request; `body` is None where none was sent."""
        return [*self._parameter_faults(operation, query), *self._body_faults(operation, body)]

    def answer_faults(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Tell what is wrong with an answer. Errors that an operation does not list have the shape of a basic error."""
        responses = operation.described["responses"]
        if str(status) in responses:
            response = self._resolved(responses[str(status)])
        elif status >= 400:
            response = self._document["components"]["responses"]["validation_failed" if status == 422 else "not_found"]
        else:
            return [f"{operation.id} is not described to answer {status}"]
        content = response.get("content")
        if content is None:
            return [] if body is None else [f"{operation.id} {status} is described to have no body"]
        schema = content["application/json"]["schema"]
        undeclared = self._undeclared(schema, body, "body") if status < 400 else ()
        return [f"{operation.id} {status}: {fault}" for fault in (*self._misfits(schema, body, "body"), *undeclared)]

    def _pattern(self, template: str) -> re.Pattern[str]:
        """Make an expression of a path. A value has no slash in it, unless it is said to have several segments."""
        operations = self._document["paths"][template].values()
        parameters = [self._resolved(one) for operation in operations for one in operation.get("parameters", ())]
        long = {parameter["name"] for parameter in parameters if parameter.get("x-multi-segment")}
        return re.compile(
            re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{'.+' if name[1] in long else '[^/]+'})", template)
        )

    def _parameter_faults(self, operation: Operation, query: Mapping[str, list[str]]) -> Iterator[str]:
        parameters = [self._resolved(parameter) for parameter in operation.described["parameters"]]
        known = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
        for parameter in parameters:
            if parameter["in"] == "path":
                value = _typed(operation.arguments[parameter["name"]], parameter["schema"])
                yield from self._misfits(parameter["schema"], value, f"path parameter {parameter['name']}")
        for name, values in query.items():
            if name not in known:
                yield f"query parameter {name} is not declared"
            elif len(values) > 1:
                yield f"query parameter {name} is given {len(values)} times"
            else:
                yield from self._misfits(known[name], _typed(values[0], known[name]), f"query parameter {name}")

    def _body_faults(self, operation: Operation, body: Any) -> Iterator[str]:
        declared = operation.described.get("requestBody")
        if declared is None:
            if body is not None:
                yield "the request takes no body"
            return
        schema = declared["content"]["application/json"]["schema"]
        if body is None:
            if declared.get("required"):
                yield "the request needs a body"
            return
        yield from self._misfits(schema, body, "body")
        yield from self._undeclared(schema, body, "body")

    def _misfits(self, schema: Schema, value: Any, where: str) -> Iterator[str]:
        validator = jsonschema.Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
        for error in validator.iter_errors(value):
            yield f"{where}{error.json_path.removeprefix('$')}: {error.message[:300]}"

    def _undeclared(self, schema: Schema, value: Any, where: str) -> Iterator[str]:
        """Walk beside the schema: a property that no schema for its object names is not declared."""
        schemas = list(self._alternatives(schema))
        if isinstance(value, list):
            for index, item in enumerate(value):
                for alternative in schemas:
                    yield from self._undeclared(alternative.get("items", {}), item, f"{where}[{index}]")
        if not isinstance(value, dict):
            return
        declared = {name: one for alternative in schemas for name, one in alternative.get("properties", {}).items()}
        if not declared or schemas[0].get("additionalProperties"):
            return
        for name, item in value.items():
            if name in declared:
                yield from self._undeclared(declared[name], item, f"{where}.{name}")
            else:
                yield f"{where}.{name} is not declared"

    def _alternatives(self, schema: Schema) -> Iterator[Schema]:
        """Give the schema itself, without references, and all that it combines."""
        schema = self._resolved(schema)
        yield schema
        for keyword in ("anyOf", "oneOf", "allOf"):
            for alternative in schema.get(keyword, ()):
                yield from self._alternatives(alternative)

    def _resolved(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in described:
            found: Any = self._document
            for name in described["$ref"].removeprefix(f"{_HERE}#/").split("/"):
                found = found[name]
            described = found
        return described


@functools.cache
def github_description() -> Description:
    """Read GitHub's description, once."""
    return Description(json.loads(_FILE.read_bytes()))


def _json_schema(described: Any) -> Any:
    """Turn what OpenAPI 3.0 writes its own way into JSON Schema: null as a flag, and references into this document."""
    if isinstance(described, list):
        return [_json_schema(one) for one in described]
    if not isinstance(described, dict):
        return described
    if isinstance(described.get("$ref"), str):
        return {"$ref": described["$ref"].replace("#/", f"{_HERE}#/", 1)}
    converted = {key: _json_schema(value) for key, value in described.items()}
    if described.get("nullable") is not True:
        return converted
    del converted["nullable"]
    if "type" not in converted:
        return {"anyOf": [converted, {"type": "null"}]}
    if "enum" in converted:
        converted["enum"] = [*converted["enum"], None]
    return {**converted, "type": [converted["type"], "null"]}


def _typed(text: str, schema: Schema) -> Any:
    """Read a parameter as its schema's type, or leave it the text that it is."""
    types = {schema.get("type"), *(one.get("type") for one in schema.get("oneOf", ()))}
    if "integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "boolean" in types and text in {"true", "false"}:
        return text == "true"
    return text


_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


@_FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or all(urlsplit(value)[:2])
