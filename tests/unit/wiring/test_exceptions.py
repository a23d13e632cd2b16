"""Which exceptions count: those of the default branch, whatever stands in the workspace."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.domain.exceptions import LONGEST
from gate.settings.run_context import RunContext
from gate.wiring.exceptions import Agreed, agreed
from tests.github_api import TOKEN, GithubApi, faults, github_api
from tests.unit.wiring.workspaces import change, clone, context, git, settings_of, surroundings

FILE = ".contract-gate.yml"
SOON = datetime.now(UTC).date() + timedelta(days=7)
NOTHING = Agreed()


@pytest.fixture
def api() -> Iterator[GithubApi]:
    with github_api() as running:
        yield running


def _entries(*counterparts: str, until: object = SOON) -> str:
    """Write exceptions, as a gate file has them."""
    entries = (f"{{counterpart: {one}, reason: it is replaced, owner: Ada, until: {until}}}" for one in counterparts)
    return f"exceptions: [{', '.join(entries)}]"


DEPLOY: dict[str, Any] = {"stage": "deploy", "environment": ["production"]}


def _in_ci(api: GithubApi, *, file: str = "", token: str | None = TOKEN, **options: Any) -> Agreed:
    """Ask in a run whose workspace has that gate file."""
    return agreed(settings_of(file, github_token=token, **options), surroundings(context=context(api_url=api.url)))


def _on_a_laptop(file: str = "", **options: Any) -> Agreed:
    return agreed(settings_of(file, **options), surroundings())


def _names(found: Agreed) -> list[str]:
    return [one.counterpart for one in found.exceptions]


def _only_here(*counterparts: str) -> str:
    return f"Exceptions in this checkout's {FILE} count once they are on the default branch: {', '.join(counterparts)}."


# In a pipeline


def test_in_a_pipeline_those_that_github_has_count(workspace: Path, api: GithubApi) -> None:
    text = f"{_entries('web')}\nservices:\n  orders-api: {{{_entries('billing')}}}\n  users-api: {{{_entries('x')}}}\n"
    api.put_file(FILE, text.encode())
    found = _in_ci(api)

    assert _names(found) == ["web", "billing"]
    assert {(one.reason, one.owner, one.until) for one in found.exceptions} == {("it is replaced", "Ada", SOON)}
    assert (found.faults, found.notes) == ((), ())


def test_in_a_pipeline_nothing_of_the_workspace_counts(workspace: Path, api: GithubApi) -> None:
    """Neither its file, nor what git there calls the default branch: an earlier step may have written both."""
    git(workspace, "init", "-q", "-b", "main")
    change(workspace, FILE, _entries("web"))
    git(workspace, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(workspace, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    found = _in_ci(api, file=_entries("web"))

    assert found == Agreed(notes=(_only_here("web"),))


def test_what_only_this_checkout_has_is_noted_and_does_not_count(workspace: Path, api: GithubApi) -> None:
    api.put_file(FILE, _entries("web").encode())
    found = _in_ci(api, file=_entries("web", "billing", "users", "billing"))

    assert _names(found) == ["web"]
    assert found.notes == (_only_here("billing", "users"),)


@pytest.mark.parametrize("until", [SOON - timedelta(days=1), SOON + timedelta(days=1)])
def test_one_that_was_changed_here_is_noted_and_counts_as_it_was_agreed_on(
    workspace: Path, api: GithubApi, until: object
) -> None:
    api.put_file(FILE, _entries("web").encode())
    found = _in_ci(api, file=_entries("web", until=until))

    assert [(one.counterpart, one.until) for one in found.exceptions] == [("web", SOON)]
    assert found.notes == (_only_here("web"),)


def test_what_this_checkout_has_not_counts_all_the_same(workspace: Path, api: GithubApi) -> None:
    api.put_file(FILE, _entries("web").encode())

    assert (_names(_in_ci(api)), _in_ci(api).notes) == (["web"], ())


def test_those_of_another_service_are_no_news(workspace: Path, api: GithubApi) -> None:
    text = f"services:\n  orders-api: {{{_entries('web')}}}\n  users-api: {{{_entries('billing')}}}\n"
    api.put_file(FILE, text.encode())
    found = _in_ci(api, file=text)

    assert _names(found) == ["web"]
    assert found.notes == ()


def test_a_default_branch_without_a_gate_file_has_none(workspace: Path, api: GithubApi) -> None:
    assert _in_ci(api) == NOTHING


@pytest.mark.parametrize(
    ("workspace_variable", "folder", "names"),
    [
        ("{top}", "services/orders", ["of-the-folder"]),
        ("{top}/services/..", "services/orders", ["of-the-folder"]),
        ("{top}", ".", ["of-the-top"]),
        ("{top}/services/orders", "services/orders", ["of-the-top"]),
        ("/nowhere", "services/orders", ["of-the-top"]),
        ("", "services/orders", ["of-the-top"]),
    ],
)
def test_the_gate_file_is_that_of_the_folder_in_the_runners_workspace(
    workspace: Path, api: GithubApi, workspace_variable: str, folder: str, names: list[str]
) -> None:
    (workspace / "services" / "orders").mkdir(parents=True)
    api.put_file(FILE, _entries("of-the-top").encode())
    api.put_file(f"services/orders/{FILE}", _entries("of-the-folder").encode())
    environment = {"GITHUB_WORKSPACE": workspace_variable.format(top=workspace)}
    around = surroundings(workspace / folder, context(api_url=api.url), environment=environment)

    assert _names(agreed(settings_of(github_token=TOKEN), around)) == names


def test_what_git_says_of_the_folder_leads_to_no_other_gate_file(
    workspace: Path, api: GithubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier step may have made a repository of its own there."""
    (workspace / "examples").mkdir()
    git(workspace, "init", "-q")
    monkeypatch.chdir(workspace / "examples")
    api.put_file(f"examples/{FILE}", _entries("of-an-example").encode())
    environment = {"GITHUB_WORKSPACE": str(workspace / "examples")}
    around = surroundings(context=context(api_url=api.url), environment=environment)

    assert agreed(settings_of(github_token=TOKEN), around) == NOTHING


