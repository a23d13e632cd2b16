"""When the settings let anything be reused, and what of them has to be the same."""

from typing import Any, Final

import pytest

from gate import __version__
from gate.domain.reuse import Basis
from gate.settings.groups import Settings
from gate.wiring.reusing import configuration, named, reusing_of
from tests.builders import COMMIT, candidate
from tests.fakes import FakeEarlierResults
from tests.unit.wiring.workspaces import settings_of

pytestmark = pytest.mark.usefixtures("workspace")

DIGEST: Final = f"ghcr.io/acme/orders@sha256:{'a' * 64}"
COMMAND: Final = {"provider_command": "npm start -- --port {port}"}
EARLIER: Final = FakeEarlierResults()
URL: Final = "http://localhost:8080"


def _basis(settings: Settings, environment: dict[str, str] | None = None, **more: Any) -> Basis:
    found = reusing_of(settings, candidate(**more), environment or {}, EARLIER)
    assert found is not None
    return found.basis(COMMIT)


# When anything is reused


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (COMMAND, True),
        (COMMAND | {"reuse_results": "auto"}, True),
        (COMMAND | {"reuse_results": "never"}, False),
        (COMMAND | {"provider_url": URL}, True),
        ({"provider_url": URL}, False),
        ({}, False),
        (COMMAND | {"provider_headers": "X-Key: a"}, False),
        ({"provider_image": DIGEST}, True),
        ({"provider_image": f"orders:1.2.3@{DIGEST.partition('@')[2]}"}, True),
        ({"provider_image": "ghcr.io/acme/orders:1.2.3"}, False),
        ({"provider_image": "ghcr.io/acme/orders"}, False),
        ({"provider_image": f"sha256:{'a' * 64}"}, False),
        ({"provider_image": f"orders@sha256:{'a' * 63}"}, False),
        (COMMAND | {"provider_image": "node:22"}, False),
        (COMMAND | {"provider_image": DIGEST}, True),
        (COMMAND | {"provider_states_url": "/_states", "provider_messages_url": "/_messages"}, True),
        (COMMAND | {"provider_states_url": "http://localhost:{port}/_states"}, True),
        (COMMAND | {"provider_states_url": "http://127.0.0.1:{port}/_states"}, True),
        (COMMAND | {"provider_url": URL, "provider_states_url": f"{URL}/_states"}, True),
        (COMMAND | {"provider_url": URL, "provider_states_url": "http://localhost:9090/_states"}, False),
        (COMMAND | {"provider_url": URL, "provider_states_url": "https://localhost:8080/_states"}, False),
        (COMMAND | {"provider_messages_url": "http://localhost:9090/_messages"}, False),
        (COMMAND | {"provider_messages_url": "http://messages:{port}/"}, False),
    ],
)
def test_only_what_the_gate_starts_and_nobody_else_answers_for_is_reused(
    options: dict[str, str], *, expected: bool
) -> None:
    assert (reusing_of(settings_of(**options), candidate(), {}, EARLIER) is not None) is expected


@pytest.mark.parametrize(
    ("options", "pinned"),
    [(COMMAND, False), (COMMAND | {"provider_image": DIGEST}, False), ({"provider_image": DIGEST}, True)],
)
def test_the_code_is_the_images_where_nothing_of_the_workspace_runs(options: dict[str, str], *, pinned: bool) -> None:
    found = reusing_of(settings_of(**options), candidate(), {}, EARLIER)

    assert found is not None
    assert found.pinned is pinned


def test_nothing_is_reused_where_there_is_nowhere_to_look() -> None:
    assert reusing_of(settings_of(**COMMAND), candidate(), {}, None) is None


# What has to be the same


def test_a_result_rests_on_code_configuration_engine_and_gate() -> None:
    settings = settings_of(**COMMAND)
    basis = _basis(settings, version="1.2.3")

    assert (basis.code, basis.gate) == (COMMIT, __version__)
    assert basis.engine.partition(" ")[0] == "pact-python-ffi"
    assert basis.configuration == named(configuration(settings, {}), "orders-api\n1.2.3")


CHANGED: Final[dict[str, dict[str, str]]] = {
    "another command": {"provider_command": "npm run other"},
    "an address": {"provider_url": URL},
    "environment of the provider": {"provider_env": "MODE=other"},
    "an image": {"provider_image": DIGEST},
    "a port": {"provider_image": DIGEST, "provider_port": "80"},
    "replicas": {"provider_replicas": "2"},
    "requests side by side": {"provider_parallel": "true"},
    "readiness": {"provider_ready": "/health"},
    "states": {"provider_states_url": "/_states"},
    "messages": {"provider_messages_url": "/_messages"},
    "patience": {"request_timeout": "5"},
    "merging": {"dedupe": "off"},
    "flaky": {"flaky": "allow"},
    "a folder": {"path": "services"},
    "an instance": {"application_instance": "blue"},
    "a job of a matrix": {"comment_key": "node 22"},
}


@pytest.fixture(autouse=True)
def _folder(workspace: Any) -> None:
    (workspace / "services").mkdir(exist_ok=True)


@pytest.mark.parametrize("name", CHANGED)
def test_with_another_setting_it_is_another_configuration(name: str) -> None:
    assert _basis(settings_of(**(COMMAND | CHANGED[name]))) != _basis(settings_of(**COMMAND))


@pytest.mark.parametrize(
    "more",
    [
        {"environment": "production"},
        {"stage": "deploy", "environment": "production"},
        {"wait": "60"},
        {"report": "other.json"},
        {"provider_timeout": "5"},
        {"comment": "never"},
    ],
)
def test_what_changes_nothing_that_is_found_is_left_out(more: dict[str, str]) -> None:
    assert _basis(settings_of(**(COMMAND | more))) == _basis(settings_of(**COMMAND))


@pytest.mark.parametrize(
    ("variable", "counts"),
    [
        ("NODE_ENV", True),
        ("PATH", True),
        ("CI", True),
        ("RUNNER_ARCH", True),
        ("RUNNER_OS", True),
        ("RUNNER_TEMP", False),
        ("GITHUB_RUN_ID", False),
        ("ACTIONS_RUNTIME_TOKEN", False),
        ("INPUT_STAGE", False),
        ("GATE_STAGE", False),
        ("HOSTNAME", False),
    ],
)
def test_variables_that_a_command_is_given_count(variable: str, *, counts: bool) -> None:
    settings = settings_of(**COMMAND)

    assert (_basis(settings, {variable: "a"}) != _basis(settings, {variable: "b"})) is counts
    assert (_basis(settings, {variable: "a"}) != _basis(settings)) is counts


@pytest.mark.parametrize(("variable", "counts"), [("NODE_ENV", False), ("RUNNER_ARCH", True)])
def test_variables_do_not_reach_an_image(variable: str, *, counts: bool) -> None:
    settings = settings_of(provider_image=DIGEST)

    assert (_basis(settings, {variable: "a"}) != _basis(settings, {variable: "b"})) is counts


def test_no_secret_can_be_read_and_names_of_different_versions_cannot_be_compared() -> None:
    settings = settings_of(**COMMAND, provider_env="PASSWORD=hunter2")
    one, another = (_basis(settings, version=version).configuration for version in ("1", "2"))

    assert "hunter2" not in one
    assert one != another
    assert len(one) == len(another) == 64
    assert int(one, 16) >= 0


def test_texts_that_are_no_unicode_have_a_name() -> None:
    settings = settings_of(**COMMAND)

    assert _basis(settings, {"A": "\udcff"}) != _basis(settings, {"A": "\udcfe"})
