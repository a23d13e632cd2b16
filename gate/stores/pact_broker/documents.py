"""The shapes of the broker's answers, as far as they are read. Source: recordings of an unmodified broker 2.120.0."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from gate.clients.pact_broker.errors import BrokerError
from gate.clients.pact_broker.resource import Resource


class Document(BaseModel):
    """A part of an answer. What is not named here is left alone."""

    model_config = ConfigDict(frozen=True)


class Named(Document):
    """Something with a name."""

    name: str


class Numbered(Document):
    """A version."""

    number: str


class Target(Document):
    """A link."""

    href: str


class _SelfLink(Document):
    self: Target


class _Occupant(Document):
    pacticipant: Named
    version: Numbered


class LiveRecord(Document):
    """A deployed or released version [R137, R139]."""

    occupant: _Occupant = Field(alias="_embedded")
    links: _SelfLink = Field(alias="_links")
    created_at: datetime | None = Field(alias="createdAt", default=None)
    instance: str | None = Field(alias="applicationInstance", default=None)
    deployed: StrictBool = Field(alias="currentlyDeployed", default=True)
    supported: StrictBool = Field(alias="currentlySupported", default=True)


class _Deployed(Document):
    records: tuple[LiveRecord, ...] = Field(alias="deployedVersions")


class Deployed(Document):
    """Everything that is deployed in an environment [R137]."""

    content: _Deployed = Field(alias="_embedded")


class _Released(Document):
    records: tuple[LiveRecord, ...] = Field(alias="releasedVersions")


class Released(Document):
    """Everything that is released and supported in an environment [R139]."""

    content: _Released = Field(alias="_embedded")


class Environment(Named):
    """An environment, which leads to what is live in it."""

    links: dict[str, Any] = Field(alias="_links")


class _Environments(Document):
    environments: tuple[Environment, ...]


class Environments(Document):
    """All environments [R041]."""

    content: _Environments = Field(alias="_embedded")


class Properties(Document):
    """What applies to the verification of one contract [R065]. A flag that is not there does not excuse it."""

    pending: StrictBool = False
    wip: StrictBool = False


class Selected(Document):
    """A contract that was selected [R065]."""

    properties: Properties = Field(alias="verificationProperties")
    links: _SelfLink = Field(alias="_links")


class _Selected(Document):
    pacts: tuple[Selected, ...]


class ForVerification(Document):
    """Contracts for verification [R065]."""

    content: _Selected = Field(alias="_embedded")


class Pacticipant(Named):
    """An application [R031, R260]."""

    main_branch: str | None = Field(alias="mainBranch", default=None)


class Repository(Document):
    """Where an application is made [R031], as whoever created it says."""

    url: str | None = Field(alias="repositoryUrl", default=None)
    name: str | None = Field(alias="repositoryName", default=None)
    namespace: str | None = Field(alias="repositoryNamespace", default=None)


class _VersionLinks(Document):
    pacts: tuple[Target, ...] = Field(alias="pb:pact-versions")


class _Branches(Document):
    branches: tuple[Named, ...] = Field(alias="branchVersions")


class Version(Numbered):
    """A version of an application, with the contracts that it has as a consumer [R043, R154]."""

    content: _Branches = Field(alias="_embedded")
    links: _VersionLinks = Field(alias="_links")


class _Versions(Document):
    versions: tuple[Version, ...]


class Versions(Document):
    """Versions of an application, the newest first [R154]."""

    content: _Versions = Field(alias="_embedded")


class _BranchNames(Document):
    branches: tuple[Named, ...]


class Branches(Document):
    """Branches of an application [R158]."""

    content: _BranchNames = Field(alias="_embedded")


class Pact(Document):
    """Whose contract it is [R066]."""

    consumer: Named
    provider: Named


class Row(Document):
    """One line of the matrix [R116, R173]."""

    class Side(Document):
        """A consumer or a provider; a version that verified nothing is left out."""

        name: str
        version: Numbered | None = None

    class Result(Document):
        """Of a verification."""

        success: StrictBool
        verified_at: datetime | None = Field(alias="verifiedAt", default=None)
        links: _SelfLink | None = Field(alias="_links", default=None)

    consumer: Side
    provider: Side
    result: Result | None = Field(alias="verificationResult", default=None)


class Matrix(Document):
    """Pairs and their results [R116]."""

    rows: tuple[Row, ...] = Field(alias="matrix")


class _Notice(Document):
    kind: str = Field(alias="type", default="info")
    text: str


class _PublishedVersion(Document):
    version: Numbered


class Published(Document):
    """What the broker says of contracts that were published [R017]."""

    notices: tuple[_Notice, ...] = ()
    content: _PublishedVersion = Field(alias="_embedded")


class KeptVerification(Document):
    """What the broker made of a result [R085]."""

    version: str = Field(alias="providerApplicationVersion")
    success: StrictBool


Kind = TypeVar("Kind", bound=Document)


def is_part(resource: Resource) -> bool:
    """Say whether an answer is one page of several."""
    page = resource.content.get("page")
    pages = page.get("totalPages") if isinstance(page, dict) else None
    return bool(resource.links("next")) or (isinstance(pages, int) and pages > 1)


def read(kind: type[Kind], resource: Resource, *, whole: bool = True) -> Kind:
    """Read an answer as what it should be.

    Args:
        kind: what it should be.
        resource: the answer.
        whole: whether one page of several is too little.

    Raises:
        BrokerError: it is something else. Nothing of it is used then.
    """
    if whole and is_part(resource):
        raise BrokerError(
            "the answer is one page of several, and the gate asked for all.",
            where=resource.url,
            remedy="Please report it: the broker may be newer than this gate.",
        )
    try:
        return kind.model_validate(resource.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BrokerError(
            f"the answer is not what a Pact Broker says there: {place}: {first['msg']}.",
            where=resource.url,
            remedy="Is the broker 2.89 or newer?",
        ) from error
