"""All settings, adapter by adapter: what each is called, what kind of value it has, and what it is for."""

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gate.domain.exceptions import AgreedException
from gate.domain.report import Reproduction, Stage
from gate.domain.verdict import OnNoContracts
from gate.settings.kinds import (
    BranchName,
    Day,
    Environment,
    Folder,
    Headers,
    HttpUrl,
    HttpUrlOrPath,
    HttpUrls,
    Lines,
    Name,
    Names,
    PageUrl,
    Port,
    Replicas,
    Seconds,
    Selectors,
    Size,
    StoreAddress,
    Switch,
    Text,
    Token,
    UrlPath,
    Wait,
)

CONTAINER_URL: Final = "http://{host}:{port}"
"""Where a provider in a container is reached unless provider-url says otherwise."""
MOST_AT_ONCE: Final = 8
"""How many replicas the gate starts at most when it chooses, and how many things a stateless provider is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a setting is for."""

    help: str
    default: str = ""
    """How to tell a person what is used without it; taken from the field's default where this is empty."""
    input_default: str = ""
    """What the action's input is when a workflow does not give it: an expression of the workflow's."""
    many: bool = False
    """Whether it takes several values: lines in an input, a repeated option on the command line."""
    secret: bool = False
    """Never shown, and never read from a file that is committed."""
    committable: bool = True
    """Whether the gate file may hold it. Facts of one run, such as the version, do not belong there."""


