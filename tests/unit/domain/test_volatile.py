import copy
import json
import uuid
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.domain.volatile import DEEPEST, VolatileKind, VolatileValue, volatile_values

Json = dict[str, Any]

UUIDS = ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "9b2d7c1e-0a5f-4c3d-8e6b-f1a2b3c4d5e6")
TIMES = ("2026-11-01T10:00:00Z", "2026-11-02T08:15:42.125Z")
HEAD, CLAIMS = "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0"
JWTS = (f"{HEAD}.{CLAIMS}.dBjftJeZ4CVPmB92K27uhbUJU1p1r", f"{HEAD}.eyJzdWIiOiI5OTk5In0.K27uhbUJU1p1rdBjftJeZ4CVPmB92")


def _pact(*interactions: object, version: str = "3.0.0", **other: object) -> Json:
    return {
        "consumer": {"name": "web"},
        "provider": {"name": "orders"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
        **other,
    }


def _interaction(body: object = None, description: str = "an order", **other: object) -> Json:
    return {
        "description": description,
        "request": {"method": "GET", "path": "/orders/42"},
        "response": {"status": 200, "body": body},
        **other,
    }


def _filled(template: Any, value: str) -> Any:
    """Put a value where the template has `@`."""
    return json.loads(json.dumps(template).replace("@", value))


def _found(earlier: object, later: object) -> list[tuple[VolatileKind, str, str]]:
    """What two contracts whose bodies hold these values differ in."""
    found = volatile_values(_pact(_interaction(earlier)), _pact(_interaction(later)))
    return [(one.kind, one.earlier, one.later) for one in found]


@pytest.mark.parametrize(
    ("kind", "earlier", "later"),
    [
        (VolatileKind.UUID, *UUIDS),
        (VolatileKind.UUID, UUIDS[0].upper(), UUIDS[1].upper()),
        (VolatileKind.TIMESTAMP, *TIMES),
        (VolatileKind.TIMESTAMP, "2026-11-01T10:00", "2026-11-01T10:01"),
        (VolatileKind.TIMESTAMP, "2026-11-01 10:00:00,123+0100", "2026-11-01 10:00:00,124+0100"),
        (VolatileKind.TIMESTAMP, "2026-03-28T10%3A00%3A00.1+01:00", "2026-03-29T10%3A00%3A00.1+02:00"),
        (VolatileKind.TIMESTAMP, "20261101T100000Z", "20261102T081542Z"),
        (VolatileKind.DATE, "2026-11-01", "2026-11-02"),
        (VolatileKind.TIME, "10:00:01", "10:00:02"),
        (VolatileKind.TIME, "10:00:00.5Z", "10:00:01.25Z"),
        (VolatileKind.HTTP_DATE, "Sun, 01 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 08:15:42 GMT"),
        (VolatileKind.JWT, *JWTS),
        (VolatileKind.SECONDS, "1793527200", "1793613600"),
        (VolatileKind.MILLISECONDS, "1793527200123", "1793613600456"),
        (VolatileKind.MICROSECONDS, "1793527200123456", "1793613600456789"),
        (VolatileKind.NUMBER, "175928847299117063", "1759288472991170642"),
        (VolatileKind.NUMBER, "0.8437261518283742", "0.1274893651827364"),
        (VolatileKind.HEXADECIMAL, "507f1f77bcf86cd799439011", "653a9b2c1d4e5f6a7b8c9d0e"),
        (VolatileKind.HEXADECIMAL, "2FD4E1C67A2D28FCED849EE1", "DE9F2C7FD25E1B3AFAD3E85A"),
        (
            VolatileKind.HEXADECIMAL,
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        ),
        (VolatileKind.HEXADECIMAL, "4bf92f3577", "00f067aa0b"),
        (VolatileKind.TEXT, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ"),
        (VolatileKind.TEXT, "tz4a98xxat96iws9zmbrgj3a", "pfh0haxfpzowht3oi213cqos"),
        (VolatileKind.TEXT, "V1StGXR8_Z5jdHi6B-myT", "Uakgb_J5m9g-0JDMbcJqL"),
        (VolatileKind.TEXT, "hT7kQ2mZx9", "b4XwR8nLc1"),
        (VolatileKind.TEXT, "q83vEjRWeJCrze8SNFZ4kA==", "Zx9+hT7kQ2mb4XwR8nLc1w=="),
        (VolatileKind.TEXT, "dGhpc/q83vEjRWeJCrze8SNF", "Zx9+hT7kQ2mb4XwR8nLc1wAA"),
    ],
)
def test_what_looks_random_or_time_dependent(kind: VolatileKind, earlier: str, later: str) -> None:
    assert _found(earlier, later) == [(kind, earlier, later)]
    assert _found(later, earlier) == [(kind, later, earlier)]


@pytest.mark.parametrize(
    ("kind", "earlier", "later"),
    [
        (VolatileKind.SECONDS, 1793527200, 1793613600),
        (VolatileKind.SECONDS, 1793527200.25, 1793613600.125),
        (VolatileKind.MILLISECONDS, 1793527200123, 1793613600456),
        (VolatileKind.NUMBER, 175928847299117063, 175928847299117064),
        (VolatileKind.NUMBER, 0.8437261518283742, 0.1274893651827364),
        (VolatileKind.NUMBER, 8.437261518283742e-05, 1.274893651827364e-05),
    ],
)
def test_numbers_that_look_random_or_time_dependent(kind: VolatileKind, earlier: float, later: float) -> None:
    assert _found(earlier, later) == [(kind, str(earlier), str(later))]


@pytest.mark.parametrize(
    ("earlier", "later", "found"),
    [
        (
            f"/orders/{UUIDS[0]}?at={TIMES[0]}",
            f"/orders/{UUIDS[1]}?at={TIMES[1]}",
            [(VolatileKind.UUID, *UUIDS), (VolatileKind.TIMESTAMP, *TIMES)],
        ),
        (f"Bearer {JWTS[0]}", f"Bearer {JWTS[1]}", [(VolatileKind.JWT, *JWTS)]),
        (f"order_{UUIDS[0]}.json", f"order_{UUIDS[1]}.json", [(VolatileKind.UUID, *UUIDS)]),
        (
            "sk_test_4eC39HqLyjWDarjt",
            "sk_test_hT7kQ2mZx9b4XwR8",
            [(VolatileKind.TEXT, "4eC39HqLyjWDarjt", "hT7kQ2mZx9b4XwR8")],
        ),
        (
            "/orders/V1StGXR8_Z5jdHi6B-myT/items/hT7kQ2mZx9",
            "/orders/Uakgb_J5m9g-0JDMbcJqL/items/b4XwR8nLc1",
            [
                (VolatileKind.TEXT, "V1StGXR8_Z5jdHi6B-myT", "Uakgb_J5m9g-0JDMbcJqL"),
                (VolatileKind.TEXT, "hT7kQ2mZx9", "b4XwR8nLc1"),
            ],
        ),
        (
            "http://localhost:41237/orders/1",
            "http://localhost:39120/orders/1",
            [(VolatileKind.PORT, "41237", "39120")],
        ),
        ("127.0.0.1:41237", "127.0.0.1:39120", [(VolatileKind.PORT, "41237", "39120")]),
        (
            "id=507f1f77bcf86cd799439011&page=2",
            "id=653a9b2c1d4e5f6a7b8c9d0e&page=2",
            [(VolatileKind.HEXADECIMAL, "507f1f77bcf86cd799439011", "653a9b2c1d4e5f6a7b8c9d0e")],
        ),
        ([1, {"id": UUIDS[0]}], [1, {"id": UUIDS[1]}], [(VolatileKind.UUID, *UUIDS)]),
    ],
)
def test_volatile_parts_of_a_value(earlier: object, later: object, found: object) -> None:
    assert _found(earlier, later) == found


ORDINARY = [
    (19.9, 21.0),
    ("19.90", "21.00"),
    (0.30000000000000004, 0.6000000000000001),
    (200, 201),
    (3, 4),
    (1234567890, 1234567891),
    ("Alice", "Bob"),
    ("1.2.3", "1.2.4"),
    ("2.0.0-rc.1+3f2a9bc", "2.0.0-rc.2+77c1d0e"),
    ("paid", "open"),
    ("PAYMENT_PENDING_2", "PAYMENT_REFUSED_3"),
    ("/orders/1", "/orders/2"),
    ("/v1/orders", "/v2/orders"),
    ("/v1/4eC39HqLyjWDarjt", "/v2/hT7kQ2mZx9b4XwR8"),
    ("eu/4eC39HqLyjWDarjt", "us/hT7kQ2mZx9b4XwR8"),
    ("a request for order 42", "a request for order 43"),
    (True, False),
    (1, True),
    (1, 1.0),
    (1, "1"),
    (None, 1),
    ("", UUIDS[0]),
    (UUIDS[0], None),
    (UUIDS[0], TIMES[0]),
    (f"/orders/{UUIDS[0]}", f"/clients/{UUIDS[1]}"),
    (f"{UUIDS[0]} {TIMES[0]}", f"{TIMES[0]} {UUIDS[0]}"),
    ("2026-11-01", "2026-11-01T10:00:00Z"),
    ("1980-01-31", "1985-05-05"),
    ("2026-13-01", "2026-14-01"),
    ("09:00", "10:00"),
    ("09:00:00", "10:00:00"),
    ("http://localhost:8080", "http://localhost:9090"),
    ("http://10.0.0.1:41237", "http://10.0.0.1:39120"),
    ("api-version=2024-05-01", "api-version=2026-05-01"),
    ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    (UUIDS[0], "11111111-1111-1111-1111-111111111111"),
    ("000000000000000000000a01", "000000000000000000000a02"),
    ("507f1f77bcf86cd799439011", "507f1f77bcf86cd799439022"),
    ("507f1f77bcf86cd799439011", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("a1b2c3d", "f9e8d7c"),
    ("#ff8800", "#0088ff"),
    ("+49 30 901820", "+49 40 428280"),
    ("2025550123", "4155550199"),
    ("4111111111111111", "5500000000000004"),
    ("4006381333931", "5901234123457"),
    ("DE89370400440532013000", "GB29NWBK60161331926819"),
    ("DE123456789", "DE987654321"),
    ("1HGCM82633A004352", "WVWZZZ1JZ3W386752"),
    ("AB12CD34EF", "GH56IJ78KL"),
    ("AB-12-CD-34-EF-56-GH", "KL-78-MN-90-OP-11-QR"),
    ("iPhone15Pro", "iPhone16Max"),
    ("OrderCreatedEventVersion2", "OrderShippedEventVersion3"),
    ("getUserByIdAndAge", "putCartByUuidNow2"),
    ("YWxpY2U6aHVudGVyMnBhc3M=", "Ym9ieTpjb3JyZWN0aG9yc2U="),
    ("hT7kQ2m/Zx9b4Xw-R8nLc1Aa", "Zx9b4Xw/R8hT7kQ-2mnLc1Ab"),
    ("/hT7kQ2mZx9b4XwR8nLc1aaaaaa", "/Zx9b4XwR8nLc1hT7kQ2mxbb"),
    ("V1StGXR8_Z5jdHi6B-myT", "V1StGXR8_Z5jdHi6B-myT2"),
    ("order-", "order-42"),
    ("a-b-c", "a-b/c"),
    ("red, green", "red; green"),
    ([1], [1, 2]),
    ({"id": UUIDS[0]}, {"id": UUIDS[1], "total": 1}),
    ({"id": UUIDS[0]}, {"uuid": UUIDS[1]}),
    ({"id": UUIDS[0]}, [UUIDS[1]]),
    ({UUIDS[0]: 1}, {UUIDS[1]: 1}),
    ({"apiVersion": "2024-05-01"}, {"apiVersion": "2026-05-01"}),
    ({"Accept": ["application/vnd.acme.2024-05-01+json"]}, {"Accept": ["application/vnd.acme.2026-05-01+json"]}),
    ("hT7kQ2mZx9" * 200, "b4XwR8nLc1" * 200),
]


@pytest.mark.parametrize(("earlier", "later"), ORDINARY)
def test_ordinary_changes(earlier: object, later: object) -> None:
    assert _found(earlier, later) == []
    assert _found(later, earlier) == []


@pytest.mark.parametrize("key", ["conversion", "acceptedAt", "on"])
def test_a_date_is_a_version_only_where_its_key_says_so(key: str) -> None:
    assert len(_found({key: "2024-05-01"}, {key: "2026-05-01"})) == 1


@pytest.mark.parametrize(("earlier", "later"), ORDINARY)
def test_an_ordinary_change_beside_a_volatile_value_leaves_nothing_to_warn_of(earlier: object, later: object) -> None:
    assert _found({"id": UUIDS[0], "other": earlier}, {"id": UUIDS[1], "other": later}) == []
    assert _found({"a": earlier, "id": UUIDS[0]}, {"a": later, "id": UUIDS[1]}) == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"id": "@"}, "“an order”: response.body.id"),
        ({"items": [0, {"unit id": "@"}]}, "“an order”: response.body.items[1]['unit id']"),
        ("/a/@", "“an order”: response.body"),
        ({"k" * 300: "@"}, f"“an order”: response.body.{'k' * 199}…"),
    ],
)
def test_where_a_value_stands(body: object, path: str) -> None:
    earlier, later = (_filled(body, one) for one in UUIDS)

    assert volatile_values(_pact(_interaction(earlier)), _pact(_interaction(later))) == (
        VolatileValue(path=path, kind=VolatileKind.UUID, earlier=UUIDS[0], later=UUIDS[1]),
    )


