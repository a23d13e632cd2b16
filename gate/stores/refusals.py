"""What stores refuse to keep, in the same words whichever it is."""

from collections.abc import Sequence

from gate.domain.contracts import PacticipantVersion, short_version
from gate.domain.errors import ConflictError


def changed_content(
    consumer: PacticipantVersion, providers: Sequence[str], *, where: str, details: tuple[str, ...]
) -> ConflictError:
    """Say that a version has other contracts already: results of those would be taken for results of these."""
    return ConflictError(
        f"{consumer.name} {short_version(consumer.version or '')} was already published with other content for "
        f"{', '.join(providers)}, and nothing was published now.",
        where=where,
        remedy="Publish changed contracts as another version, normally the commit that changed them.",
        details=details,
    )
