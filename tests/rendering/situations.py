"""Twelve moments at which somebody reads a pull request's comment, in the words of the engine and the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from gate.domain.advice import advise
from gate.domain.contracts import Because, Fault, PacticipantVersion
from gate.domain.exceptions import AgreedException
from gate.domain.handed_over import Subject, objections, posted
from gate.domain.identity import what_ran
from gate.domain.live import LiveVersion
from gate.domain.report import Candidate, Entry, ProviderRun, Report, Reproduction, Run, Stage, Tested
from gate.domain.results import NOT_TRIED, InteractionResult, KeptResult, Mismatch, Outcome, Where
from gate.domain.verdict import Evidence, Integration, Role, Standing
from gate.provider.command import ended
from tests.builders import SERVICE, integration, interaction, report, result

COMMIT: Final = "9f2c1ab4d07e6c358b1f20a97d4e83c6510fb29e"
MERGE: Final = "d81f3e05a9c274b6ef108d3f6a52b79c4180e7d3"
EARLIER: Final = "77b0e125c6fa94d83b1e0279a5d8c64f3e91b07a"
BROKER: Final = "https://broker.acme.example"
PAGE: Final = "https://github.com/acme/orders-api/actions/runs/19584203311/attempts/1"
VERSIONS: Final = {
    "web-checkout": "4e1d0c7b96a3f285d04c7e1b8f3a6d925c70e1b4",
    "mobile-app": "c03b8f1e57d2a9460b8e3c71f5d4a2967e0b1c83",
    "billing": "2a97e60d4b1c8f35e70a92d6c4b8153fe06d7a92",
    "warehouse": "81d5c3f0a7e2b9466c1d0f8e3b7a5294d6e0c1f8",
    "storefront-search": "e6f70b2d1c9845a3b7d0e8f1a2c36945b8d7e0f3",
    "inventory-api": "5b8e2f7c0d1a94638e7f5c2b1d0a8946f3e7c5b2",
}
OWNERS: Final = {
    SERVICE: ("@acme/orders-team",),
    "web-checkout": ("@acme/checkout-team",),
    "mobile-app": ("@acme/mobile-team", "@ines-mobile"),
    "billing": ("billing on-call, +49 30 5550142",),
    "inventory-api": ("@acme/warehouse-team",),
}
"""As a gate file says it; nobody wrote anything of the others."""

LOG: Final = (
    "INFO:     Started server process [2174]",
    "INFO:     Waiting for application startup.",
    "ERROR:    Traceback (most recent call last):",
    '  File "orders/db.py", line 31, in connect',
    "    return psycopg.connect(settings.database_url, connect_timeout=5)",
    'psycopg.OperationalError: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
    "ERROR:    Application startup failed. Exiting.",
)
PROVIDER: Final = ProviderRun(
    url="http://127.0.0.1:8080", command="python -m uvicorn orders:app --port 8080", log="contract-gate-provider.log"
)
REPRODUCTION: Final = Reproduction(
    options=("--environment", "production"),
    variables=("GATE_BROKER_USERNAME", "GATE_BROKER_PASSWORD"),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One interaction of a consumer's contract."""

    description: str
    line: str
    states: tuple[str, ...] = ()