@pytest.mark.parametrize(
    ("description", "name"),
    [(" ", "interactions[1]"), (42, "interactions[1]"), ("d" * 300, f"“{'d' * 199}…”")],
)
def test_an_interaction_without_a_name_has_a_place(description: str, name: str) -> None:
    earlier, later = (_pact(_interaction(1), _interaction(one, description)) for one in UUIDS)

    assert [one.path for one in volatile_values(earlier, later)] == [f"{name}: response.body"]


def test_a_volatile_description() -> None:
    earlier, later = (_pact(_interaction(1), _interaction(2, f"order {one}")) for one in UUIDS)

    assert volatile_values(earlier, later) == (
        VolatileValue(
            path=f"“order {UUIDS[1]}”: description", kind=VolatileKind.UUID, earlier=UUIDS[0], later=UUIDS[1]
        ),
    )


@pytest.mark.parametrize(
    "states",
    [
        {"providerState": "order @ exists"},
        {"provider_state": "order @ exists"},
        {"providerStates": [{"name": "order @ exists"}]},
        {"providerStates": [{"name": "an order exists", "params": {"id": "@"}}]},
    ],
)
def test_a_volatile_provider_state(states: Json) -> None:
    sides = (_filled(states, one) for one in UUIDS)
    earlier, later = (_pact(_interaction(1, **side), _interaction(2)) for side in sides)

    assert [one.kind for one in volatile_values(earlier, later)] == [VolatileKind.UUID]