@pytest.mark.parametrize("fault", [faults.answer(403), faults.answer(401), faults.answer(404), faults.no_json()])
def test_where_github_does_not_say_none_counts(workspace: Path, api: GithubApi, fault: faults.Fault) -> None:
    api.put_file(FILE, _entries("web").encode())
    api.fault("GET", "", fault, times=None)
    found = _in_ci(api)

    assert (found.exceptions, found.faults) == ((), ())
    (note,) = found.notes
    assert note.startswith(f"No exception counts, as {FILE} of the default branch could not be read: ")


def test_what_is_no_file_there_is_none(workspace: Path, api: GithubApi) -> None:
    api.put_file(f"{FILE}/x", _entries("web").encode())
    (note,) = _in_ci(api).notes

    assert note.endswith("a folder of the default branch, not a file.")


def test_without_a_token_none_counts_and_whoever_has_some_is_told(workspace: Path, api: GithubApi) -> None:
    api.put_file(FILE, _entries("web").encode())

    assert _in_ci(api, token=None) == NOTHING
    assert _in_ci(api, token=None, file=_entries("web")) == Agreed(
        notes=(f"No exception counts, as {FILE} of the default branch could not be read: there is no github-token.",)
    )
    assert api.asked == []


def test_the_token_is_asked_for_with_its_repository_alone(workspace: Path, api: GithubApi) -> None:
    around: RunContext = context(api_url=api.url)
    agreed(settings_of(github_token=TOKEN), surroundings(context=around))

    assert {asked.token for asked in api.asked} == {TOKEN}
    assert all(asked.path.startswith("/repos/acme/orders-api") for asked in api.asked)


# What is wrong with what was agreed on


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("exceptions: [{counterpart: web}]", "exceptions.0.reason: Field required."),
        (_entries("web", until="soon"), "exceptions.0.until: a date is written 2026-11-01."),
        ("exceptions: [", "the gate file is not YAML: "),
        ("services: [orders-api]", "services is no mapping of services to their settings."),
        ("- exceptions", "the gate file is no mapping of settings to values."),
        (_entries("web", until="2026-02-30"), "exceptions.0.until: "),
    ],
)
def test_what_cannot_be_understood_is_a_fault_unless_a_change_mends_it(
    workspace: Path, api: GithubApi, text: str, what: str
) -> None:
    api.put_file(FILE, text.encode())
    deploying, changing = _in_ci(api, **DEPLOY), _in_ci(api)

    assert (deploying.exceptions, deploying.notes) == ((), ())
    (fault,) = deploying.faults
    assert fault.where == f"{FILE} of the default branch"
    assert fault.what.startswith(what)
    assert changing == Agreed(notes=(f"Not in this checkout any more: {fault}",))


def test_a_bad_entry_does_not_leave_the_others_in_force(workspace: Path, api: GithubApi) -> None:
    good = _entries("web").removesuffix("]")
    api.put_file(FILE, f"{good}, {{counterpart: billing}}]".encode())
    found = _in_ci(api, **DEPLOY)

    assert (found.exceptions, len(found.faults)) == ((), 1)


TODAY = datetime.now(UTC).date()


