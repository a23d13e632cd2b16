"""Replicas of the provider: which settings go together, and which would make two replicas one."""

from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.settings.groups import ProviderSettings
from gate.settings.sources import read_settings

pytestmark = pytest.mark.usefixtures("workspace")

IMAGE = {"provider-image": "orders:1"}
COMMAND = {"provider-command": "serve --port {port}"}
WHERE_THE_PROVIDER_IS_TOLD_ITS_PORT = [
    COMMAND,
    {"provider-command": "serve", "provider-env": ["LEVEL=info", "PORT={port}"]},
    {"provider-command": "serve --port 900{replica}", "provider-url": "http://127.0.0.1:900{replica}"},
    {"provider-command": "serve", "provider-env": "NAME=r{replica}"},
]
TWO_URLS = {"provider-url": "http://localhost:1\nhttp://localhost:2"}


def _read(given: dict[str, Any]) -> ProviderSettings:
    return read_settings({"service": "orders-api", "contracts": ["pacts"]} | given, {}).provider


def _refusal(given: dict[str, Any]) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as refused:
        _read(given)
    return refused.value


def test_without_a_word_there_is_one_provider_and_one_thing_is_asked_at_a_time() -> None:
    settings = _read(COMMAND)

    assert (settings.replicas, settings.parallel, settings.url) == (1, False, ())


@pytest.mark.parametrize(("text", "replicas"), [("1", 1), (" 8 ", 8), ("64", 64), ("auto", "auto")])
def test_a_number_of_replicas_or_as_many_as_pay(text: str, replicas: int | str) -> None:
    assert _read(COMMAND | {"provider-replicas": text}).replicas == replicas


@pytest.mark.parametrize("value", [2, "auto"])
def test_the_gate_file_says_it_as_well(value: int | str) -> None:
    Path(".contract-gate.yml").write_text(
        f"provider-replicas: {value}\nprovider-image: orders:1\n"
        'services: {orders-api: {provider-url: ["http://{host}:{port}/base"]}}\n'
    )

    assert (_read({}).replicas, _read({}).url) == (value, ("http://{host}:{port}/base",))


@pytest.mark.parametrize("text", ["0", "-1", "65", "100", "1.5", "true", "Auto", "two", "0x2", "1٢"])
def test_what_is_no_number_of_replicas_is_refused(text: str) -> None:
    refused = _refusal(COMMAND | {"provider-replicas": text})

    assert refused.what == f"provider-replicas {text!r} is not usable: it is a number from 1 to 64, or auto."
    Path(".contract-gate.yml").write_text("provider-replicas: true\n")
    assert "it is a number from 1 to 64, or auto" in _refusal(COMMAND).what


@pytest.mark.parametrize("replicas", ["2", "auto"])
@pytest.mark.parametrize(
    "started", [IMAGE, IMAGE | {"provider-command": "serve"}, *WHERE_THE_PROVIDER_IS_TOLD_ITS_PORT]
)
def test_replicas_with_ports_of_their_own_are_fine(started: dict[str, Any], replicas: str) -> None:
    assert _read(started | {"provider-replicas": replicas}).replicas == (replicas if replicas == "auto" else 2)


def test_several_addresses_are_replicas() -> None:
    urls = ["http://localhost:1/", "http://localhost:2\nhttp://[::1]:3", "http://a/x", "https://a/x", "http://a/y"]

    assert _read({"provider-url": urls}).url == (
        *("http://localhost:1", "http://localhost:2", "http://[::1]:3", "http://a/x", "https://a/x", "http://a/y"),
    )
    assert _read({"provider-url": urls, "provider-states-url": "/s", "provider-replicas": "1"}).states_url == "/s"