@pytest.mark.parametrize("section", ["matchingRules", "generators"])
@pytest.mark.parametrize("rules", [{"$.body.id": {"match": "type"}}, {"$.body.no": {"match": "@"}}, {}])
def test_other_rules_are_an_ordinary_change(section: str, rules: Json) -> None:
    earlier, later = _interaction(UUIDS[0]), _interaction(UUIDS[1])
    earlier["response"][section] = {"$.body.no": {"match": UUIDS[0]}}
    later["response"][section] = _filled(rules, UUIDS[1])
    assert volatile_values(_pact(earlier), _pact(later)) == ()

    later["response"][section] = earlier["response"][section]
    assert len(volatile_values(_pact(earlier), _pact(later))) == 1


@pytest.mark.parametrize("part", ["body", "contents"])
def test_in_a_body_rules_are_data(part: str) -> None:
    earlier, later = (_pact(_interaction() | {part: {"generators": [{"id": one}]}}) for one in UUIDS)

    assert [one.path for one in volatile_values(earlier, later)] == [f"“an order”: {part}.generators[0].id"]


def test_what_a_store_adds_and_what_says_nothing_of_its_own_does_not_count() -> None:
    published = _pact(
        _interaction(UUIDS[0], _id="da39a3ee5e6b4b0d3255bfef95601890afd80709", key="f1d2"),
        createdAt="2026-11-01T10:00:00+00:00",
        _links={"self": {"href": "http://broker"}},
    )
    written = _pact(_interaction(UUIDS[1], key="9c0a"), consumer={"name": "Web"})
    written["metadata"]["pact-python"] = {"version": "4.2.0"}

    assert [one.kind for one in volatile_values(published, written)] == [VolatileKind.UUID]