ORDER_42: Final = ("order 42 exists",)
WEB: Final = (
    Ask("a request for order 42", "GET /orders/42", ORDER_42),
    Ask("a request for an order that does not exist", "GET /orders/99", ("no orders",)),
    Ask("a request for the first page of orders", "GET /orders?page=1", ("orders 42 and 43 exist",)),
    Ask("a request for the second page of orders", "GET /orders?page=2", ("orders 42 and 43 exist",)),
    Ask("a request to place an order", "POST /orders"),
    Ask("a request to place an order without items", "POST /orders"),
    Ask("a request to cancel order 42", "DELETE /orders/42", ORDER_42),
    Ask("a request to cancel an order that was shipped", "DELETE /orders/42", ("order 42 exists", "it was shipped")),
    Ask("a request to change the address of order 42", "PATCH /orders/42/address", ORDER_42),
    Ask("a request for the items of order 42", "GET /orders/42/items", ORDER_42),
    Ask("a request to add an item to order 42", "POST /orders/42/items", ORDER_42),
    Ask("a request to redeem a voucher", "POST /orders/42/vouchers", ("order 42 exists", "voucher SPRING is valid")),
    Ask("a request for the delivery of order 42", "GET /orders/42/delivery", ("order 42 exists", "it was shipped")),
    Ask("a request for the orders of a customer", "GET /customers/7/orders", ("customer 7 has ordered",)),
)
MOBILE: Final = (
    Ask("a request for order 42", "GET /orders/42", ORDER_42),
    Ask("a request for my orders", "GET /customers/7/orders?limit=20", ("customer 7 has ordered",)),
    Ask("a request for a receipt", "GET /orders/42/receipt", ("order 42 exists", "it is paid")),
    Ask("a request to place an order", "POST /orders"),
    Ask("a request to cancel order 42", "DELETE /orders/42", ORDER_42),
    Ask("a request for the delivery of order 42", "GET /orders/42/delivery", ("order 42 exists", "it was shipped")),
    Ask("a request for the items of order 42", "GET /orders/42/items", ORDER_42),
    Ask("a request without a token", "GET /orders/42"),
    Ask("an order was shipped", "message: order shipped", ("order 42 exists", "it was shipped")),
)
BILLING: Final = (
    Ask("a request for all paid orders", "GET /orders?status=PAID", ("orders 42 and 43 exist",)),
    Ask("a request for paid orders when there are none", "GET /orders?status=PAID", ("no orders",)),
    Ask("a request for order 42 as an invoice", "GET /orders/42/invoice", ("order 42 exists", "it is paid")),
    Ask("a request to mark order 42 as invoiced", "PUT /orders/42/invoiced", ("order 42 exists", "it is paid")),
    Ask("an order was paid", "message: order paid", ("order 42 exists", "it is paid")),
)


def _at(year_month_day: str) -> datetime:
    return datetime.fromisoformat(year_month_day).replace(tzinfo=UTC)


def _missing(path: str, expected: str) -> Mismatch:
    key = path.rpartition(".")[2]
    return Mismatch(where=Where.BODY, path=path, expected=expected, message=f"the key “{key}” is missing")


def _of_type(path: str, expected: str, actual: str, words: str) -> Mismatch:
    return Mismatch(where=Where.BODY, path=path, expected=expected, actual=actual, message=words)


def _status(expected: int, actual: int) -> Mismatch:
    words = f"expected {expected} but was {actual}"
    return Mismatch(where=Where.STATUS, expected=str(expected), actual=str(actual), message=words)


TOTAL: Final = (_missing("$.total", "19.9"),)
TOTALS: Final = (_missing("$.orders[0].total", "19.9"), _missing("$.orders[1].total", "7.5"))
CREATED: Final = (
    _status(201, 200),
    Mismatch(
        where=Where.HEADER,
        path="Location",
        expected='"/orders/42"',
        message="Expected a header 'Location' but was missing",
    ),
)
NO_STORE: Final = Mismatch(
    where=Where.HEADER,
    path="Cache-Control",
    expected='"no-store"',
    message="Expected a header 'Cache-Control' but was missing",
)
NUMBER: Final = _of_type("$.id", "42", '"42"', "Expected '42' (String) to be the same type as 42 (Integer)")
SHIPPED: Final = _of_type(
    "$.shipped", '"2026-11-22"', '"22.11.2026"', r"Expected '22.11.2026' to match '^\d{4}-\d{2}-\d{2}$'"
)
NO_ITEMS: Final = _of_type(
    "$.items", '["{\\"quantity\\":2,\\"sku\\":\\"TEA-7\\"}"]', "[]", "Expected [] (size 0) to have minimum size of 1"
)
TWO_ORDERS: Final = (
    _of_type("$.count", "2", '"2"', "it is '2' (String) and should be 2 (Integer)"),
    _of_type(
        "$.orders", '[{"id":42},{"id":43}]', '[{"id":42}]', "Expected a List with 2 elements but received 1 elements"
    ),
)


