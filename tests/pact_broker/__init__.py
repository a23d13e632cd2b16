"""A fake Pact Broker, equal in shape to the recordings of a real one, and wrong where the real one is wrong.

with pact_broker() as broker:
    broker.publish("web-app", "1.0.0", "orders-api")
    broker.deploy("web-app", "1.0.0", "production")
    broker.fault("GET", "/can-i-deploy$", faults.answer(503), times=1)
    ...
    assert [result.success for result in broker.results("orders-api", "5.1.0")] == [True]
"""

from tests.pact_broker import faults
from tests.pact_broker.building import a_pact
from tests.pact_broker.records import Content, Deployment, Environment, Pact, Pacticipant, Release, Result, Version
from tests.pact_broker.server import Basic, Bearer, BrokerAnswer, BrokerRequest, PactBroker, pact_broker

__all__ = [
    "Basic",
    "Bearer",
    "BrokerAnswer",
    "BrokerRequest",
    "Content",
    "Deployment",
    "Environment",
    "Pact",
    "PactBroker",
    "Pacticipant",
    "Release",
    "Result",
    "Version",
    "a_pact",
    "faults",
    "pact_broker",
]
