"""Asking an engine, without a pipeline around it."""

from gate.domain.contracts import Contract
from gate.domain.results import InteractionResult
from gate.ports import Piece, Session, Target, VerificationEngine


def pieces_of(engine: VerificationEngine, *contracts: Contract) -> list[Piece]:
    """Return all interactions of contracts."""
    return [Piece(one, interaction) for one in contracts for interaction in engine.interactions(one)]


def in_order(session: Session, pieces: list[Piece], *, fresh: bool = False) -> list[InteractionResult]:
    """Return the results in the order of the pieces, however they come; each exactly once."""
    told = sorted(session.verify(pieces, fresh=fresh), key=lambda one: one[0])
    assert [number for number, _ in told] == list(range(len(pieces)))
    return [result for _, result in told]


def verified(engine: VerificationEngine, one: Contract, *targets: Target) -> list[InteractionResult]:
    """Verify one contract."""
    with engine.session(targets) as session:
        return in_order(session, pieces_of(engine, one))
