"""The command line: the only exit of the process, and the only reader of its environment."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final, NoReturn, cast

import typer

from gate import __version__
from gate.clients import signals, streams
from gate.clients.actions_runner import Remark, RunnerLog, write_outputs
from gate.domain.errors import BUG_EXIT_CODE, CancelledError, ConfigurationError, GateError
from gate.rendering.safe_text import log_line
from gate.settings.declaration import SETTINGS, Setting

if TYPE_CHECKING:
    from gate.domain.report import Report
    from gate.settings.commands import Command
    from gate.settings.groups import Settings
    from gate.wiring import Surroundings

ACTION_COMMANDS: Final = (
    *("check", "verify", "can-i-deploy"),
    *("publish", "record-deployment", "record-release", "record-undeployment", "report"),
)
"""What the action's input `command` may be."""

RENDERED: Final = "The report was shown and posted nowhere: that takes a workflow_run. See the README on forks."

app = typer.Typer(
    help="Verify a service against the contracts of its consumers, and block its deploy when one breaks.",
    epilog="Exit codes: 0 allow, 1 block, 2 configuration or usage, 3 unknown, 4 a bug in the gate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help takes a third less time to show
    context_settings={"help_option_names": ["-h", "--help"]},
)


class _Ended(BaseException):
    """A command is through. Not an `Exception`, and none that the library of the command line knows."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def main() -> NoReturn:
    """Run the command line. On a runner of GitHub Actions nothing that it writes can be a command, save its own."""
    try:
        code = _whole_run()
    except CancelledError:
        code = GateError.exit_code
    except BaseException:  # noqa: BLE001 - nothing is left that could be said or tidied up
        code = BUG_EXIT_CODE
    sys.exit(code)


def _whole_run() -> int:
    try:
        signals.listen()
        code = _run_command()
    except CancelledError as cancelled:
        code = _fail(f"stopped by {cancelled.signal_name}.", GateError.exit_code)
    except BaseException as bug:  # noqa: BLE001 - Python would exit with 1, which says that a contract is broken
        code = _bug(bug)
    signals.ignore()
    if (log := _runner_log()) is not None:
        log.resume_commands()
    streams.flush()
    return code


def _run_command() -> int:
    """Have the command line understood and carried out. Only what a command itself says ends with 1."""
    streams.repair()
    _open_runner_log()
    asked = os.environ.get("INPUT_COMMAND")
    if asked is not None and asked not in ACTION_COMMANDS:
        # `--help` would end with 0, and what needs this step would run.
        return _fail(f"command {asked!r} is none of {', '.join(ACTION_COMMANDS)}.", ConfigurationError.exit_code)
    try:
        app(prog_name="gate")
    except _Ended as ended:
        return ended.code
    except SystemExit as end:
        if end.code in {None, 0}:
            return 0
        if end.code == ConfigurationError.exit_code:
            return _misunderstood()
    return _fail("stopped before it began.", GateError.exit_code)


def _misunderstood() -> int:
    """The usage was shown already; a runner wants it as an annotation too."""
    if _runner_log() is not None:
        _fail("the command line was not understood, see the lines above.", ConfigurationError.exit_code)
    return ConfigurationError.exit_code


def _open_runner_log() -> None:
    """Take over the streams on a runner, and set the outputs that hold unless there comes a verdict."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    # One stream: between two there is no order, and what one of them says could land between the other's commands.
    with suppress(OSError):
        os.dup2(1, 2)
    # Detached, lest the old stream closes what the new one writes to when nobody holds it any more.
    log = RunnerLog(cast("BinaryIO", cast("TextIOWrapper", sys.stdout).detach()), log_line)
    sys.stdout = sys.stderr = log
    _set_outputs("no verdict was reached")
    log.stop_commands()


def _runner_log() -> RunnerLog | None:
    return sys.stdout if isinstance(sys.stdout, RunnerLog) else None