@pytest.mark.parametrize(
    ("earlier", "later", "equal"),
    [
        ({"pactSpecification": {"version": "3.0.0"}}, {"pactSpecification": {"version": "4.0"}}, False),
        ({"pactSpecification": {"version": "3.0.0"}}, {"pact-specification": {"version": "3.0.0"}}, True),
        ({"pactSpecification": {"version": "3.0.0"}}, {"pactSpecificationVersion": "3.0.0"}, True),
        ({"pactSpecification": {"version": "3.0.0"}}, {}, False),
        ({}, None, True),
        ({"client": "1"}, "none", True),
    ],
)
def test_of_the_metadata_only_the_specification_counts(earlier: object, later: object, equal: object) -> None:
    before, after = _pact(_interaction(UUIDS[0])), _pact(_interaction(UUIDS[1]))

    assert bool(volatile_values(before | {"metadata": earlier}, after | {"metadata": later})) is equal


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (None, {}),
        ([], {}),
        ({}, "text"),
        ({}, {}),
        ({}, {"interactions": []}),
        ({"messages": []}, {}),
        ({"interactions": {"id": UUIDS[0]}}, {"interactions": {"id": UUIDS[1]}}),
        ({"interactions": [UUIDS[0]]}, {"interactions": [UUIDS[1]]}),
        (_pact(_interaction(UUIDS[0])), _pact(_interaction(UUIDS[1]), messages=[])),
        (_pact(_interaction(UUIDS[0])), _pact(_interaction(UUIDS[1]), _interaction(1))),
        (_pact(_interaction(UUIDS[0]), "text"), _pact(_interaction(UUIDS[1]), None)),
    ],
)
def test_what_is_no_contract_or_has_other_interactions(earlier: object, later: object) -> None:
    assert volatile_values(earlier, later) == ()


