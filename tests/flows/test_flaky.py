"""A provider that answers wrongly once and rightly the next time."""

import pytest

from tests.builders import http, pact
from tests.flows.conftest import Provider
from tests.flows.workspaces import Workspace

ONCE = "Handler.asks = getattr(Handler, 'asks', 0) + 1\n"


def test_what_passes_at_the_second_try_is_called_flaky_and_blocks(
    workspace_with_a_pact: Workspace, provider_command: Provider
) -> None:
    command = provider_command(
        f"if '/orders' in self.path:\n    {ONCE}    body = {{'id': 42}} if Handler.asks > 1 else {{}}"
    )
    ended = workspace_with_a_pact.check("--provider-command", command, "--environment", "production")
    (entry,) = workspace_with_a_pact.report()["entries"]
    (result,) = entry["integration"]["results"]

    assert ended.code == 1
    assert "web-checkout: 1 of 1 interaction broken, not every time" in ended.out
    assert workspace_with_a_pact.report()["verdict"]["decision"] == "block"
    assert (result["outcome"], result["flaky"]) == ("failed", True)
    assert [one["path"] for one in result["mismatches"]] == ["$.id"]
    assert (entry["standing"], entry["advice"]["trouble"]) == ("broken", "flaky")


@pytest.mark.parametrize(("dedupe", "asked"), [("on", 4), ("off", 6)])
def test_what_fails_twice_is_broken_and_asked_no_third_time(
    workspace_with_a_pact: Workspace, provider_command: Provider, dedupe: str, asked: int
) -> None:
    """Three interactions that are the same: their failure is shared, and each is tried once by itself."""
    workspace_with_a_pact.write("pacts/other.json", pact(http("fine"), http("broken"), consumer="billing"))
    asks = workspace_with_a_pact.folder / "asks"
    command = provider_command(
        f"if '/orders' in self.path:\n    open({str(asks)!r}, 'a').write('x')\n    {ONCE}    body = {{}}"
    )
    ended = workspace_with_a_pact.check("--provider-command", command, "--dedupe", dedupe)
    results = [one for entry in workspace_with_a_pact.report()["entries"] for one in entry["integration"]["results"]]

    assert ended.code == 1
    assert [(one["outcome"], one["flaky"]) for one in results] == [("failed", False)] * 3
    assert "not every time" not in ended.out
    assert len(asks.read_text()) == asked