def _results(
    asks: tuple[Ask, ...], broken: Mapping[int, tuple[Mismatch, ...]], **more: Any
) -> tuple[InteractionResult, ...]:
    """Let every interaction pass but those at these positions."""
    lines = 11
    found = []
    for position, ask in enumerate(asks):
        asked = interaction(position, description=ask.description, request_line=ask.line, states=ask.states, line=lines)
        lines += 31 + 7 * len(ask.states)
        outcome = Outcome.FAILED if position in broken else Outcome.PASSED
        values = more if outcome is Outcome.FAILED else {}
        mismatches = broken.get(position, ())
        found.append(result(outcome, interaction=asked, mismatches=mismatches, duration=0.021, **values))
    return tuple(found)


def _source(consumer: str, version: str) -> str:
    return f"{BROKER}/pacts/provider/{SERVICE}/consumer/{consumer}/version/{version}"


def _consumer(
    name: str, asks: tuple[Ask, ...], broken: Mapping[int, tuple[Mismatch, ...]] | None = None, /, **more: Any
) -> Integration:
    """Build a consumer whose contract comes from the broker; one that is broken is so by this change."""
    version = VERSIONS[name]
    live: tuple[LiveVersion, ...] = more.get("live", ())
    values: dict[str, Any] = {
        "counterpart": PacticipantVersion(name=name, version=version, branch="main"),
        "because": (Because.LIVE, Because.MAIN_BRANCH) if live else (Because.MAIN_BRANCH,),
        "source": _source(name, version),
        "content_id": f"{name:x<40}",
        "results": _results(asks, broken or {}),
        "broken_before": False if broken else None,
    }
    return integration(**(values | more))


def _live(name: str, since: str, *more: tuple[str, str]) -> tuple[LiveVersion, ...]:
    """Say that it is live in production, and where else."""
    places = (("production", since), *more)
    return tuple(
        LiveVersion(name=name, version=VERSIONS[name], environment=place, since=_at(at)) for place, at in places
    )


WEB_LIVE: Final = _live("web-checkout", "2026-11-03")
MOBILE_LIVE: Final = _live("mobile-app", "2026-11-17")
BILLING_LIVE: Final = _live("billing", "2026-10-12")


def _web(broken: Mapping[int, tuple[Mismatch, ...]] | None = None, **more: Any) -> Integration:
    return _consumer("web-checkout", WEB, broken, **({"live": WEB_LIVE} | more))


def _mobile(broken: Mapping[int, tuple[Mismatch, ...]] | None = None, **more: Any) -> Integration:
    return _consumer("mobile-app", MOBILE, broken, **({"live": MOBILE_LIVE} | more))


def _billing(broken: Mapping[int, tuple[Mismatch, ...]] | None = None, **more: Any) -> Integration:
    return _consumer("billing", BILLING, broken, **({"live": BILLING_LIVE} | more))


def _inventory(**more: Any) -> Integration:
    """Build the provider that orders-api needs: its own pipeline verified what is expected of it."""
    name = "inventory-api"
    values: dict[str, Any] = {
        "counterpart": PacticipantVersion(name=name, version=VERSIONS[name]),
        "role": Role.PROVIDER,
        "live": _live(name, "2026-11-10"),
        "source": f"{BROKER}/pacts/provider/{name}/consumer/{SERVICE}/version/{COMMIT}",
        "content_id": f"{name:x<40}",
        "evidence": Evidence.KEPT,
        "kept": KeptResult(success=True, at=_at("2026-11-22"), url=f"{BROKER}/verification-results/103"),
    }
    return integration(**(values | more))


def _candidate(branch: str, *environments: str) -> Candidate:
    return Candidate(
        service=SERVICE,
        version=COMMIT,
        commit=COMMIT,
        branch=branch,
        environments=environments or ("production",),
        stage=Stage.CHANGE,
    )


RUN: Final = Run(
    repository="acme/orders-api",
    event="pull_request",
    commit=COMMIT,
    pull_request=128,
    merge_commit=MERGE,
    id="19584203311",
    attempt=1,
    url=PAGE,
)
WORST_FIRST: Final = (Standing.BROKEN, Standing.UNVERIFIED, Standing.HONOURED)


def _entry(one: Integration) -> Entry:
    """Advise as the pipeline does, with the owners that a gate file names."""
    advice = advise(one, SERVICE)
    if advice is not None:
        owners = tuple(dict.fromkeys(owner for name in advice.concerns for owner in OWNERS.get(name, ())))
        advice = replace(advice, owners=owners, mentions=owners)
    return Entry(integration=one, standing=one.standing, advice=advice)


