"""What may not be said together, and what has to be: rules between settings, each of which is fine alone."""

import os
from collections.abc import Mapping, Sequence

from gate.domain.errors import ConfigurationError
from gate.settings.commands import Command
from gate.settings.declaration import FILE_NAME
from gate.settings.groups import (
    BrokerSettings,
    OutputSettings,
    ProviderSettings,
    Settings,
    StoreSettings,
)
from gate.settings.provider_checks import check_provider


def check_together(settings: Settings, command: Command) -> None:
    """Refuse settings that contradict each other, or that lack what the command needs.

    Raises:
        ConfigurationError: naming the settings, and what to do.
    """
    if _share(_files(settings.output)):
        raise ConfigurationError(
            "two of report, markdown and junit name the same file.", remedy="Give each a path of its own."
        )
    if settings.candidate.stage == "deploy" and not settings.candidate.environment:
        raise ConfigurationError(
            "stage deploy needs an environment.", remedy="Say where it is deployed to, such as environment: production."
        )
    own = settings.candidate
    if own.support_ended and (command is not Command.RECORD_UNDEPLOYMENT or own.version is None):
        raise ConfigurationError(
            "support-ended only means something together with record-undeployment and version.",
            remedy="Name the release whose support has ended, or leave it out.",
        )
    if settings.store.store is not None:
        _check_with_built_in_store(settings)
    _check_part(settings, command)
    if command.posts:
        return  # the rest was for the run whose report it is
    if command is Command.PUBLISH or command.record:
        _check_writing(settings, command)
    elif not settings.has_store:
        _check_without_store(settings)
    elif settings.contracts.contracts:
        store = "broker-url" if settings.broker.url is not None else "store"
        raise ConfigurationError(
            f"contracts and {store} are both set, and contracts come from one of them.",
            remedy="Give one of them. Copies of contracts that a store holds prove nothing.",
        )
    _check_access_to_broker(settings.broker)
    _check_access_to_store(settings.store)
    if command.verifies and (settings.provider != ProviderSettings() or not settings.has_store):
        check_provider(settings.provider)


def _check_part(settings: Settings, command: Command) -> None:
    """Refuse to look at a part where somebody may take it for the whole."""
    own = settings.verification
    part = {"consumer": own.consumer, "interaction": own.interaction}
    if any(part.values()) and command is not Command.VERIFY:
        names = " and ".join(name for name, value in part.items() if value)
        raise ConfigurationError(
            f"a part is asked for ({names}), and {command} is about all of it.",
            remedy="Leave it out, or use `gate verify` to see a part on a laptop.",
        )


def refuse_shared_files(every: Sequence[Settings]) -> None:
    """Refuse several services whose reports would be one file.

    Raises:
        ConfigurationError: naming the services.
    """
    if _share([path for one in every for path in _files(one.output)]):
        names = ", ".join(one.candidate.service for one in every)
        raise ConfigurationError(
            f"the reports of several services would be one file: {names}.",
            remedy="Give each service its path in the gate file, or name one service in a step of its own.",
        )


def _files(output: OutputSettings) -> list[str]:
    return [path for path in (output.report, output.markdown, output.junit) if path]


def _share(paths: Sequence[str]) -> bool:
    return len({os.path.realpath(path) for path in paths}) < len(paths)


def _check_with_built_in_store(settings: Settings) -> None:
    """Refuse what only a broker knows."""
    if settings.broker.url is not None:
        raise ConfigurationError(
            "broker-url and store are both set, and contracts, results and deployments are kept in one place.",
            remedy="Give one of them.",
        )
    if settings.contracts.contract_url is not None:
        raise ConfigurationError(
            "contract-url is what a Pact Broker's webhook names, and the built-in store has no webhooks.",
            remedy="Leave it out: what the service has to honour is found in the store.",
        )
    selectors = settings.contracts.consumer_version_selectors or ()
    tagged = [name for one in selectors for name, _ in one if name in {"tag", "fallbackTag"}]
    if settings.publishing.tags or tagged:
        said = f"consumer-version-selectors has {tagged[0]}" if tagged else "tags is set"
        raise ConfigurationError(
            f"{said}, and the built-in store knows branches and environments, no tags.",
            remedy="Leave it out: a branch says what is worked on, and record-deployment what is live.",
        )