def test_messages_are_read_as_interactions_are() -> None:
    earlier, later = ({"messages": [{"description": "paid", "contents": {"id": one}}]} for one in UUIDS)

    assert [one.path for one in volatile_values(earlier, later)] == ["“paid”: contents.id"]


def test_interactions_of_one_name_are_matched_by_what_is_constant_in_them() -> None:
    earlier, later = ([_interaction({"id": one, "state": state}) for state in ("open", "paid")] for one in UUIDS)

    assert len(volatile_values(_pact(*earlier), _pact(*reversed(later)))) == 2


def test_one_of_several_equal_interactions() -> None:
    earlier, later = _interaction(UUIDS[0]), _interaction(UUIDS[1])

    assert len(volatile_values(_pact(earlier, earlier), _pact(later, earlier))) == 1


@pytest.mark.parametrize("levels", [DEEPEST, 10_000])
def test_what_is_nested_too_deep_is_not_examined(levels: int) -> None:
    deep: object = UUIDS[0]
    for _ in range(levels):
        deep = [deep]

    assert _found([deep, UUIDS[0]], [deep, UUIDS[1]]) == []


def test_what_is_nested_almost_too_deep_is_examined() -> None:
    earlier, later = UUIDS
    prefix, suffix = "[" * (DEEPEST - 5), "]" * (DEEPEST - 5)

    assert len(_found(json.loads(f'{prefix}"{earlier}"{suffix}'), json.loads(f'{prefix}"{later}"{suffix}'))) == 1


