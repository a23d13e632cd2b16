"""orders-api: the provider. Its pipeline verifies what web-app expects before it is deployed."""

from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException

app = FastAPI(title="orders-api")
orders: dict[int, dict[str, Any]] = {}


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


@app.post("/_states")
def provider_state(state: Annotated[str, Body()], action: Annotated[str, Body()]) -> dict[str, str]:
    """Bring the service into the state that an interaction is given. Only for tests: never route it to the outside."""
    orders.clear()
    if state == "order 42 exists" and action == "setup":
        orders[42] = {"id": 42, "status": "PAID", "total": 19.9}
    return {}