SAID_TWICE = "provider-parallel is set, and there are replicas of the provider"
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"provider-replicas": "2", "provider-url": "http://x"},
        "provider-replicas says how many the gate starts, and it starts none",
        "give several provider-urls",
    ),
    (
        {"provider-replicas": "auto", "provider-url": "http://x"},
        "provider-replicas says how many the gate starts, and it starts none",
        "give several provider-urls",
    ),
    (
        TWO_URLS | {"provider-replicas": "2"},
        "provider-replicas says how many the gate starts, and each provider-url is one that already runs",
        "Leave provider-replicas out",
    ),
    (
        {"provider-replicas": "2", "provider-command": "serve"},
        "nothing in it says which port each takes",
        "Write {port} in provider-command or provider-env",
    ),
    (
        {"provider-replicas": "auto", "provider-command": "serve", "provider-env": "PORT=80"},
        "nothing in it says which port each takes",
        "Write {port}",
    ),
    (
        COMMAND | {"provider-replicas": "2", "provider-url": "http://127.0.0.1:8080"},
        "provider-url has one port for all",
        "write {port} in place of its port",
    ),
    (
        COMMAND | {"provider-replicas": "auto", "provider-url": "http://127.0.0.1/{replica}/{port}"},
        "provider-url has one port for all",
        "write {port}",
    ),
    (
        COMMAND | {"provider-replicas": "2", "provider-url": "http://r{replica}.localhost:8080/{port}"},
        "provider-url has one port for all",
        "write {port}",
    ),
    (
        COMMAND | {"provider-replicas": "10", "provider-url": "http://127.0.0.1:808{replica}"},
        "provider-url leads to no port for replica 10: Port out of range 0-65535.",
        "Write {port}",
    ),
    (
        COMMAND | {"provider-replicas": "auto", "provider-url": "http://127.0.0.1:6553{replica}"},
        "provider-url leads to no port for replica 8",
        "Write {port}",
    ),
    (
        COMMAND | {"provider-url": "http://127.0.0.1:{port}\nhttp://127.0.0.1:1"},
        "several provider-urls are replicas that already run",
        "provider-replicas says how many are started",
    ),
    (
        IMAGE | {"provider-url": "http://{host}:{port}/a\nhttp://{host}:{port}/b"},
        "several provider-urls are replicas that already run",
        "provider-replicas says how many are started",
    ),
    (
        IMAGE | {"provider-url": "http://{host}:{port}/a\nhttp://localhost:1"},
        "provider-url is where a provider already listens, and provider-image starts one.",
        "Give one of them",
    ),
    (
        {"provider-url": "http://localhost:1\nhttp://localhost:{port}"},
        "provider-url has {port}, which only means something together with",
        "Write the port",
    ),
    (
        {"provider-url": "http://localhost:1", "provider-states-url": "http://localhost:{port}/s"},
        "provider-states-url has {port}, which only means something together with",
        "Write the port",
    ),
    (
        COMMAND | {"provider-messages-url": "http://{host}/m"},
        "provider-messages-url has {host}, which only means something together with provider-image",
        "Write the host",
    ),
    (
        {"provider-url": "http://localhost:900{replica}"},
        "provider-url has {replica}, and the gate starts none of the replicas.",
        "one a line",
    ),
    (
        {"provider-url": "http://localhost:1\nhttp://localhost:2\nhttp://LOCALHOST:1/"},
        "two of the provider-urls are the same address",
        "Leave one out",
    ),
    ({"provider-url": "http://localhost:1\nhttp://127.0.0.1:1"}, "two of the provider-urls are the same", "Leave one"),
    ({"provider-url": "https://a\nhttps://a:443/"}, "two of the provider-urls are the same address", "Leave one out"),
    (TWO_URLS | {"provider-states-url": "http://s/states"}, "provider-states-url is the same for all", "{replica}"),
    (TWO_URLS | {"provider-messages-url": "http://m/"}, "provider-messages-url is the same for all", "{replica}"),
    (
        COMMAND | {"provider-replicas": "2", "provider-states-url": "http://localhost:1/states"},
        "provider-states-url is the same for all replicas of the provider",
        "Write a path at the provider",
    ),
    (
        IMAGE | {"provider-replicas": "auto", "provider-messages-url": "http://messages:{port}"},
        "provider-messages-url is the same for all replicas of the provider",
        "Write a path at the provider",
    ),
    (TWO_URLS | {"provider-parallel": "true"}, SAID_TWICE, "Leave provider-parallel out"),
    (COMMAND | {"provider-replicas": "2", "provider-parallel": "true"}, SAID_TWICE, "Leave provider-parallel out"),
    (IMAGE | {"provider-replicas": "auto", "provider-parallel": "true"}, SAID_TWICE, "Leave provider-parallel out"),
]


@pytest.mark.parametrize(("given", "what", "remedy"), REFUSED)
def test_what_would_make_two_replicas_one_is_refused(given: dict[str, Any], what: str, remedy: str) -> None:
    refused = _refusal(given)

    assert what in refused.what
    assert remedy in refused.remedy


@pytest.mark.parametrize(
    "given",
    [
        TWO_URLS | {"provider-states-url": "http://states/{replica}", "provider-messages-url": "http://m{replica}:1/"},
        COMMAND | {"provider-replicas": "2", "provider-states-url": "http://127.0.0.1:{port}/admin/states"},
        COMMAND | {"provider-replicas": "2", "provider-states-url": "http://127.0.0.1:1/{replica}"},
        IMAGE | {"provider-replicas": "2", "provider-states-url": "http://{host}:{port}/admin/states"},
        IMAGE | {"provider-replicas": "2", "provider-states-url": "/states", "provider-messages-url": "/messages"},
        COMMAND | {"provider-states-url": "http://127.0.0.1:1/states"},
    ],
)
def test_an_address_for_each_replica_is_fine(given: dict[str, Any]) -> None:
    assert _read(given).states_url == given["provider-states-url"]


@pytest.mark.parametrize("more", [{}, {"provider-states-url": "/states"}, {"provider-replicas": "1"}])
def test_a_single_provider_may_be_declared_stateless(more: dict[str, Any]) -> None:
    assert _read({"provider-url": "http://localhost:1", "provider-parallel": "true"} | more).parallel
