"""What a run is made of, and what it knows while it goes on."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gate.domain.contracts import Contract, Fault, Format, Interaction
from gate.domain.errors import GateError
from gate.domain.exceptions import AgreedException
from gate.domain.live import LiveVersion
from gate.domain.matrix import Need, Pair
from gate.domain.redaction import Redactor
from gate.domain.report import Candidate, Record, Report, Reproduction, Run, Tested
from gate.domain.results import InteractionResult, settle
from gate.domain.reuse import Basis
from gate.domain.verdict import Integration, OnNoContracts
from gate.ports import (
    ContractSource,
    ContractStore,
    EarlierResults,
    Kept,
    Provider,
    Reporter,
    ResultKeeper,
    VerificationEngine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user said where the rules leave a choice."""

    on_no_contracts: OnNoContracts
    first_deployment: bool = False
    """Whether an environment in which nothing is live is expected."""
    consumes_none: bool = False
    """Whether it is meant that the candidate has no contract with any provider."""
    wait: float = 0.0
    """Seconds to wait for the results of providers."""
    merging: bool = True
    """Whether what is the same is tried once."""
    allows_flaky: bool = False
    """Whether what passes when it is tried again counts as passed."""
    consumer: str | None = None
    """Whose contracts alone are looked at; None for everybody's."""
    interaction: str | None = None
    """The description of the only interactions that are looked at; None for all."""

    @property
    def is_part(self) -> bool:
        """Whether a part is looked at, which allows nothing."""
        return self.consumer is not None or self.interaction is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How results are kept."""

    keeper: ResultKeeper
    trusting: bool
    """Whether the user's word is enough where nothing shows which version ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reusing:
    """Where earlier results are, and what one must rest on to be reused."""

    earlier: EarlierResults
    basis: Callable[[str], Basis]
    """By the commit whose code runs. It takes a moment."""
    pinned: bool
    """Whether the provider is what an image itself starts, and that is named by its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Everything that one run needs."""

    candidate: Candidate
    tested: Tested
    look: Callable[[], Tested]
    """Looks again at what is there, as starting the provider may have changed it."""
    run: Run | None
    """The pipeline's run, None on a laptop."""
    page: str = ""
    """That made what is kept and recorded; empty when there is none."""
    policy: Policy
    source: ContractSource
    """Of the contracts that the candidate is to honour."""
    store: ContractStore | None
    """Who is live and which results there are; None for loose files, which know neither."""
    engines: Mapping[Format, VerificationEngine]
    provider: Provider | None
    """None when nothing is verified: then the results that the store keeps decide."""
    record: Record | None = None
    """What is to be recorded, before it is decided; None when nothing is."""
    keeping: Keeping | None = None
    """None when the results of this run are not kept."""
    reusing: Reusing | None = None
    """None when nothing is reused, and nothing is kept for that."""
    reporters: Sequence[Reporter]
    exceptions: tuple[AgreedException, ...] = ()
    """Those that are in force today."""
    faults: tuple[Fault, ...] = ()
    """What is known to be wrong before it begins."""
    notes: tuple[str, ...] = ()
    """What a reader of the report must know of the settings."""
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who answers for which pacticipant, as the gate file says."""
    may_mention: bool = True
    """Whether they may be told by name: not when a stranger may have written that file."""
    reproduction: Reproduction | None = None
    """How to see on a laptop what this run sees."""
    redact: Redactor
    warn: Callable[[str], None]
    """Told of news that could not be delivered."""
    pause: Callable[[float], None] = time.sleep


@dataclass(slots=True)
class Planned:
    """A contract that the candidate is to honour, on its way to becoming an integration."""

    contract: Contract
    interactions: tuple[Interaction, ...] = ()
    results: dict[int, InteractionResult] = field(default_factory=dict)
    """What is known so far, by the interaction's position."""
    empty: bool = False
    """Whether it has no interactions."""
    fault: Fault | None = None

    def note(self, result: InteractionResult) -> None:
        """Take a result for an interaction that has none. A second one makes both doubtful."""
        position = result.interaction.position
        told = [one for one in (self.results.get(position), result) if one is not None]
        self.results[position] = settle([result.interaction], told)[0]


@dataclass(slots=True, kw_only=True)
class Progress:
    """What is known so far; complete at every moment, so that an interrupted run can be reported."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float
    """The monotonic clock's reading at the start, in seconds."""
    begun: bool = False
    report: Report | None = None
    """None until it is decided."""
    waiting: list[Reporter] = field(default_factory=list)
    """Those who have not been told the end."""
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the source says of how it chose."""
    unread: tuple[tuple[str, str], ...] = ()
    """Consumer and content of contracts that are relevant and could not be read."""
    planned: list[Planned] = field(default_factory=list)
    """What the candidate is to honour."""
    own: tuple[Contract, ...] = ()
    """What the candidate expects of its providers."""
    expecting_nothing: set[tuple[str, str, str]] = field(default_factory=set)
    """The keys of contracts of its own that have no interactions."""
    live: tuple[LiveVersion, ...] = ()
    """Everything live where the candidate is headed, as last read."""
    needs: tuple[Need, ...] = ()
    """Who must honour what the candidate expects."""
    kept: Mapping[Pair, Kept] = field(default_factory=dict)
    """What the store keeps."""
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who answers for pacticipants of which the gate file does not say it, as the store says."""
    broken_before: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    """By the contract's key: whether it was broken before this change, too, where somebody can tell."""
    known: bool | None = None
    """Whether the store knows the service; None when it was not asked."""
    recorded: tuple[str, ...] = ()
    """The environments in which what was to be recorded is confirmed."""
    replaced: tuple[str, ...] = ()
    """Those in which it was recorded, and something else is there all the same."""
    unconfirmed: bool = False
    """Whether something may have been recorded, and nobody has read it again yet."""
    left: list[Integration] = field(default_factory=list)
    """Consumers that are live where no version of the service is any more."""
    versions: tuple[str, ...] = ()
    """What was undeployed."""
    fetched: bool = False
    """Whether the source has said which contracts there are."""
    looked_up: bool = False
    """Whether the store has said who is live and which results there are."""
    faults: list[Fault] = field(default_factory=list)
    ran: bool = False
    """Whether the provider was started or reached."""
    verified: bool = False
    """Whether it was the same one until everything was verified."""
    tested_after: Tested | None = None
    """What was there then."""
    exit_code: int | None = None
    """Set when something other than the verdict decides it."""
    stopped: tuple[Fault, ...] = ()
    """That a signal was heard, after which nothing new is begun."""

    def note_fault(self, error: GateError) -> None:
        """Remember what kept the gate from knowing, once."""
        fault = Fault.of(error)
        if fault not in self.faults:
            self.faults.append(fault)
