"""Publishing, put together."""

from gate.clients.streams import say
from gate.domain.contracts import Format, PacticipantVersion
from gate.domain.errors import ConfigurationError
from gate.domain.redaction import Redactor
from gate.pipeline import Publishing
from gate.settings.groups import Settings
from gate.wiring.masking import mask, secrets_given
from gate.wiring.news import warn
from gate.wiring.store import sources_of, store_of
from gate.wiring.surroundings import Surroundings
from gate.wiring.version import candidate_of, page_of, refuse_other_code


def wire_publishing(settings: Settings, surroundings: Surroundings) -> Publishing:
    """Put together what publishes a consumer's contracts.

    Raises:
        ConfigurationError: they would be published as somebody else's.
    """
    from gate.engines.pact_engine.engine import PactEngine
    from gate.stores.contract_files import ContractFiles

    mask([settings], surroundings)
    own, context = settings.publishing, surroundings.context
    limit = settings.contracts.max_contract_size
    named = candidate_of(settings.candidate, surroundings)
    if context is not None and context.foreign and settings.candidate.branch is None:
        raise ConfigurationError(
            f"a fork's pull request publishes nothing: its branch {named.branch} is none of this repository's.",
            remedy="Publish from the repository's own branches, or set branch to a name that none of them has.",
        )
    refuse_other_code(settings, surroundings, named)
    engine = PactEngine(surroundings.environment)
    store = store_of(settings, surroundings, engine)
    return Publishing(
        consumer=PacticipantVersion(name=named.service, version=named.version, branch=named.branch),
        tags=own.tags,
        url=page_of(settings, surroundings),
        owners=dict(settings.owners).get(named.service, ()),
        files=ContractFiles(sources_of(settings.candidate, settings.contracts.contracts), engine, size_limit=limit),
        store=store.store,
        publisher=store.publisher,
        engines={Format.PACT: engine},
        redact=Redactor(secrets_given(settings)),
        say=say,
        warn=lambda message: warn(message, surroundings.log),
    )