def _weight(entry: Entry) -> tuple[bool, int]:
    harmless = entry.standing is not Standing.HONOURED and not entry.integration.blocks
    return harmless, WORST_FIRST.index(entry.standing)


def _kept(branch: str, *integrations: Integration) -> str:
    """Say what the run left in the store."""
    count = sum(one.evidence is Evidence.VERIFIED and one.standing is not Standing.UNVERIFIED for one in integrations)
    counted = "1 result was" if count == 1 else f"{count} results were"
    return f"{counted} kept in the store for {SERVICE} {COMMIT[:7]}, branch {branch}."


def _report(*integrations: Integration, branch: str = "rename-total", **more: Any) -> Report:
    """Build the report of a pull request whose head was checked out and verified."""
    values: dict[str, Any] = {
        "candidate": _candidate(branch),
        "tested": Tested(commit=COMMIT, vouched=False),
        "run": RUN,
        "entries": tuple(sorted((_entry(one) for one in integrations), key=_weight)),
        "notes": (_kept(branch, *integrations),),
        "provider": PROVIDER,
        "reproduction": REPRODUCTION,
    }
    return report(*integrations, **(values | more))


def _ten_broken() -> Report:
    staging = ("staging", "2026-10-09")
    return _report(
        _web({0: TOTAL, 2: TOTALS, 3: TOTALS, 4: (*CREATED, *TOTAL), 13: TOTALS}),
        _mobile({0: (*TOTAL, NUMBER), 1: TOTALS, 2: (_status(200, 500),)}),
        _billing({0: TOTALS, 2: (NO_STORE,)}, live=_live("billing", "2026-10-12", staging)),
        _inventory(),
        candidate=_candidate("rename-total", "production", "staging"),
        provider=replace(
            PROVIDER,
            log_tail=(
                '  File "orders/receipts.py", line 18, in receipt',
                '    return Receipt(order["id"], order["total"])',
                "KeyError: 'total'",
                'INFO:     127.0.0.1:40412 - "GET /orders/42/receipt HTTP/1.1" 500 Internal Server Error',
            ),
        ),
    )


def _never_started() -> Report:
    failure = Fault.of(ended("provider-command", 3, LOG, "before the provider was ready", missing=""))

    def untried(asks: tuple[Ask, ...]) -> tuple[InteractionResult, ...]:
        return tuple(replace(one, outcome=Outcome.ERRORED, error=NOT_TRIED, duration=0.0) for one in _results(asks, {}))

    return _report(
        _web(results=untried(WEB)),
        _mobile(results=untried(MOBILE)),
        _billing(results=untried(BILLING)),
        _inventory(),
        faults=(failure,),
        notes=(),
        branch="pool-connections",
        provider=replace(PROVIDER, log_tail=LOG),
    )


def _unknown_consumer_side() -> Report:
    fault = Fault(
        where="",
        what=f"{SERVICE} {EARLIER[:7]} has contracts with providers, and version {COMMIT[:7]} has none in the store.",
        remedy="Publish its contracts before this step; if it needs nobody any more, say consumes: none.",
    )
    return _report(_web(), _mobile(), _billing(), faults=(fault,), branch="split-test-jobs")


def _nothing_recorded() -> Report:
    nobody = Fault(
        where="",
        what="no version of it is recorded as live in production.",
        remedy="Deploy inventory-api there first, or record what runs there with record-deployment.",
    )
    absent = _inventory(counterpart=PacticipantVersion(name="inventory-api"), live=(), kept=None, fault=nobody)
    consumers = (_web(live=()), _billing(live=()))
    return _report(
        *consumers,
        absent,
        branch="reserve-stock",
        notes=(_kept("reserve-stock", *consumers), "Nothing at all is recorded as live in production."),
    )


def _excepted() -> Report:
    agreed = AgreedException(
        counterpart="web-checkout",
        reason="the old basket is switched off on 30 November.",
        owner="@acme/checkout-team",
        until=date(2026, 12, 1),
    )
    consumers = (_web({0: TOTAL, 2: TOTALS}, exception=agreed), _mobile(), _billing())
    return _report(*consumers, _inventory(), notes=(_kept("rename-total", *consumers), f"Exception: {agreed}."))


