"""Providers, and their addresses for states and for messages, that do what no server should.

Each costs its own interaction, in bounded time and memory, with the right cause; all others have their results.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from gate.domain.results import Cause
from tests.bad_neighbours import LATER, bad_neighbour
from tests.builders import http, pact
from tests.flows.watched_runs import GATE_MEMORY, WORKER_MEMORY, Seen, beside, watched
from tests.flows.workspaces import Workspace

TOO_SLOW: Final = r"the provider did not answer within 0\.5 s \(request-timeout\)"
TOO_MUCH: Final = r"the engine needed more than the 1024 MB of memory that it may have"
NO_ANSWER: Final = "the provider closed the connection without an answer, or with none of HTTP"
BROKEN_OFF: Final = "the provider broke off its answer half-way, or it is not packed as its head says"
IN_CIRCLES: Final = "the provider redirects in circles, or from one to the next without end"

SLOW: Final = ("hangs", "drips-head", "drips-body", "streams-slowly")
"""What takes all the time that a request has, and gets little of it here."""
LITTLE: Final = ("--request-timeout", "0.5")
PLENTY: Final = ("--request-timeout", "60")

OF_PROVIDERS: Final[Mapping[str, str]] = {
    "redirects-in-a-circle": IN_CIRCLES,
    "redirects-ever-further": IN_CIRCLES,
    "closes-after-accept": NO_ANSWER,
    "closes-before-head": NO_ANSWER,
    "closes-in-head": NO_ANSWER,
    "closes-in-body": BROKEN_OFF,
    "closes-in-chunk": BROKEN_OFF,
    "closes-in-gzip": BROKEN_OFF,
    "packs-nothing": BROKEN_OFF,
    "heads-for-ever": NO_ANSWER,
    "a-line-for-ever": NO_ANSWER,
    "speaks-something-else": NO_ANSWER,
}
OF_HELPERS: Final[Mapping[str, str]] = {
    "streams": "the answer is larger than {} bytes",
    "answers-a-gibibyte": "the answer is larger than {} bytes",
    "bombs-gzip": "the answer is larger than {} bytes",
    "bombs-gzip-for-ever": "the answer is larger than {} bytes",
    "redirects-in-a-circle": " answered 307",
    "redirects-ever-further": " answered 302",
    "closes-after-accept": "Connection reset by peer",
    "closes-before-head": "Remote end closed connection without response",
    "closes-in-head": "the connection was closed half-way through the head of the answer",
    "closes-in-body": "the answer broke off half-way",
    "closes-in-chunk": "the answer broke off half-way",
    "closes-in-gzip": "the answer broke off half-way",
    "packs-nothing": "the answer is not packed as its head says",
    "informs-for-ever": "what came is no answer of HTTP: got more than 1000 lines before an answer",
    "heads-for-ever": "what came is no answer of HTTP: got more than 100 headers",
    "a-line-for-ever": "what came is no answer of HTTP: got more than 65536 bytes when reading status line",
    "speaks-something-else": "what came is no answer of HTTP: 220 mail.example.com ESMTP",
}
STATE_LIMIT: Final = 1024**2
MESSAGE_LIMIT: Final = 20 * 1024**2


def asking_for(manner: str) -> dict[str, Any]:
    return http(manner, request={"method": "GET", "path": f"/{manner}"})


def with_a_sound_one(workspace: Workspace, rude: dict[str, Any]) -> None:
    """Write a rude contract, and a sound one that is verified after it."""
    workspace.write("pacts/a.json", rude)
    workspace.write("pacts/b.json", pact(http("sound", providerState="sound"), consumer="sound"))


def assert_bounded(seen: Seen) -> None:
    """See that neither time nor memory ran away, and that nobody's neighbour has suffered."""
    assert seen.peak.itself < GATE_MEMORY
    assert seen.peak.child <= WORKER_MEMORY
    assert [one["outcome"] for one in seen.of("sound").values()] == ["passed"]
    assert "Traceback" not in seen.told()


def assert_errored(result: Any, cause: Cause, words: str) -> None:
    assert (result["outcome"], result["cause"]) == ("errored", cause), result
    assert re.search(words, result["error"]), result["error"]


