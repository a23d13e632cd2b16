"""orders-api: a small but real service, with the endpoint that sets up provider states for contract tests."""

from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Response

app = FastAPI(title="orders-api")
orders: dict[int, dict[str, Any]] = {}


def place(number: int, status: str) -> None:
    """Put an order into the shop's books."""
    orders[number] = {
        "id": number,
        "status": status,
        "amount": 19.9,  # RENAMED: this was "total", and web-checkout still reads it
        "items": [{"sku": "TEA-7", "quantity": 2}],
    }


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the service is up."""
    return {"status": "up"}


@app.get("/orders/{number}")
def read_order(number: int) -> dict[str, Any]:
    """Return one order."""
    if number not in orders:
        raise HTTPException(404, f"there is no order {number}")
    return orders[number]


@app.get("/orders")
def list_orders(status: str | None = None) -> dict[str, Any]:
    """Return the orders, all of them or those with a status."""
    found = [order for order in orders.values() if status in (None, order["status"])]
    return {"orders": found, "count": len(found)}


@app.delete("/orders/{number}", status_code=204)
def cancel_order(number: int) -> Response:
    """Cancel one order."""
    if orders.pop(number, None) is None:
        raise HTTPException(404, f"there is no order {number}")
    return Response(status_code=204)


STATES: dict[str, list[tuple[int, str]]] = {
    "": [],
    "no orders": [],
    "order 42 exists": [(42, "PAID")],
    "orders 42 and 43 exist": [(42, "PAID"), (43, "OPEN")],
}


@app.post("/_states")
def provider_state(state: Annotated[str, Body()], action: Annotated[str, Body()]) -> dict[str, str]:
    """Bring the service into the state that an interaction is given. Only for tests: never route it to the outside."""
    if state not in STATES:
        raise HTTPException(400, f"unknown provider state: {state}")
    orders.clear()
    for number, status in STATES[state] if action == "setup" else []:
        place(number, status)
    return {}
