"""What may not be said of a provider together: what nobody could start or reach, and replicas that would be one.

Two replicas that are one share their states: what is set up for one interaction would decide how another comes out.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from gate.domain.errors import ConfigurationError
from gate.settings.groups import CONTAINER_URL, MOST_AT_ONCE, ProviderSettings

IN_CONTAINER: Final = re.compile(r"https?://\{host\}:\{port\}(/.*)?")
PORT_OF_ITS_OWN: Final = re.compile(r"https?://[^/]*:[^/:]*\{(port|replica)\}")
HERE: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104 - compared, not listened on
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def check_provider(provider: ProviderSettings) -> None:
    """Refuse what contradicts itself, and replicas that would get in each other's way.

    Raises:
        ConfigurationError: naming the settings, and what to do.
    """
    if not provider.is_named:
        raise ConfigurationError(
            "none of provider-url, provider-command and provider-image is set, so there is nothing to verify.",
            remedy="Give the address of the running provider, or the command or the image that starts it.",
        )
    if provider.image is None and provider.port is not None:
        raise ConfigurationError(
            "provider-port only means something together with provider-image.",
            remedy="Write the port into provider-url.",
        )
    _check_addresses(provider)
    _refuse_same_address(provider)
    if not _are_several(provider):
        return
    if provider.parallel:
        raise ConfigurationError(
            "provider-parallel is set, and there are replicas of the provider: each says how many are asked at a time.",
            remedy="Leave provider-parallel out: every replica is asked beside the others, with its own states.",
        )
    if len(provider.url) > 1 and provider.replicas != 1:
        raise ConfigurationError(
            "provider-replicas says how many the gate starts, and each provider-url is one that already runs.",
            remedy="Leave provider-replicas out: every provider-url is a replica.",
        )
    _refuse_clash(provider)
    _refuse_shared_states(provider)


def _starts(provider: ProviderSettings) -> bool:
    return provider.command is not None or provider.image is not None


def _are_several(provider: ProviderSettings) -> bool:
    return provider.replicas != 1 or len(provider.url) > 1


def _check_addresses(provider: ProviderSettings) -> None:
    """Refuse addresses that lead nowhere, or elsewhere than to what is started."""
    if provider.image is not None and not all(IN_CONTAINER.fullmatch(url) for url in provider.url or (CONTAINER_URL,)):
        raise ConfigurationError(
            "provider-url is where a provider already listens, and provider-image starts one.",
            remedy="Give one of them. For another scheme or a base path write provider-url: https://{host}:{port}/path.",
        )
    if _starts(provider) and len(provider.url) > 1:
        raise ConfigurationError(
            "several provider-urls are replicas that already run, and provider-command or provider-image starts them.",
            remedy="Give one of them; provider-replicas says how many are started.",
        )
    for name, address in _addresses(provider):
        if provider.image is None and "{host}" in address:
            raise ConfigurationError(
                f"{name} has {{host}}, which only means something together with provider-image.",
                remedy="Write the host that the provider listens on.",
            )
        if not _starts(provider) and "{port}" in address:
            raise ConfigurationError(
                f"{name} has {{port}}, which only means something together with provider-command or provider-image.",
                remedy="Write the port that the provider listens on.",
            )
    if not _starts(provider) and any("{replica}" in url for url in provider.url):
        raise ConfigurationError(
            "provider-url has {replica}, and the gate starts none of the replicas.",
            remedy="Give the address of each, one a line.",
        )


def _addresses(provider: ProviderSettings) -> Iterator[tuple[str, str]]:
    for url in provider.url:
        yield "provider-url", url
    yield from _helpers(provider)


def _helpers(provider: ProviderSettings) -> Iterator[tuple[str, str]]:
    if provider.states_url is not None:
        yield "provider-states-url", provider.states_url
    if provider.messages_url is not None:
        yield "provider-messages-url", provider.messages_url


def _refuse_same_address(provider: ProviderSettings) -> None:
    """Refuse a replica that is told of twice."""
    places = set()
    for url in provider.url if len(provider.url) > 1 else ():
        parts = urlsplit(url)
        host = "localhost" if parts.hostname in HERE else parts.hostname
        place = (host, parts.port or DEFAULT_PORTS[parts.scheme], parts.path)
        if place in places:
            raise ConfigurationError(
                "two of the provider-urls are the same address, and each of them has to be a replica of its own.",
                where=url,
                remedy="Leave one out. If a single provider may be asked several things at a time: provider-parallel.",
            )
        places.add(place)


def _refuse_clash(provider: ProviderSettings) -> None:
    """Refuse replicas that would listen on the same port."""
    if provider.replicas == 1:
        return
    if not _starts(provider):
        raise ConfigurationError(
            "provider-replicas says how many the gate starts, and it starts none of what is at provider-url.",
            remedy="Start the replicas yourself, and give several provider-urls, one a line.",
        )
    if provider.command is None or provider.image is not None:
        return  # a container has all its ports to itself
    told = (provider.command, *(value for _, value in provider.env))
    if not any(mark in text for text in told for mark in ("{port}", "{replica}")):
        raise ConfigurationError(
            "provider-replicas starts provider-command several times, and nothing in it says which port each takes.",
            remedy="Write {port} in provider-command or provider-env, where the provider is told its port.",
        )
    for url in provider.url:
        if PORT_OF_ITS_OWN.match(url) is None:
            raise ConfigurationError(
                "provider-replicas starts provider-command several times, and provider-url has one port for all.",
                where=url,
                remedy="Leave provider-url out, or write {port} in place of its port.",
            )
        _refuse_port_out_of_range(url, MOST_AT_ONCE if provider.replicas == "auto" else provider.replicas)


def _refuse_port_out_of_range(url: str, replicas: int) -> None:
    last = url.replace("{port}", "1").replace("{replica}", str(replicas))
    try:
        urlsplit(last).port  # noqa: B018 - it is read to be checked
    except ValueError as error:
        raise ConfigurationError(
            f"provider-url leads to no port for replica {replicas}: {error}.",
            where=last,
            remedy="Write {port} in place of its port.",
        ) from error


def _refuse_shared_states(provider: ProviderSettings) -> None:
    """Refuse one address for all replicas: nobody there could know whose states are meant."""
    own = "{host}" if provider.image is not None else "{port}"
    for name, address in _helpers(provider):
        if not address.startswith("/") and "{replica}" not in address and own not in address:
            raise ConfigurationError(
                f"{name} is the same for all replicas of the provider, so that it could not tell them apart.",
                where=address,
                remedy="Write a path at the provider, or {replica} in the address.",
            )