def _set_outputs(reason: str, paths: Sequence[str] = ()) -> None:
    """Set the action's outputs for a run without a report of its own."""
    file = os.environ.get("GITHUB_OUTPUT")
    if not file:
        return
    from gate.rendering.outputs import outputs_without_report

    try:
        write_outputs(Path(file), outputs_without_report(reason, paths))
    except OSError as error:
        streams.say(f"warning: the outputs could not be set: {error.strerror} ({file})")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False) -> None:  # noqa: FBT002
    if version:
        typer.echo(f"contract-gate {__version__}")
        raise typer.Exit


def _with_settings(command: Callable[[Mapping[str, Any]], None]) -> Callable[..., None]:
    """Give a command one option for every setting."""

    def with_options(**options: Any) -> None:  # noqa: ANN401 - text or a list of it, by setting
        command({setting.name: options[setting.name.replace("-", "_")] for setting in SETTINGS})

    return _signed(with_options, command, [_option(setting) for setting in SETTINGS])


def _with_file(command: Callable[[Mapping[str, Any], str | None], None]) -> Callable[..., None]:
    """Give a command one option for every setting, and the report as an argument."""

    def with_file(file: str | None = None, **options: Any) -> None:  # noqa: ANN401 - as in `_with_settings`
        command({setting.name: options[setting.name.replace("-", "_")] for setting in SETTINGS}, file)

    argument = typer.Argument(help="The JSON report that an earlier run wrote. [default: the setting report]")
    named = inspect.Parameter(
        "file",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, argument],
    )
    return _signed(with_file, command, [named, *(_option(setting) for setting in SETTINGS)])


def _signed(
    made: Callable[..., None], command: Callable[..., None], parameters: Sequence[inspect.Parameter]
) -> Callable[..., None]:
    """Let a function look like a command with these parameters."""
    made.__doc__ = command.__doc__
    made.__name__ = command.__name__
    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    made.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return made


def _option(setting: Setting) -> inspect.Parameter:
    default = f" [default: {setting.default}]" if setting.default else ""
    option = typer.Option(
        f"--{setting.name}",
        help=f"{setting.meaning.help}{default}".replace("`", ""),
        show_default=False,
        metavar="TEXT",
    )
    kind: Any = list[str] | None if setting.meaning.many else str | None
    return inspect.Parameter(
        setting.name.replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind, option],
    )


@app.command()
@_with_settings
def check(options: Mapping[str, Any]) -> None:
    """Verify, keep the results, decide, report: the step before a deploy."""
    _finish(lambda: _run(options, "check"))


@app.command()
@_with_settings
def verify(options: Mapping[str, Any]) -> None:
    """Do the same on a laptop: nothing is kept or reported outside it."""
    _finish(lambda: _run(options, "verify"))


@app.command("can-i-deploy")
@_with_settings
def can_i_deploy(options: Mapping[str, Any]) -> None:
    """Decide by the results that the store keeps: nothing is verified."""
    _finish(lambda: _run(options, "can-i-deploy"))


@app.command()
@_with_settings
def publish(options: Mapping[str, Any]) -> None:
    """Publish what the service expects of its providers."""
    _finish(lambda: _publish(options))


@app.command("record-deployment")
@_with_settings
def record_deployment(options: Mapping[str, Any]) -> None:
    """Record what was deployed, and say whether it gets on with what is live."""
    _finish(lambda: _run(options, "record-deployment"))


@app.command("record-release")
@_with_settings
def record_release(options: Mapping[str, Any]) -> None:
    """Record what was released, beside earlier releases."""
    _finish(lambda: _run(options, "record-release"))


@app.command("record-undeployment")
@_with_settings
def record_undeployment(options: Mapping[str, Any]) -> None:
    """Record what is not live any more, and say who still needs it."""
    _finish(lambda: _run(options, "record-undeployment"))


@app.command()
@_with_file
def report(options: Mapping[str, Any], file: str | None) -> None:
    """Render a saved report again; on a runner, in a workflow_run, post it.

    Exits with 0 whatever its verdict: that was given when it was made.
    """
    _finish(lambda: _report(options, file))