def test_an_expired_one_is_a_fault_beside_those_that_are_in_force(workspace: Path, api: GithubApi) -> None:
    ended, endless = TODAY - timedelta(days=2), TODAY + LONGEST + timedelta(days=2)
    dates = {"past": ended, "endless": endless, "web": SOON}
    entries = [f"- {{counterpart: {name}, reason: x, owner: Ada, until: {until}}}\n" for name, until in dates.items()]
    text = f"exceptions:\n{''.join(entries)}"
    api.put_file(FILE, text.encode())
    found = _in_ci(api, file=text)

    assert _names(found) == ["web"]
    assert [fault.what.split()[3] for fault in found.faults] == ["past", "endless"]
    assert {fault.where for fault in found.faults} == {f"{FILE} of the default branch"}
    assert found.notes == ()


@pytest.mark.parametrize("until", [TODAY - timedelta(days=2), TODAY + LONGEST + timedelta(days=2)])
def test_a_bad_one_that_a_change_takes_away_keeps_it_from_nothing_but_being_deployed(
    workspace: Path, api: GithubApi, until: object
) -> None:
    api.put_file(FILE, _entries("web", until=until).encode())
    for file in ("", _entries("web")):
        deploying, changing = _in_ci(api, file=file, **DEPLOY), _in_ci(api, file=file)

        assert (deploying.exceptions, changing.exceptions) == ((), ())
        assert (len(deploying.faults), changing.faults) == (1, ())
        assert changing.notes[0] == f"Not in this checkout any more: {deploying.faults[0]}"
        assert changing.notes[1:] == deploying.notes == ((_only_here("web"),) if file else ())


@pytest.mark.parametrize("options", [{}, DEPLOY])
def test_one_that_ends_too_late_is_a_fault_before_it_is_on_the_default_branch(
    workspace: Path, api: GithubApi, options: dict[str, Any]
) -> None:
    found = _in_ci(api, file=_entries("web", until=TODAY + LONGEST + timedelta(days=2)), **options)

    assert [fault.where for fault in found.faults] == [FILE]
    assert (found.exceptions, found.notes) == ((), (_only_here("web"),))


def test_an_expired_one_of_the_workspace_alone_is_no_fault(workspace: Path, api: GithubApi) -> None:
    found = _in_ci(api, file=_entries("web", until=TODAY - timedelta(days=2)))

    assert found == Agreed(notes=(_only_here("web"),))


# On a laptop


@pytest.fixture
def laptop(workspace: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a clone of a repository with an exception in its gate file."""
    git(workspace, "init", "-q", "-b", "main")
    change(workspace, FILE, _entries("web"))
    change(workspace, f"services/orders/{FILE}", _entries("of-the-folder"))
    folder = clone(workspace, tmp_path_factory.mktemp("laptop") / "clone")
    monkeypatch.chdir(folder)
    return folder


def test_on_a_laptop_those_that_git_fetched_count(laptop: Path) -> None:
    assert _names(_on_a_laptop()) == ["web"]
    assert _on_a_laptop().notes == ()


def test_on_a_laptop_nothing_of_this_checkout_counts(laptop: Path) -> None:
    change(laptop, FILE, _entries("web", "committed"))
    found = _on_a_laptop(_entries("web", "committed", "written"))

    assert (_names(found), found.notes) == (["web"], (_only_here("committed", "written"),))


def test_on_a_laptop_the_gate_file_is_that_of_the_folder(laptop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(laptop / "services" / "orders")

    assert _names(_on_a_laptop()) == ["of-the-folder"]


@pytest.mark.parametrize("is_repository", [False, True])
def test_on_a_laptop_without_a_remote_none_counts(workspace: Path, *, is_repository: bool) -> None:
    if is_repository:
        git(workspace, "init", "-q", "-b", "main")
        change(workspace, f"services/{FILE}", _entries("web"))

    assert _on_a_laptop() == NOTHING
    assert _on_a_laptop(_entries("web")) == Agreed(notes=(_only_here("web"),))


def test_on_a_laptop_a_bad_one_is_a_fault_too(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(workspace, "init", "-q", "-b", "main")
    change(workspace, FILE, "exceptions: [{counterpart: web}]")
    monkeypatch.chdir(clone(workspace, tmp_path_factory.mktemp("laptop") / "clone"))
    Path(FILE).unlink()

    assert [fault.what for fault in _on_a_laptop(**DEPLOY).faults] == ["exceptions.0.reason: Field required."]
    assert _on_a_laptop().faults == ()


def test_on_a_laptop_no_token_is_needed_and_nobody_is_asked(laptop: Path, api: GithubApi) -> None:
    assert _names(agreed(settings_of(github_token=TOKEN), surroundings())) == ["web"]
    assert api.asked == []
