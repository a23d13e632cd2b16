"""Which secrets a run was given, and having the runner hide them too."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gate.domain.redaction import Redactor, environment_secrets, header_secrets
from gate.domain.verdict import Decision
from gate.settings.groups import Settings
from gate.wiring.store import secrets_of
from gate.wiring.surroundings import Surroundings

SHORTEST_MASK: Final = 8
"""What the runner hides it hides in the whole job, and an output with it in it is lost: no short word may be."""
WORDS: Final = (*Decision, "true", "false", "contracts broken honoured interactions unverified")
"""Of the outputs, which are lost with a hidden word in them."""


def secrets_given(settings: Settings) -> Iterator[str]:
    """Yield every secret that a gate was given."""
    yield from header_secrets(settings.provider.headers)
    yield from environment_secrets(settings.provider.env)
    yield from secrets_of(settings)
    if settings.github.token is not None:
        yield settings.github.token


def mask(every: Sequence[Settings], surroundings: Surroundings) -> None:
    """Have the runner hide the secrets, in each form. What is part of something public is none that it could hide."""
    if surroundings.log is None:
        return
    public = [text for settings in every for text in _public(settings, surroundings)]
    forms = Redactor(secret for settings in every for secret in secrets_given(settings)).forms
    surroundings.log.mask(
        form
        for form in forms
        if len(form) >= SHORTEST_MASK
        and len(form.splitlines()) == 1  # each line of it is a form of its own
        and not any(form in text for text in public)
    )


def _public(settings: Settings, surroundings: Surroundings) -> Iterable[str]:
    """Yield what names the run, and what its outputs say."""
    own, context = settings.candidate, surroundings.context
    yield from (*WORDS, own.service, *own.environment, settings.output.report)
    yield from (text for text in (own.version, own.branch, own.application_instance) if text is not None)
    if context is not None:
        yield from (text for text in (context.run.repository, context.run.commit, context.branch) if text is not None)