class Group(BaseModel):
    """Settings of one adapter."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CandidateSettings(Group):
    """The version that the verdict is about."""

    service: Annotated[Name, Meaning(help="The service to be deployed: its pacticipant name in the contracts.")]
    version: Annotated[
        Name | None,
        Meaning(
            help="Its version, normally a commit.",
            default="the commit that the workflow run is about, else git's HEAD",
            committable=False,
        ),
    ] = None
    branch: Annotated[
        Name | None,
        Meaning(
            help="The branch it was built from.",
            default="that commit's, else git's current branch; none for a version that is another commit",
            committable=False,
        ),
    ] = None
    environment: Annotated[
        Names, Meaning(help="Where it is headed, such as `production`; several are one a line.", many=True)
    ] = ()
    stage: Annotated[
        Stage,
        Meaning(help="`change`: could this be deployed? `deploy`: it is about to be; needs an environment."),
    ] = Stage.CHANGE
    path: Annotated[
        Folder,
        Meaning(
            help="The service's folder, where a repository has several: what `contracts` and `provider-command` start "
            "from.",
            default="the whole repository",
        ),
    ] = "."
    version_from: Annotated[
        Literal["commit", "path"],
        Meaning(
            help="Its version where none is given: `commit`, or the last commit that touched `path` (check out with "
            "fetch-depth: 0)."
        ),
    ] = "commit"
    application_instance: Annotated[
        Name | None,
        Meaning(
            help="Which instance of the service it replaces, where several are deployed side by side.",
            default="the only one",
            committable=False,
        ),
    ] = None
    support_ended: Annotated[
        bool,
        Meaning(
            help="`true`: `record-undeployment` is about the release `version`, and not about a deployment.",
            default="false",
            committable=False,
        ),
    ] = False
    first_deployment: Annotated[
        bool,
        Meaning(
            help="`true`: it is meant that nothing is live in the environment yet; otherwise stage `deploy` is unknown "
            "there.",
            default="false",
            committable=False,
        ),
    ] = False


class BrokerSettings(Group):
    """The Pact Broker or PactFlow that holds contracts, results and deployments."""

    url: Annotated[
        HttpUrl | None,
        Meaning(help="Address of the Pact Broker or PactFlow, with its base path if it has one."),
    ] = None
    token: Annotated[
        Text | None,
        Field(repr=False),
        Meaning(help="A token for PactFlow (bearer).", secret=True, committable=False),
    ] = None
    username: Annotated[Text | None, Meaning(help="User of the Pact Broker (basic authentication).")] = None
    password: Annotated[
        Text | None, Field(repr=False), Meaning(help="The user's password.", secret=True, committable=False)
    ] = None
    ca_file: Annotated[
        Text | None,
        Meaning(
            help="A PEM file of certificate authorities to trust for the broker.",
            default="`REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`, the machine's own",
        ),
    ] = None


class StoreSettings(Group):
    """The built-in store: a folder, or the same tree of files on a branch of a git repository."""

    store: Annotated[
        StoreAddress | None,
        Meaning(
            help="Where contracts, results and deployments are kept with no broker to run: a git repository "
            "(`https://...`, `ssh://...`, `git@host:path`, a path) or a folder."
        ),
    ] = None
    store_branch: Annotated[
        BranchName, Meaning(help="The branch of the store's repository; it holds the store and nothing else.")
    ] = "contract-gate"
    store_token: Annotated[
        Token | None,
        Field(repr=False),
        Meaning(
            help="A token that may read and write the contents of the store's repository (https).",
            default="`github-token`, where the store is on the same GitHub",
            secret=True,
            committable=False,
        ),
    ] = None

    @property
    def takes_token(self) -> bool:
        """Whether the store is reached in a way that knows tokens: ssh has keys, and a path needs neither."""
        return (self.store or "").startswith(("https://", "http://"))


class ContractSettings(Group):
    """Which contracts there are."""

    contracts: Annotated[
        Lines,
        Meaning(
            help="Pact files to verify (with `publish`, to publish), one a line: files, folders with their subfolders, "
            "globs, http(s) addresses.",
            many=True,
        ),
    ] = ()
    contract_url: Annotated[
        HttpUrl | None,
        Meaning(
            help="Verify this one contract of the broker and nothing else: the `pactUrl` of a webhook for "
            "contract_requiring_verification_published.",
            default="`client_payload.pact_url` of a repository_dispatch",
            committable=False,
        ),
    ] = None
    consumer_version_selectors: Annotated[
        Selectors | None,
        Meaning(
            help="Consumer version selectors as a JSON list, instead of the heads of main and matching branches. What "
            "is live in the environment is verified in any case.",
            default="main branches, and the branch of the same name",
        ),
    ] = None
    wip_since: Annotated[
        Day | None,
        Meaning(
            help="Also verify work in progress of consumers since this date (`2026-11-01`); it never blocks.",
            default="left out",
        ),
    ] = None
    consumes: Annotated[
        Literal["none"] | None,
        Meaning(
            help="`none`: the service expects nothing of others any more; otherwise a version that published no "
            "contracts is unknown where earlier ones did.",
        ),
    ] = None
    max_contract_size: Annotated[Size, Meaning(help="The largest contract that is read.", default="20 MiB")] = (
        20 * 1024**2
    )
    on_no_contracts: Annotated[
        OnNoContracts,
        Meaning(help="The verdict when no contract names the service as its provider: `unknown` or `allow`."),
    ] = OnNoContracts.UNKNOWN


class ProviderSettings(Group):
    """How the provider is started and reached."""

    url: Annotated[
        HttpUrls,
        Meaning(
            help="Where the provider listens, with its base path if it has one. Several, one a line, are replicas that "
            "you run: they are asked side by side, each with provider states of its own.",
            default="`http://127.0.0.1:{port}` with provider-command, `http://{host}:{port}` with provider-image",
            many=True,
        ),
    ] = ()
    command: Annotated[
        Text | None,
        Meaning(
            help="A shell command that starts the provider; `{port}` becomes a free port, `{replica}` the number of "
            "the replica. It is stopped for certain."
        ),
    ] = None
    image: Annotated[
        Text | None,
        Meaning(
            help="A container image that the gate starts as the provider; with provider-command, the runtime in which "
            "that runs, in the workspace. It is removed for certain."
        ),
    ] = None
    port: Annotated[
        Port | None,
        Meaning(help="The port that the provider listens on in provider-image.", default="the only one it exposes"),
    ] = None
    env: Annotated[
        Environment,
        Meaning(
            help="Environment of provider-command and provider-image, one `NAME=value` a line; `{port}` works, and "
            "`{replica}`.",
            many=True,
        ),
    ] = ()
    replicas: Annotated[
        Replicas,
        Meaning(
            help="How many of provider-command or provider-image are started and asked side by side, each with a port, "
            "a log and provider states of its own; what else they write to, `{replica}` has to keep apart. `auto`: one "
            "for each core, at most 8, and no more than one for each 100 interactions.",
            default="1",
        ),
    ] = 1
    parallel: Annotated[
        bool,
        Meaning(
            help="`true`: the provider is stateless, or its states do not collide (their parameters keep them apart), "
            "so that a single one is asked several things at a time, as many as `auto` would start. You say so: "
            "nothing checks it.",
            default="false",
        ),
    ] = False
    ready: Annotated[
        UrlPath | None,
        Meaning(help="A path that answers below 400 once the provider is ready.", default="any HTTP answer"),
    ] = None
    timeout: Annotated[
        Seconds, Meaning(help="Seconds until the provider, with all its replicas, must be ready.", default="60")
    ] = 60.0
    states_url: Annotated[
        HttpUrlOrPath | None,
        Meaning(
            help="Address (or path at the provider) that sets up and tears down provider states; `{port}` works, and "
            "`{replica}`."
        ),
    ] = None
    messages_url: Annotated[
        HttpUrlOrPath | None,
        Meaning(
            help="Address (or path at the provider) that is asked for messages; message contracts need it. `{port}` "
            "works, and `{replica}`."
        ),
    ] = None
    headers: Annotated[
        Headers,
        Field(repr=False),
        Meaning(
            help="Sent with every request to the provider, one `Name: value` a line. Never shown.",
            many=True,
            secret=True,
            committable=False,
        ),
    ] = ()

    @property
    def is_named(self) -> bool:
        """Whether there is a provider to verify. A service that only consumes has none."""
        return bool(self.url) or self.command is not None or self.image is not None


class VerificationSettings(Group):
    """How contracts are verified."""

    wait: Annotated[
        Wait,
        Meaning(
            help="Seconds to wait for results that are missing: those of providers that are live in the environment.",
            default="0",
        ),
    ] = 0.0

    request_timeout: Annotated[
        Seconds, Meaning(help="Seconds that one request to the provider may take.", default="10")
    ] = 10.0
    verification_timeout: Annotated[
        Seconds,
        Meaning(
            help="Seconds that the verification may take as a whole; what is left then is unknown.", default="3600"
        ),
    ] = 3600.0
    dedupe: Annotated[
        Switch,
        Meaning(
            help="`on`: interactions that are the same in several contracts are verified once; a failure is verified "
            "in each. `off`: every interaction of every contract by itself."
        ),
    ] = "on"
    flaky: Annotated[
        Literal["block", "allow"],
        Meaning(
            help="What an interaction counts for that fails, and passes when it is tried again in the same run: "
            "`block`, or `allow`, which every report names."
        ),
    ] = "block"
    reuse_results: Annotated[
        Literal["auto", "never"],
        Meaning(
            help="`auto`: `check` with the built-in store does not verify again what this very commit honoured before, "
            "verified by the same gate in the same way. `never`: it always verifies."
        ),
    ] = "auto"
    consumer: Annotated[
        Name | None,
        Meaning(
            help="With `verify`: verify the contracts of this consumer alone. A part allows nothing: it ends as broken "
            "or unknown.",
            committable=False,
        ),
    ] = None
    interaction: Annotated[
        Name | None,
        Meaning(
            help="With `verify`: verify the interactions of this description alone. A part allows nothing either.",
            committable=False,
        ),
    ] = None


class PublishingSettings(Group):
    """What is kept in the store for others."""

    publish_results: Annotated[
        Literal["auto", "always", "never"],
        Meaning(
            help="Whether `check` keeps its results in the store. `auto`: in CI, when what ran is the version and "
            "nothing else. `always`: also elsewhere, and where your word is all that shows what ran.",
        ),
    ] = "auto"
    build_url: Annotated[
        PageUrl | None,
        Meaning(
            help="The page that is linked to what is published.",
            default="the page of the workflow run",
            committable=False,
        ),
    ] = None
    tags: Annotated[
        Lines,
        Meaning(help="Tags for the version that `publish` publishes to a broker, one a line.", many=True),
    ] = ()


class GitHubSettings(Group):
    """How the news gets to GitHub."""

    token: Annotated[
        Text | None,
        Field(repr=False),
        Meaning(
            help="For the commit status, the pull request comment, and the exceptions of the default branch. Without "
            "it, exit code, job summary and annotations say it all.",
            default="in the action, the job's own token",
            input_default="${{ github.token }}",
            secret=True,
            committable=False,
        ),
    ] = None


class NewsSettings(Group):
    """What is said on GitHub, beside the commit status."""

    comment: Annotated[
        Literal["always", "on-failure", "never"],
        Meaning(
            help="The comment on the pull request: `always`, `on-failure` (it begins with the first verdict that is "
            "not allow, and is kept up to date from then on) or `never`."
        ),
    ] = "always"
    comment_key: Annotated[
        Name | None,
        Meaning(
            help="Tells apart the comments of gates that have service and environment in common, as in a matrix.",
            default="one comment for service and environment",
        ),
    ] = None
    check_run: Annotated[
        bool,
        Meaning(
            help="`true`: also a check run, with annotations at the contract files that are in the repository; needs "
            "`checks: write`.",
            default="false",
        ),
    ] = False


class OutputSettings(Group):
    """Files that the gate leaves behind."""

    report: Annotated[
        Text, Meaning(help="Where the JSON report goes; the provider's log goes beside it.", committable=False)
    ] = "contract-gate-report.json"
    markdown: Annotated[
        Text | None, Meaning(help="Where to write the report as Markdown.", default="not written", committable=False)
    ] = None
    junit: Annotated[
        Text | None, Meaning(help="Where to write the report as JUnit XML.", default="not written", committable=False)
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a run is told, adapter by adapter."""

    candidate: CandidateSettings
    broker: BrokerSettings
    store: StoreSettings
    contracts: ContractSettings
    provider: ProviderSettings
    verification: VerificationSettings
    publishing: PublishingSettings
    github: GitHubSettings
    news: NewsSettings
    output: OutputSettings
    exceptions: tuple[AgreedException, ...] = ()
    """As the workspace's gate file has them. Those that count are read from the default branch."""
    owners: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Who answers for a pacticipant, as the gate file has it: its name, and those to be told."""
    reproduction: Reproduction = field(default_factory=lambda: Reproduction(options=()), compare=False)
    """How to say the same on a laptop."""
    set_aside: tuple[str, ...] = ()
    """The contracts of the gate file that are there for `publish` alone, as a store says what is verified."""

    @property
    def has_store(self) -> bool:
        """Whether something knows versions, results and deployments: a broker, or the built-in store."""
        return self.broker.url is not None or self.store.store is not None