def _fork() -> Report:
    """Take what the run of a fork left, which has neither secrets nor a token that may write: another run posts it."""

    def of_file(name: str, asks: tuple[Ask, ...], broken: Mapping[int, tuple[Mismatch, ...]]) -> Integration:
        path = f"pacts/{name}-{SERVICE}.json"
        values: dict[str, Any] = {"because": (), "source": path, "file": path, "broken_before": None}
        return _consumer(name, asks, broken, counterpart=PacticipantVersion(name=name), **values)

    candidate = _candidate("mira-h:rename-total")
    tested = Tested(commit=MERGE, merge=True, vouched=False)
    left = _report(
        of_file("web-checkout", WEB, {0: TOTAL, 2: TOTALS}),
        of_file("billing", BILLING, {}),
        candidate=candidate,
        tested=tested,
        notes=tuple(what_ran(candidate, tested)),
        reproduction=Reproduction(options=("--contracts", "pacts")),
    )
    subject = Subject(
        service=SERVICE, environments=candidate.environments, run=RUN, made_by=RUN.id, conclusion="failure"
    )
    assert objections(left, subject) == ()
    return posted(left, subject, agreed=(), owners=OWNERS)


ROUTES: Final = (
    "GET /orders/{}",
    "GET /orders/{}/items",
    "PATCH /orders/{}/address",
    "GET /orders/{}/delivery",
    "POST /orders",
)
WORDS: Final = (
    "a request for order {}",
    "a request for the items of order {}",
    "a request to change the address of order {}",
    "a request for the delivery of order {}",
    "a request to place order {}",
)
KINDS: Final[tuple[tuple[Mismatch, ...], ...]] = (
    TOTAL,
    (NO_ITEMS, NUMBER),
    (_status(200, 422), NO_STORE),
    (SHIPPED,),
    (*CREATED, *TWO_ORDERS),
)


def _asks(first: int, count: int) -> tuple[Ask, ...]:
    return tuple(
        Ask(WORDS[number % 5].format(number), ROUTES[number % 5].format(number), (f"order {number} exists",))
        for number in range(first, first + count)
    )


def _five_hundred() -> Report:
    """A rewrite of the whole service: 480 of 500 interactions are broken, for five consumers."""
    sizes = {"web-checkout": (140, 140), "mobile-app": (120, 120), "billing": (100, 95), "warehouse": (80, 75)}
    sizes["storefront-search"] = (60, 50)
    first, integrations = 1000, []
    for name, (count, broken) in sizes.items():
        found = {position: KINDS[(first + position) % 5] for position in range(broken)}
        integrations.append(_consumer(name, _asks(first, count), found, live=_live(name, "2026-11-03")))
        first += count
    return _report(*integrations, _inventory(), branch="rewrite-in-go", duration=38.4)


SITUATIONS: Final[dict[str, Report]] = {
    "first-run-green": _report(_web(), _mobile(), _billing(), _inventory(), branch="add-gate"),
    "one-broken-field": _report(_web({0: TOTAL}), _mobile(), _billing(), _inventory()),
    "ten-broken-in-three-consumers": _ten_broken(),
    "broken-before": _report(
        _web(), _mobile(), _billing({2: (SHIPPED,)}, broken_before=True), _inventory(), branch="faster-list"
    ),
    "pending-break": _report(
        _web(),
        _mobile(
            {2: (_status(200, 404),)},
            live=(),
            because=(Because.MAIN_BRANCH, Because.WIP),
            pending=True,
            binding=False,
            broken_before=None,
        ),
        _billing(),
        _inventory(),
        branch="faster-list",
    ),
    "flaky": _report(
        _web(),
        _mobile(),
        _billing(results=_results(BILLING, {0: TWO_ORDERS}, flaky=True)),
        _inventory(),
        branch="faster-list",
    ),
    "provider-never-started": _never_started(),
    "unknown-consumer-side": _unknown_consumer_side(),
    "nothing-recorded": _nothing_recorded(),
    "exception-in-force": _excepted(),
    "fork": _fork(),
    "five-hundred-interactions": _five_hundred(),
}
"""By what a reader would call them."""