def test_a_provider_that_is_slow_costs_the_interactions_that_wait_for_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    manners = (*SLOW, "informs-for-ever")
    for number, manner in enumerate(manners):
        workspace.write(f"pacts/0{number}.json", pact(asking_for(manner), asking_for("fine"), consumer=manner))
    with_a_sound_one(workspace, pact(asking_for("fine"), consumer="fine"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *LITTLE)

    assert seen.ended.code == 3
    assert_bounded(seen)
    for manner in manners:
        results = seen.of(manner)
        assert results["fine"]["outcome"] == "passed"
        assert_errored(results[manner], Cause.TIMEOUT, rf"^{TOO_SLOW}$")


def test_a_provider_costs_the_interactions_that_it_is_rude_to(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    asked = [asking_for(manner) for manner in OF_PROVIDERS]
    # Now and then it is heard of, so that nobody takes it for gone.
    for place in range(3, len(asked), 4):
        asked.insert(place, http(f"fine {place}", request={"method": "GET", "path": f"/fine/{place}"}))
    with_a_sound_one(workspace, pact(*asked, consumer="rude"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *PLENTY)

    assert seen.ended.code == 3
    assert_bounded(seen)
    results = dict(seen.of("rude"))
    assert len(results) == len(asked)
    for manner, words in OF_PROVIDERS.items():
        assert_errored(results.pop(manner), Cause.CONNECTION, f"^{words}")
    assert {one["outcome"] for one in results.values()} == {"passed"}


def test_an_answer_without_end_costs_a_worker_and_not_the_run(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    manners = ("streams", "answers-a-gibibyte", "bombs-gzip")
    with_a_sound_one(workspace, pact(*map(asking_for, manners), consumer="rude"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *PLENTY)

    assert seen.ended.code == 3
    assert_bounded(seen)
    for manner in manners:
        assert_errored(seen.of("rude")[manner], Cause.MEMORY, f"^{TOO_MUCH}")


@pytest.mark.parametrize(
    ("manner", "last"),
    [
        ("hangs", r"no answer within \S+ s"),
        ("streams", "the answer is larger than 1048576 bytes"),
    ],
)
def test_a_provider_that_is_rude_from_the_start_does_not_get_ready(tmp_path: Path, manner: str, last: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.write("pacts/a.json", pact(http(), consumer="any"))
    with bad_neighbour() as neighbour:
        seen = watched(workspace, f"{neighbour.url}/{manner}", "--provider-timeout", "1")

    assert seen.ended.code == 3
    assert re.search(rf"the provider did not get ready within 1 s \(last: {last}\)\.", seen.told())
    assert [one["cause"] for one in seen.of("any").values()] == [Cause.NOT_TRIED]
    assert seen.peak.itself < GATE_MEMORY


OF_CONTRACTS: Final[Mapping[str, str]] = {
    "answers-a-gibibyte": "the answer is larger than 20971520 bytes. Raise max-contract-size if it is meant.",
    "streams": "the answer is larger than 20971520 bytes. Raise max-contract-size if it is meant.",
    "bombs-gzip": "the answer is larger than 20971520 bytes. Raise max-contract-size if it is meant.",
    "redirects-in-a-circle": "Exceeded 30 redirects. Check the address and the network.",
    "closes-before-head": "Remote end closed connection without response. Check the address and the network.",
    "closes-in-head": "the connection was closed half-way through the head of the answer. Check the address and",
    "closes-in-body": "the answer broke off half-way. Check the address and the network.",
    "closes-in-gzip": "the answer broke off half-way. Check the address and the network.",
}


def test_whoever_serves_contracts_costs_its_contracts(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.write("pacts/b.json", pact(http(), consumer="sound"))
    with bad_neighbour() as neighbour:
        urls = {manner: f"{neighbour.url}/{manner}" for manner in (*OF_CONTRACTS, "answers-ten-thousand-levels")}
        named = [word for url in urls.values() for word in ("--contracts", url)]
        seen = watched(workspace, neighbour.url, *named)

    assert seen.ended.code == 3
    assert_bounded(seen)
    for manner, words in OF_CONTRACTS.items():
        assert f"{urls[manner]}: the contract could not be fetched: {words}" in seen.told()
    assert f"{urls['answers-ten-thousand-levels']}: it is nested more than 100 levels deep." in seen.told()


def test_what_is_broken_blocks_whatever_else_is_unknown(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with_a_sound_one(workspace, pact(asking_for("answers-ten-thousand-levels"), consumer="deep"))
    workspace.write("pacts/0.json", pact(asking_for("closes-in-body"), asking_for("hangs"), consumer="rude"))
    workspace.write("pacts/c.json", pact(http(response={"status": 404}), consumer="broken"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *LITTLE)

    assert seen.ended.code == 1
    assert_bounded(seen)
    assert [one["outcome"] for one in seen.of("rude").values()] == ["errored", "errored"]
    assert [one["outcome"] for one in seen.of("broken").values()] == ["failed"]
    (deep,) = seen.of("deep").values()
    assert deep["outcome"] == "failed"
    assert "recursion limit exceeded" in deep["mismatches"][0]["message"]


@pytest.mark.parametrize(("when", "action"), [("", "set up"), (LATER, "torn down")])
def test_a_states_address_costs_the_interactions_of_its_state(tmp_path: Path, when: str, action: str) -> None:
    workspace = Workspace(tmp_path)
    asked = [http(manner, providerState=f"{when}{manner}") for manner in OF_HELPERS]
    with_a_sound_one(workspace, pact(*asked, consumer="rude"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *PLENTY)

    assert seen.ended.code == 3
    assert_bounded(seen)
    for manner, words in OF_HELPERS.items():
        one = seen.of("rude")[manner]
        assert_errored(one, Cause.STATE, f"{words.format(STATE_LIMIT)}$")
        assert one["error"].startswith(f"provider state “{when}{manner}” could not be {action}: {neighbour.url}/_")


def test_a_messages_address_costs_its_messages(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    messages = [{"description": manner, "contents": {"id": 42}} for manner in (*OF_HELPERS, "fine")]
    with_a_sound_one(workspace, pact(messages=messages, consumer="rude"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *PLENTY)

    assert seen.ended.code == 3
    assert_bounded(seen)
    results = dict(seen.of("rude"))
    for manner, words in OF_HELPERS.items():
        one = results.pop(manner)
        assert_errored(one, Cause.MESSAGE, f"{words.format(MESSAGE_LIMIT)}$")
        assert one["error"].startswith(f"the message “{manner}” could not be had: {neighbour.url}/_messages")
    assert [one["outcome"] for one in results.values()] == ["passed"]


def test_slow_addresses_for_states_and_messages_cost_what_waits_for_them(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for number, manner in enumerate(SLOW):
        message = {"description": manner, "contents": {"id": 42}}
        asked = http("with a state", providerState=manner)
        workspace.write(f"pacts/0{number}.json", pact(asked, messages=[message], consumer=manner))
    with_a_sound_one(workspace, pact(http("torn down", providerState=f"{LATER}hangs"), consumer="later"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *LITTLE)

    assert seen.ended.code == 3
    assert_bounded(seen)
    late = r"(no answer|the answer was not complete) within 0\.45 s$"
    for manner in SLOW:
        results = seen.of(manner)
        assert_errored(results["with a state"], Cause.STATE, f"“{manner}” could not be set up: .*{late}")
        assert_errored(results[manner], Cause.MESSAGE, f"“{manner}” could not be had: .*{late}")
    assert_errored(seen.of("later")["torn down"], Cause.STATE, f"could not be torn down: .*{late}")


def test_a_contract_that_nobody_answers_is_given_up_and_its_neighbours_are_not(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    asked = [http(f"number {one}", request={"method": "GET", "path": f"/hangs/{one}"}) for one in range(40)]
    with_a_sound_one(workspace, pact(*asked, consumer="rude"))
    workspace.write("pacts/c.json", pact(http(response={"status": 404}), consumer="broken"))
    with bad_neighbour() as neighbour:
        seen = beside(workspace, neighbour, *LITTLE)

    assert seen.ended.code == 1
    assert_bounded(seen)
    causes = [one["cause"] for one in seen.of("rude").values()]
    tried = causes.count(Cause.TIMEOUT)
    assert 0 < tried < 20
    assert causes == [Cause.TIMEOUT] * tried + [Cause.NOT_TRIED] * (40 - tried)
    assert "interactions in a row had no answer" in seen.of("rude")["number 39"]["error"]
    assert [one["outcome"] for one in seen.of("broken").values()] == ["failed"]
    assert neighbour.asked.count("hangs") < 40


def test_a_provider_that_answers_nobody_any_more_is_given_up(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for number in range(40):
        paths = [f"/fine/{number}/{one}" for one in range(10)]
        asked = [http(path, request={"method": "GET", "path": path}) for path in paths]
        workspace.write(f"pacts/{number:02}.json", pact(*asked, consumer=f"consumer {number}"))
    with bad_neighbour() as neighbour:
        neighbour.hangs_after = 1
        seen = beside(workspace, neighbour, "--request-timeout", "0.1")

    assert seen.ended.code == 3
    causes = [one["cause"] for number in range(40) for one in seen.of(f"consumer {number}").values()]
    assert len(causes) == 400
    assert set(causes) == {Cause.STATE, Cause.NOT_TRIED}
    assert len(neighbour.asked) < 100