def _check_writing(settings: Settings, command: Command) -> None:
    """Ask for what publishing and recording need."""
    if not settings.has_store:
        raise ConfigurationError(
            f"broker-url is missing, and so is store: {command} writes to one of them.",
            remedy="Give the address of the Pact Broker, or the git repository or folder that is the store.",
        )
    if command is Command.PUBLISH and not settings.contracts.contracts:
        raise ConfigurationError(
            "contracts is missing: nothing says what to publish.",
            remedy="Name the Pact files that the tests of the service wrote: files, folders or globs.",
        )
    if command.record and not settings.candidate.environment:
        raise ConfigurationError(
            f"environment is missing: {command} is about where a version is.",
            remedy="Say where, such as environment: production.",
        )
    is_release = settings.candidate.support_ended or command is Command.RECORD_RELEASE
    if is_release and settings.candidate.application_instance is not None:
        raise ConfigurationError(
            "application-instance means nothing to a release: it stays beside those before it.",
            remedy="Leave it out, or record it for a deployment.",
        )


def _check_without_store(settings: Settings) -> None:
    """Ask for contracts, and refuse what files alone cannot answer."""
    if not settings.contracts.contracts:
        raise ConfigurationError(
            "neither broker-url nor contracts is set, nor is store: the gate does not know where the contracts are.",
            remedy=(
                "Give the address of the Pact Broker (broker-url), or the git repository or folder that is the store "
                "(store), or name files, folders, globs or addresses: --contracts, GATE_CONTRACTS, or the key in "
                f"{FILE_NAME}."
            ),
        )
    own = settings.contracts
    _refuse_useless({"contract-url": own.contract_url}, "broker-url")
    useless = {
        "consumer-version-selectors": own.consumer_version_selectors,
        "wip-since": own.wip_since,
        "consumes": own.consumes,
        "wait": settings.verification.wait,
        "publish-results: always": settings.publishing.publish_results == "always",
        "first-deployment": settings.candidate.first_deployment,
        "application-instance": settings.candidate.application_instance,
    }
    _refuse_useless(useless, "broker-url or store", ": files know no versions and no deployments")


def _check_access_to_broker(broker: BrokerSettings) -> None:
    if broker.url is None:
        own = {
            "token": broker.token,
            "username": broker.username,
            "password": broker.password,
            "ca-file": broker.ca_file,
        }
        _refuse_useless({f"broker-{name}": value for name, value in own.items()}, "broker-url")
    if broker.token is not None and (broker.username is not None or broker.password is not None):
        raise ConfigurationError(
            "broker-token and broker-username are both set.",
            remedy="Give the token for PactFlow, or user and password for a Pact Broker.",
        )
    if (broker.username is None) != (broker.password is None):
        raise ConfigurationError(
            "only one of broker-username and broker-password is set.",
            remedy="Give both. Pull requests from forks, and Dependabot's, get no secrets.",
        )


def _check_access_to_store(own: StoreSettings) -> None:
    if own.store is None:
        _refuse_useless(
            {"store-branch": "store_branch" in own.model_fields_set, "store-token": own.store_token}, "store"
        )
    elif own.store_token is not None and not own.takes_token:
        raise ConfigurationError(
            "store-token is set, and a token is for https: the store is reached otherwise.",
            where=own.store,
            remedy="Give the repository's https address, or leave the token out: ssh has keys, a path needs neither.",
        )


def _refuse_useless(settings: Mapping[str, object], needed: str, reason: str = "") -> None:
    for name, value in settings.items():
        if value:
            raise ConfigurationError(
                f"{name} only means something together with {needed}{reason}.",
                remedy=f"Set {needed}, or leave it out.",
            )