@app.command()
def demo() -> None:
    """See a real deploy blocked."""
    from gate.demo import run_demo

    _finish(lambda: run_demo(lambda options: _run(options, "verify"), typer.echo))


def _run(options: Mapping[str, Any], name: str) -> int:
    from gate.pipeline import run_each
    from gate.settings.commands import Command
    from gate.wiring import wire_each

    command = Command(name)
    return run_each(wire_each(*_told_and_found(options, command), command))


def _publish(options: Mapping[str, Any]) -> int:
    from gate.pipeline import publish
    from gate.settings.commands import Command
    from gate.wiring import wire_publishing

    every, surroundings = _told_and_found(options, Command.PUBLISH)
    codes, told = [], []
    for publishing in [wire_publishing(settings, surroundings) for settings in every]:
        try:
            told.append(publish(publishing))
        except GateError as error:
            told.append(str(error))
            codes.append(_fail(str(error), error.exit_code))
        else:
            typer.echo(told[-1])
    if _runner_log() is not None:
        _set_outputs(" ".join(told))
    return min(codes, default=0)


def _report(options: Mapping[str, Any], file: str | None) -> int:
    from gate.settings.commands import Command
    from gate.settings.run_context import posts_reports
    from gate.settings.sources import read_output
    from gate.wiring import post, show

    if not posts_reports(os.environ):
        output = read_output(options, os.environ)
        show(_loaded(Path(file or output.report)), output)
        if (log := _runner_log()) is not None:
            log.remark("notice", Remark("Contract Gate", RENDERED))
            _set_outputs("nothing was decided: a report was rendered", [file or output.report])
        return 0
    posting = post(*_told_and_found(options, Command.REPORT), file)
    if posting.exit_code:
        _fail(posting.told, posting.exit_code)
    else:
        typer.echo(posting.told)
    _set_outputs(posting.told, posting.paths)
    return posting.exit_code


def _told_and_found(options: Mapping[str, Any], command: "Command") -> "tuple[Sequence[Settings], Surroundings]":
    """Read all that the user said and all that the process found."""
    from gate.settings.run_context import read_run_context
    from gate.settings.sources import read_all_settings
    from gate.wiring import Surroundings

    context = read_run_context(os.environ, reporting=command.posts)
    contract_url = context.contract_url if context else None
    every = read_all_settings(options, os.environ, command=command, contract_url=contract_url)
    return every, Surroundings(environment=os.environ, folder=_workspace(), context=context, log=_runner_log())


def _workspace() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise ConfigurationError("the working directory is gone.", remedy="Run the gate in one that exists.") from error


def _loaded(file: Path) -> "Report":
    from gate.rendering.report_json import load

    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the report cannot be read: {error.strerror}.",
            where=str(file),
            remedy="Give the file that `gate check` wrote.",
        ) from error
    return load(content)


def _finish(work: Callable[[], int]) -> NoReturn:
    """Turn whatever happens into an exit code. Nothing but a verdict of allow leads to 0."""
    try:
        code = work()
    except GateError as error:
        code = _fail(str(error), error.exit_code)
    except CancelledError as cancelled:
        code = _fail(f"stopped by {cancelled.signal_name}.", GateError.exit_code)
    except BaseException as bug:  # noqa: BLE001 - as in `main`
        code = _bug(bug)
    signals.ignore()
    raise _Ended(code)


def _bug(bug: BaseException) -> int:
    streams.say(traceback.format_exc())
    return _fail(f"the gate itself failed ({bug}). This is a bug: please report it.", BUG_EXIT_CODE)


def _fail(message: str, code: int) -> int:
    """Say in one line why there is no verdict; on a runner as an annotation, and in the outputs."""
    line = message.replace("\n", " ")
    log = _runner_log()
    if log is None:
        streams.say(f"error: {line}")
    else:
        log.remark("error", Remark("Contract Gate", line))
        _set_outputs(line)
    return code
