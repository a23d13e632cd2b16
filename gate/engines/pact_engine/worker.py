"""The process that the engine is allowed to take down with it.

Started by exec with an environment of its own. Tasks come as lines on standard input; answers go to what was standard
output, and what the engine prints there to nowhere: it prints whole bodies. It ends with its input.
"""

import json
import logging
import os
import resource
import sys
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from gate.engines.pact_engine.protocol import (
    MEMORY_LIMIT,
    MISMATCH_LIMIT,
    TEXT_LIMIT,
    Answer,
    Difference,
    Task,
    Verified,
)

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def main() -> None:
    """Answer tasks until there are no more."""
    limit(sys.platform)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    load()
    serve(sys.stdin.buffer, answers)


def load() -> None:
    """Load the engine, before the first task is there. What it logs is made by Python, and nobody reads it."""
    logging.getLogger("pact.ffi").setLevel(logging.CRITICAL + 1)
    import pact  # noqa: F401


def limit(platform: str) -> None:
    """Limit what this process may take. Only Linux can limit the address space; everywhere a crash leaves no core."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    """Read tasks, write an answer to each."""
    for line in tasks:
        answer = verify(json.loads(line))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def verify(task: Task) -> Answer:
    """Give one Pact file to the engine."""
    from pact import Verifier

    provider = urlsplit(task["url"])
    host = provider.hostname or ""
    verifier = Verifier(task["provider"], host=f"[{host}]" if ":" in host else host)
    verifier.add_transport(
        protocol="http",
        scheme=provider.scheme,
        port=provider.port or DEFAULT_PORTS[provider.scheme],
        path=provider.path or "/",
    )
    if task["messages_url"]:
        parts = urlsplit(task["messages_url"])
        verifier.add_transport(protocol="message", port=parts.port, path=parts.path, scheme=parts.scheme)
    if task["states_url"]:
        verifier.state_handler(task["states_url"], body=True, teardown=True)
    if task["headers"]:
        verifier.add_custom_headers(task["headers"])
    verifier.set_request_timeout(int(task["request_timeout"] * 1000))
    verifier.follow_redirects(task["follow_redirects"])
    verifier.set_coloured_output(enabled=False)
    verifier.add_source(_source(task["document"]))
    raised = False
    try:
        verifier.verify()
    except RuntimeError:
        raised = True
    results = verifier.results
    interactions = [_verified(result) for result in results["interactionResults"]]
    explained = any(not interaction["ok"] for interaction in interactions)
    if (raised or results["result"] is not True) and not explained:
        return Answer(outcome="raised", message=_reason(results), interactions=interactions)
    return Answer(outcome="done", message="", interactions=interactions)


def _reason(results: dict[str, Any]) -> str:
    """Find why the engine gave up; a panic leaves none. Its name for our file means nothing to a reader."""
    messages = [str(error["mismatch"].get("message", "")) for error in results["errors"]]
    return _text(messages[0].rpartition("contract.json' - ")[2]) if messages else ""


def _source(document: str) -> str:
    """Write the Pact file where the engine can read it: it takes no text. The next one overwrites it."""
    path = os.path.join(os.getcwd(), "contract.json")  # noqa: PTH109, PTH118 - pathlib is not worth its start-up here
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(document)
    return path


def _verified(result: dict[str, Any]) -> Verified:
    mismatch = result.get("mismatch") or {}
    found = mismatch.get("mismatches") or []
    error = "" if found else str(mismatch.get("message", ""))
    return Verified(
        description=result["description"],
        states=result["providerStates"],
        ok=result["result"] == "OK" and not mismatch,
        duration=result["duration"],
        error=_text(error),
        differences=[_difference(one) for one in found[:MISMATCH_LIMIT]],
        left_out=max(0, len(found) - MISMATCH_LIMIT),
    )


def _difference(mismatch: dict[str, Any]) -> Difference:
    return Difference(
        type=str(mismatch.get("type", "")),
        key=_text(mismatch.get("key")),
        path=_text(mismatch.get("path")),
        expected=_text(mismatch.get("expected")),
        actual=_text(mismatch.get("actual")),
        message=_text(mismatch.get("mismatch")),
    )


def _text(value: Any) -> str:  # noqa: ANN401 - whatever the engine's JSON holds
    text = "" if value is None else str(value)
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}…"


if __name__ == "__main__":
    main()
