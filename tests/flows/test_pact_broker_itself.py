"""A service that is its own consumer."""

from tests.flows.broker_runs import VERSION, BrokerRuns, contract, expecting, verified
from tests.pact_broker import PactBroker
from tests.servers import Server


def test_it_must_honour_itself_and_not_what_it_replaces(runs: BrokerRuns, broker: PactBroker, provider: Server) -> None:
    broker.publish("orders-api", "5.0.0", "orders-api", contract("orders-api", expecting("/broken")), branch="old")
    broker.deploy("orders-api", "5.0.0", "production")
    broker.publish("orders-api", VERSION, "orders-api", contract("orders-api", expecting("/own")))
    ended = runs.check(provider.url, stage="deploy")

    assert ended.code == 0, ended.out
    assert "/own" in verified(provider)

    broker.publish("orders-api", VERSION + "-b", "orders-api", contract("orders-api", expecting("/broken/own")))
    assert runs.check(provider.url, stage="deploy", version=VERSION + "-b").code == 1


def test_its_other_instances_are_counterparts_on_both_sides(
    runs: BrokerRuns, broker: PactBroker, provider: Server
) -> None:
    broker.publish("orders-api", "5.0.0", "orders-api", contract("orders-api", expecting("/old")), branch="old")
    broker.deploy("orders-api", "5.0.0", "production", instance="blue")
    broker.publish("orders-api", VERSION, "orders-api", contract("orders-api", expecting("/own")))
    options = {"stage": "deploy", "application_instance": "green"}
    unknown = runs.check(provider.url, **options)
    broker.verify("orders-api", VERSION, "orders-api", "5.0.0")
    allowed = runs.check(provider.url, **options)
    replaced = runs.check(provider.url, stage="deploy", application_instance="blue")

    assert (unknown.code, allowed.code, replaced.code) == (3, 0, 0)
    assert "orders-api 5.0.0, live in production since 2026-11-22: no result says that it honours" in unknown.out
