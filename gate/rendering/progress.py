"""How a run goes: its words while it goes on, for a terminal and for a log."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from gate.domain.contracts import Contract
from gate.domain.results import InteractionResult, Outcome, succeeded
from gate.domain.verdict import Standing, counted_interactions
from gate.rendering import wording
from gate.rendering.safe_text import brief
from gate.rendering.terminal import MARKS, STYLES, VALUE_LIMIT, not_honoured

STANDINGS: Final = {True: Standing.HONOURED, False: Standing.BROKEN, None: Standing.UNVERIFIED}


def verifying(contracts: int, at_once: int) -> str:
    """`verifying 150 contracts, 4 at once`."""
    return f"verifying {_counted(contracts)}{_at_once(at_once)}"


def extent(contracts: int, interactions: int, distinct: int, at_once: int) -> str:
    """`verifying 150 contracts: 7500 interactions, 3000 of them distinct, 4 at once`."""
    which = f", {distinct} of them distinct" if distinct != interactions else ""
    return f"verifying {_counted(contracts)}: {counted_interactions(interactions)}{which}{_at_once(at_once)}"


def trying_again(interactions: int) -> str:
    """`trying 3 interactions again`."""
    return f"trying {counted_interactions(interactions)} again"


def name(contract: Contract) -> str:
    """`web-app 1.2.0`."""
    return brief(str(contract.consumer), VALUE_LIMIT)


def through(contract: Contract, results: Sequence[InteractionResult]) -> Text:
    """`✓ web-app 1.2.0: 50 interactions honoured (45 as verified for web-app 1.1.0), 0.8 s`."""
    standing = STANDINGS[succeeded(results)]
    where = f" ({brief(contract.source, VALUE_LIMIT)})" if contract.selection is None else ""
    came_of_it = f"{wording.tally_of(results)}{_not_every_time(results)}{_known_from(results)}{_seconds(results)}"
    return Text(f"{MARKS[standing]} {name(contract)}: {came_of_it}{where}", STYLES[standing])


def details(contract: Contract, results: Sequence[InteractionResult]) -> Iterator[RenderableType]:
    """Yield what to print of the interactions that did not pass, as the report at the end has it."""
    standing = STANDINGS[succeeded(results)]
    return not_honoured(MARKS[standing], name(contract), STYLES[standing], results)


def _counted(contracts: int) -> str:
    return "1 contract" if contracts == 1 else f"{contracts} contracts"


def _at_once(at_once: int) -> str:
    return f", {at_once} at once" if at_once > 1 else ""


def _not_every_time(results: Sequence[InteractionResult]) -> str:
    failed = [result for result in results if result.outcome is Outcome.FAILED]
    return ", not every time" if failed and all(result.flaky for result in failed) else ""


def _known_from(results: Sequence[InteractionResult]) -> str:
    """` (45 as verified for web-app 1.1.0, 3 in an earlier run)`."""
    same = Counter(result.same_as for result in results if result.same_as)
    reused = sum(bool(result.reused) for result in results)
    said = []
    if same:
        others = f" and {len(same) - 1} more" if len(same) > 1 else ""
        said.append(f"{same.total()} as verified for {brief(next(iter(same)), VALUE_LIMIT)}{others}")
    if reused:
        said.append(f"{reused} verified in an earlier run")
    return f" ({', '.join(said)})" if said else ""


def _seconds(results: Sequence[InteractionResult]) -> str:
    """Say how long the interactions took that were tried for this contract; nothing where there are none."""
    tried = [result.duration for result in results if result.tries and not result.same_as and not result.reused]
    return f", {sum(tried):.1f} s" if tried else ""
