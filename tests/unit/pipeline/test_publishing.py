"""A consumer's contracts are published all together or not at all, and what is odd about them is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gate.domain.contracts import Contract, Fault, Format, Interaction, PacticipantVersion
from gate.domain.errors import ConfigurationError, ConflictError, ContractError, StoreError
from gate.domain.redaction import Redactor
from gate.pipeline import Publishing, publish
from gate.ports import Fetched, Notice
from tests.builders import CONSUMER, as_bytes, contract, http, interaction, pact
from tests.fakes import FakeEngine, FakeFiles, FakePublisher, MemoryStore
from tests.unit.pipeline.world import past

TOKEN = "s3cr3t-t0ken"
THIS = PacticipantVersion(name=CONSUMER, version="2", branch="main")
IDS = [f"{digit}f2504e0-4f89-41d3-9a0c-0305e82c33{digit}1" for digit in "3456789"]


def _contract(provider: str = "orders-api", *values: object, **more: Any) -> Contract:
    """Write a contract whose interactions have these values in their answers."""
    each = [http(f"order {number}", response={"status": 200, "body": {"id": one}}) for number, one in enumerate(values)]
    document = as_bytes(pact(*(each or [http()]), provider=provider))
    values_of = {"document": document, "content_id": document.decode(), "source": f"pacts/{provider}.json"}
    return contract(**({"provider": provider} | values_of | more))


ORDERS, STOCK = _contract(), _contract("stock")


@dataclass(slots=True, kw_only=True)
class Desk:
    """Everything around one publication."""

    contracts: Sequence[Contract] = (ORDERS,)
    faults: tuple[Fault, ...] = ()
    others: tuple[str, ...] = ()
    consumer: PacticipantVersion = THIS
    store: MemoryStore = field(default_factory=MemoryStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    listed: dict[bytes, tuple[Interaction, ...] | Exception] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def publish(self) -> str:
        files = FakeFiles(Fetched(contracts=tuple(self.contracts), faults=self.faults, others=self.others))
        listed = {one.document: (interaction(),) for one in self.contracts} | self.listed
        line = publish(
            Publishing(
                consumer=self.consumer,
                tags=("main", "v2"),
                url="https://ci/1",
                files=files,
                store=self.store,
                publisher=self.publisher,
                engines={Format.PACT: FakeEngine(listed, lambda *_: iter(()))},
                redact=Redactor((TOKEN,)),
                say=self.said.append,
                warn=self.warnings.append,
            )
        )
        assert files.asked == [CONSUMER]
        return line


def test_all_contracts_are_published_together() -> None:
    desk = Desk(contracts=[ORDERS, STOCK])
    line = desk.publish()

    (told,) = desk.publisher.told
    assert (told.consumer, told.contracts, told.tags, told.url) == (
        THIS,
        (ORDERS, STOCK),
        ("main", "v2"),
        "https://ci/1",
    )
    assert line == "2 contracts were published for web-checkout 2, branch main: with orders-api, stock."
    assert desk.said == [
        "pacts/orders-api.json: with orders-api, 1 interaction",
        "pacts/stock.json: with stock, 1 interaction",
    ]
    assert desk.warnings == []


def test_one_contract_of_a_version_on_no_branch_is_said_so() -> None:
    line = Desk(consumer=PacticipantVersion(name=CONSUMER, version="2")).publish()

    assert line == "1 contract was published for web-checkout 2, which is on no branch: with orders-api."


def test_a_file_that_cannot_be_read_keeps_all_from_being_published() -> None:
    faults = (Fault(where="pacts/x.json", what="it is empty."), Fault(where="pacts/y.json", what="it is no JSON."))
    desk = Desk(faults=faults)

    with pytest.raises(ConfigurationError) as refused:
        desk.publish()

    assert str(refused.value) == (
        "nothing was published: pacts/x.json: it is empty.; pacts/y.json: it is no JSON. Mend it, or name the "
        "contracts alone."
    )
    assert (desk.publisher.told, refused.value.exit_code) == ([], 2)


@pytest.mark.parametrize(
    ("others", "what"),
    [
        ((), "none of the contracts is of web-checkout. Check service and contracts."),
        (
            ("app", "bot"),
            "none of the contracts is of web-checkout. They are of app, bot. Check service and contracts.",
        ),
    ],
)
def test_nothing_to_publish_is_an_error(others: tuple[str, ...], what: str) -> None:
    desk = Desk(contracts=[], others=others)

    with pytest.raises(ConfigurationError) as refused:
        desk.publish()

    assert (str(refused.value), desk.publisher.told) == (what, [])


def test_contracts_of_others_are_left_out_and_said() -> None:
    desk = Desk(others=("app", "bot"))
    desk.publish()

    assert desk.said[0] == "not published here: contracts of app, bot"
    assert len(desk.publisher.told) == 1


def test_two_contracts_with_one_provider_are_refused() -> None:
    other = _contract("orders-api", 1, source="pacts/more.json")
    desk = Desk(contracts=[ORDERS, STOCK, other])

    with pytest.raises(ConfigurationError) as refused:
        desk.publish()

    assert str(refused.value) == (
        "pacts/orders-api.json and pacts/more.json are both the contract with orders-api. Have the tests write all "
        "interactions into one file, or merge them before."
    )
    assert desk.publisher.told == []


def test_the_same_contract_twice_is_one() -> None:
    desk = Desk(contracts=[ORDERS, _contract(source="copy.json")])
    desk.publish()

    assert desk.publisher.told[0].contracts == (ORDERS,)


def test_what_the_gate_would_refuse_to_verify_is_published_with_a_warning() -> None:
    desk = Desk(contracts=[ORDERS, STOCK])
    desk.listed[ORDERS.document] = ContractError(f"a header holds {TOKEN}.")
    desk.publish()

    assert len(desk.publisher.told[0].contracts) == 2
    assert desk.warnings == [
        "this gate will refuse to verify this contract: pacts/orders-api.json: a header holds ***."
    ]
    assert desk.said == ["pacts/stock.json: with stock, 1 interaction"]


def test_what_expects_nothing_is_published_with_a_warning() -> None:
    desk = Desk(listed={ORDERS.document: ()})
    desk.publish()

    assert len(desk.publisher.told) == 1
    assert desk.warnings == ["pacts/orders-api.json has no interactions, so that nobody can verify it."]
    assert desk.said == ["pacts/orders-api.json: with orders-api, 0 interactions"]


def _after(*values: object, earlier: Sequence[object], **store: Any) -> Desk:
    before = _contract("orders-api", *earlier, consumer=PacticipantVersion(name=CONSUMER, version="1"))
    known: dict[str, Any] = {"past": [past("1", expects=True)], "own": {"1": [before]}}
    return Desk(contracts=[_contract("orders-api", *values)], store=MemoryStore(**(known | store)))


def test_values_that_look_random_are_warned_of_and_published() -> None:
    desk = _after(IDS[0], earlier=[IDS[1]])
    desk.publish()

    assert len(desk.publisher.told) == 1
    (warning,) = desk.warnings
    assert warning == (
        "pacts/orders-api.json differs from the contract of web-checkout 1 only in values that look random or "
        "time-dependent, so that its provider has to verify it anew each time. Give fixed examples to the matchers:\n"
        f"  “order 0”: response.body.id (UUID): {IDS[1]} became {IDS[0]}"
    )


def test_of_many_such_values_five_are_shown() -> None:
    desk = _after(*IDS, earlier=[one.replace("4f89", "5a17") for one in IDS])
    desk.publish()

    (warning,) = desk.warnings
    assert warning.count(" became ") == 5
    assert warning.splitlines()[-1] == "  and 2 more"


@pytest.mark.parametrize(
    ("later", "earlier"), [([IDS[0]], [IDS[0]]), ([1], [2]), (["a"], ["b"]), ([IDS[0], 1], [IDS[1]])]
)
def test_what_is_equal_or_was_changed_by_hand_is_no_news(later: list[object], earlier: list[object]) -> None:
    desk = _after(*later, earlier=earlier)
    desk.publish()

    assert desk.warnings == []


@pytest.mark.parametrize(
    ("versions", "warned"),
    [
        ([], False),
        ([past("1")], False),
        ([past("2", expects=True)], False),
        ([past("1", expects=True)], True),
        ([past("2", expects=True), past("1", expects=True)], True),
        ([past("3"), past("1", expects=True, on_main=False)], True),
        ([past("0", expects=True), past("1", expects=True)], False),
    ],
)
def test_it_is_compared_with_the_newest_other_version_that_has_contracts(versions: list[Any], *, warned: bool) -> None:
    desk = _after(IDS[0], earlier=[IDS[1]], past=versions)
    desk.store.own = {**desk.store.own, "2": desk.store.own["1"], "0": [_contract("orders-api", IDS[0])]}
    desk.publish()

    assert bool(desk.warnings) is warned
    assert len(desk.publisher.told) == 1


def test_a_contract_with_a_new_provider_is_compared_with_nothing() -> None:
    desk = _after(IDS[0], earlier=[IDS[1]])
    desk.contracts = [_contract("stock", IDS[0])]
    desk.publish()

    assert desk.warnings == []


@pytest.mark.parametrize("method", ["history", "expectations"])
def test_a_store_that_cannot_compare_is_a_warning(method: str) -> None:
    desk = _after(IDS[0], earlier=[IDS[1]], fails=lambda one, _: one == method)
    desk.publish()

    assert desk.warnings == [f"the contracts could not be compared with earlier ones: the store did not say {method}."]
    assert len(desk.publisher.told) == 1


@pytest.mark.parametrize("document", [b"[]", b"null", b'{"interactions": 1}', b"[" * 500 + b"]" * 500])
def test_an_earlier_contract_that_is_odd_keeps_nothing_from_being_published(document: bytes) -> None:
    desk = _after(IDS[0], earlier=[IDS[1]])
    desk.store.own = {"1": [contract(document, consumer=PacticipantVersion(name=CONSUMER, version="1"))]}
    desk.publish()

    assert len(desk.publisher.told) == 1


def test_what_the_store_says_is_said() -> None:
    notices = (Notice(text=f"created {TOKEN}"), Notice(text=f"no branch {TOKEN}", is_warning=True))
    desk = Desk(publisher=FakePublisher(notices=notices))
    desk.publish()

    assert desk.said[-1] == "created ***"
    assert desk.warnings == ["no branch ***"]


def test_a_conflict_says_what_is_different_and_passes_on() -> None:
    conflict = ConflictError("version 2 has other contracts.", details=(f"-  {TOKEN}\n+  1", "more"))
    desk = Desk(publisher=FakePublisher(failure=conflict))

    with pytest.raises(ConflictError) as refused:
        desk.publish()

    assert (refused.value, refused.value.exit_code) == (conflict, 1)
    assert desk.said[-2:] == ["-  ***\n+  1", "more"]


def test_a_store_that_does_not_answer_is_an_error_that_passes_on() -> None:
    desk = Desk(publisher=FakePublisher(failure=StoreError("it answered 500.")))

    with pytest.raises(StoreError, match="it answered 500"):
        desk.publish()


@pytest.mark.parametrize("listed", [(interaction(),), ()])
def test_no_secret_is_said(listed: tuple[Interaction, ...]) -> None:
    desk = _after(IDS[0], earlier=[IDS[1]])
    desk.contracts = [_contract("orders-api", IDS[0], source=f"https://ci/pacts?token={TOKEN}")]
    desk.listed[desk.contracts[0].document] = listed
    desk.others = (TOKEN,)
    desk.publish()

    assert len(desk.said) == 2
    assert TOKEN not in "\n".join([*desk.warnings, *desk.said])