@pytest.mark.parametrize("piece", ["a1 ", "1", "-e", "eyJaaaaaaaa.", "-eyJaaaaaaaa", "2026-11-0", "+/=_-", "\0", "ü"])
def test_hostile_text_is_read_in_time(piece: str) -> None:
    text = piece * (500_000 // len(piece))

    assert _found(f"{text} 1", f"{text} 2") == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.uuids(version=4).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
INTERACTIONS = st.builds(
    _interaction,
    VALUES,
    st.sampled_from(["an order", "no order"]) | st.text(max_size=4),
    providerStates=st.lists(st.fixed_dictionaries({"name": st.text(max_size=2)}), max_size=1),
)
PACTS = st.lists(INTERACTIONS, max_size=4).map(lambda several: _pact(*several))


def _backwards(value: Any) -> Any:
    """The same content with the keys of each object in another order."""
    if isinstance(value, dict):
        return {key: _backwards(one) for key, one in reversed(value.items())}
    return [_backwards(one) for one in value] if isinstance(value, list) else value


@given(PACTS, st.randoms(use_true_random=False))
def test_equal_content_has_no_volatile_values(pact: Json, random: Any) -> None:
    other = _backwards(copy.deepcopy(pact))
    random.shuffle(other["interactions"])

    assert volatile_values(pact, other) == ()


@given(PACTS, PACTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(earlier: Json, later: Json, random: Any) -> None:
    found = volatile_values(earlier, later)
    shuffled = _backwards(copy.deepcopy(earlier))
    random.shuffle(shuffled["interactions"])

    assert volatile_values(shuffled, later) == found


def _with(pact: Json, value: object) -> Json:
    return pact | {"interactions": [*pact["interactions"], _interaction({"id": value}, "the one")]}


@given(PACTS, st.uuids(version=4), st.uuids(version=4), st.text(), st.text())
def test_another_uuid_is_always_found(pact: Json, one: uuid.UUID, other: uuid.UUID, before: str, after: str) -> None:
    assume(one != other)
    before, after = f"{before} ", f" {after}"

    found = volatile_values(_with(pact, f"{before}{one}{after}"), _backwards(_with(pact, f"{before}{other}{after}")))

    assert found == (
        VolatileValue(path="“the one”: response.body.id", kind=VolatileKind.UUID, earlier=str(one), later=str(other)),
    )


@given(PACTS, st.sampled_from(ORDINARY))
def test_an_ordinary_change_anywhere_ends_it(pact: Json, change: tuple[object, object]) -> None:
    earlier, later = (
        _with(pact | {"interactions": [*pact["interactions"], _interaction(value, "other")]}, one)
        for value, one in zip(change, UUIDS, strict=True)
    )

    assert volatile_values(earlier, later) == ()


@given(VALUES, VALUES)
def test_found_both_ways_or_not_at_all(one: object, other: object) -> None:
    assert _found(other, one) == [(kind, later, earlier) for kind, earlier, later in _found(one, other)]
