"""The Pact specification, versions 1 to 4: an answer that honours a contract passes, one that does not fails.

The table of cases stands in the modules `specification_*`. Each contract is verified once, against a real server.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import certifi
import pytest

from gate.domain.results import InteractionResult, Outcome
from gate.engines.pact_engine.engine import PactEngine
from gate.ports import Target
from tests.builders import as_bytes, contract
from tests.servers import Asked, Reply, serving
from tests.unit.engines.specification_answers import ANSWERS
from tests.unit.engines.specification_bodies import CONTENTS
from tests.unit.engines.specification_cases import Case, path_of, written
from tests.unit.engines.specification_collections import SETS
from tests.unit.engines.specification_messages import MESSAGES
from tests.unit.engines.specification_requests import REQUESTS, STATE
from tests.unit.engines.specification_values import VALUES
from tests.verifying import verified

CASES = (*VALUES, *SETS, *ANSWERS, *CONTENTS, *MESSAGES, *REQUESTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Answers by path, or by description for a message, and keeps what it was asked by the case's id."""

    cases: dict[str, Case] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/states":
            return Reply(body=STATE)
        case = self.cases[asked.json["description"] if asked.path == "/messages" else _own_path(asked)[0]]
        self.asked[case.id] = asked
        return case.reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    results: Mapping[str, tuple[InteractionResult, ...]] = field(repr=False)
    asked: Mapping[str, Asked] = field(repr=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return verify(CASES, tmp_path_factory.mktemp("certificates"))


def verify(cases: Iterable[Case], folder: Path) -> Run:
    """Verify all cases, in one contract for each version and kind of interaction."""
    provider = Provider()
    results: dict[str, tuple[InteractionResult, ...]] = {}
    engine = PactEngine(_one_authority(folder))
    with serving(provider) as server:
        stateless = Target(url=server.url, messages_url=f"{server.url}/messages", request_timeout=10.0)
        stateful = replace(stateless, states_url=f"{server.url}/states")
        for (version, _, has_states), group in groupby(sorted(cases, key=_document), key=_document):
            listed = tuple(group)
            provider.cases.update((case.id, case) for case in listed)
            provider.cases.update((path_of(case, position), case) for position, case in enumerate(listed))
            document = contract(as_bytes(written(listed, version)))
            for result in verified(engine, document, stateful if has_states else stateless):
                name = result.interaction.description
                results[name] = (*results.get(name, ()), result)
    return Run(results=results, asked=provider.asked)


def _document(case: Case) -> tuple[int, str, bool]:
    """Say which contract a case stands in. A state costs two more requests, so that the others are kept apart."""
    return case.version, case.kind, bool(case.sent.states)


def _one_authority(folder: Path) -> dict[str, str]:
    """Name one certificate authority in place of all, which the engine would load anew for each request."""
    end = "-----END CERTIFICATE-----\n"
    authority = folder / "one.pem"
    authority.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end, encoding="utf-8")
    return {"SSL_CERT_FILE": str(authority), "SSL_CERT_DIR": str(folder)}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_answer(case: Case, run: Run) -> None:
    (result,) = run.results[case.id]

    found = result.outcome, tuple((mismatch.where, mismatch.path) for mismatch in result.mismatches)

    assert (Outcome.FAILED if case.broken else Outcome.PASSED, case.broken) == found


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in REQUESTS])
def test_request(case: Case, run: Run) -> None:
    arrived = _arrived(run.asked[case.id])

    unfit = {place: arrived[place] for place, form in case.arrives.items() if not re.fullmatch(form, arrived[place])}

    assert unfit == {}


def _arrived(asked: Asked) -> dict[str, str]:
    return {
        "path": _own_path(asked)[1],
        "query": parse_qs(urlsplit(asked.path).query).get("q", [""])[0],
        "header": next((value for name, value in asked.headers.items() if name.lower() == "x-value"), ""),
        "body": json.dumps(asked.json["v"]) if asked.body else "",
    }


def _own_path(asked: Asked) -> tuple[str, str]:
    """Divide a path into that of its case and what comes behind."""
    path = urlsplit(asked.path).path
    end = len("/".join(path.split("/")[:4]))
    return path[:end], path[end:]


def test_no_two_cases_have_one_name() -> None:
    names = [case.id for case in CASES]

    assert sorted(set(names)) == sorted(names)
