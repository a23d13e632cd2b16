"""The one declaration of every setting.

A field here is at once an action input, an option of the command line, a `GATE_...` variable, a key of
`.contract-gate.yml`, an entry of the file's JSON Schema and a row of the README's table.
"""

from dataclasses import dataclass
from typing import Annotated, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from gate.domain.report import Stage
from gate.domain.verdict import OnNoContracts
from gate.settings.kinds import Environment, Headers, HttpUrl, HttpUrlOrPath, Lines, Port, Seconds, Size, Text, UrlPath

FILE_NAME: Final = ".contract-gate.yml"


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


def _name(prefix: str, field: str) -> str:
    return f"{prefix}{field}".replace("_", "-")


class CandidateSettings(Group):
    """The version that the verdict is about."""

    service: Annotated[Text, Meaning(help="The service to be deployed: its pacticipant name in the contracts.")]
    version: Annotated[
        Text | None,
        Meaning(
            help="Its version, normally a commit.",
            default="the commit that the workflow run is about, else git's HEAD",
            committable=False,
        ),
    ] = None
    branch: Annotated[
        Text | None,
        Meaning(
            help="The branch it was built from.", default="that commit's, else git's current branch", committable=False
        ),
    ] = None
    environment: Annotated[
        Lines, Meaning(help="Where it is headed, such as `production`; several are one a line.", many=True)
    ] = ()
    stage: Annotated[
        Stage,
        Meaning(help="`change`: could this be deployed? `deploy`: it is about to be; needs an environment."),
    ] = Stage.CHANGE


class ContractSettings(Group):
    """Which contracts there are."""

    contracts: Annotated[
        Lines,
        Meaning(
            help="Pact files, one a line: files, folders with their subfolders, globs, http(s) addresses.", many=True
        ),
    ] = ()
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
        HttpUrl | None,
        Meaning(
            help="Where the provider listens, with its base path if it has one.",
            default="`http://127.0.0.1:{port}` with provider-command, `http://{host}:{port}` with provider-image",
        ),
    ] = None
    command: Annotated[
        Text | None,
        Meaning(
            help="A shell command that starts the provider; `{port}` becomes a free port. It is stopped for certain."
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
            help="Environment of provider-command and provider-image, one `NAME=value` a line; `{port}` works.",
            many=True,
        ),
    ] = ()
    ready: Annotated[
        UrlPath | None,
        Meaning(help="A path that answers below 400 once the provider is ready.", default="any HTTP answer"),
    ] = None
    timeout: Annotated[Seconds, Meaning(help="Seconds until the provider must be ready.", default="60")] = 60.0
    states_url: Annotated[
        HttpUrlOrPath | None,
        Meaning(help="Address (or path at the provider) that sets up and tears down provider states."),
    ] = None
    messages_url: Annotated[
        HttpUrlOrPath | None,
        Meaning(help="Address (or path at the provider) that is asked for messages; message contracts need it."),
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


class VerificationSettings(Group):
    """How contracts are verified."""

    request_timeout: Annotated[
        Seconds, Meaning(help="Seconds that one request to the provider may take.", default="10")
    ] = 10.0


class GitHubSettings(Group):
    """How the news gets to GitHub."""

    token: Annotated[
        Text | None,
        Field(repr=False),
        Meaning(
            help="For the commit status and the pull request comment. Without it, exit code, job summary and "
            "annotations say it all.",
            default="in the action, the job's own token",
            input_default="${{ github.token }}",
            secret=True,
            committable=False,
        ),
    ] = None


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
    contracts: ContractSettings
    provider: ProviderSettings
    verification: VerificationSettings
    github: GitHubSettings
    output: OutputSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, under all its names."""

    name: str
    """`provider-url`: the input, the key, and with two dashes the option."""
    group: str
    """The field of `Settings` that it belongs to."""
    field: str
    """The field of that group."""
    info: FieldInfo
    meaning: Meaning

    @property
    def variable(self) -> str:
        """The environment variable for local use."""
        return f"GATE_{self.name.replace('-', '_').upper()}"

    @property
    def input_variable(self) -> str:
        """The variable in which the runner passes the action's input: upper case, its dashes kept."""
        return f"INPUT_{self.name.upper()}"

    @property
    def default(self) -> str:
        """What is used without it, for a person."""
        if self.meaning.default or self.info.is_required():
            return self.meaning.default
        return str(self.info.default) if self.info.default else ""


PREFIXES: Final = {"provider": "provider_", "github": "github_"}
"""Groups whose settings carry the group's name; the other names speak for themselves."""


def _settings() -> tuple[Setting, ...]:
    return tuple(
        Setting(
            name=_name(PREFIXES.get(group, ""), field),
            group=group,
            field=field,
            info=info,
            meaning=next(one for one in info.metadata if isinstance(one, Meaning)),
        )
        for group, model in GROUPS.items()
        for field, info in model.model_fields.items()
    )


GROUPS: Final[dict[str, type[Group]]] = get_type_hints(Settings)
SETTINGS: Final[tuple[Setting, ...]] = _settings()
