"""Which version is meant, which code is here, and which commit the news belongs to: in real repositories."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.domain.errors import ConfigurationError
from gate.domain.identity import uncredited
from gate.domain.report import Candidate, Record, Stage, Tested
from gate.settings.run_context import RunContext
from gate.wiring import version
from tests.unit.wiring.workspaces import change, clone, context, git, head, merge, repository, settings_of, surroundings

ORDERS, WEB = "services/orders", "services/web"
BY_PATH: dict[str, Any] = {"path": ORDERS, "version_from": "path"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("template"))


@pytest.fixture
def here(workspace: Path, template: Path) -> Path:
    shutil.copytree(template, workspace, dirs_exist_ok=True)
    return workspace


def _candidate(around: RunContext | None = None, record: Record | None = None, **options: Any) -> Candidate:
    return version.candidate_of(settings_of(**options).candidate, surroundings(context=around), record)


def _looked(around: RunContext | None = None, **options: Any) -> tuple[Candidate, Tested]:
    """Name the version and look at what is here, of a provider that is started here."""
    settings = settings_of(provider_command="serve", **options)
    found = version.candidate_of(settings.candidate, surroundings(context=around))
    return found, version.tested_here(settings, surroundings(context=around), found)


def _refusal(around: RunContext | None = None, **options: Any) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _candidate(around, **options)
    return str(refused.value)


def _last(folder: Path, path: str) -> str:
    return git(folder, "log", "-1", "--format=%H", "--", path)


# Which version


def test_the_version_is_what_is_checked_out(here: Path) -> None:
    found = _candidate(environment=["production", "test", "production"])

    assert (found.version, found.commit, found.branch) == (head(here), head(here), "main")
    assert (found.environments, found.stage) == (("production", "test"), Stage.CHANGE)


def test_the_version_is_what_the_run_is_about(here: Path) -> None:
    found = _candidate(context("1" * 40))

    assert (found.version, found.commit, found.branch) == ("1" * 40, "1" * 40, "feature")
    assert _candidate(context("1" * 40), branch="mine").branch == "mine"


def test_without_git_the_version_must_be_said(workspace: Path) -> None:
    assert "version is not set, and this is no git work tree" in _refusal()
    assert "version is not set, and this is no git work tree" in _refusal(version_from="path")
    assert _candidate(version="1.2.3").version == "1.2.3"


@pytest.mark.parametrize("version_from", ["commit", "path"])
def test_an_explicit_version_wins(here: Path, version_from: str) -> None:
    found = _candidate(path=ORDERS, version_from=version_from, version="1.2.3")
    assert (found.version, found.commit) == ("1.2.3", None)

    git(here, "tag", "1.2.3")
    assert _candidate(path=ORDERS, version_from=version_from, version="1.2.3").commit == head(here)


@pytest.mark.parametrize("version_from", ["commit", "path"])
def test_a_webhooks_version_wins(here: Path, version_from: str) -> None:
    around = context(head(here), version="1.2.3")

    assert _candidate(around, path=ORDERS, version_from=version_from).version == "1.2.3"


@pytest.mark.parametrize("path", ["nowhere", "services/orders/app.py", "services/orders/app.py/x"])
def test_a_path_is_a_folder(here: Path, path: str) -> None:
    assert _refusal(path=path) == f"{path}: path is no folder. Check it; is it checked out?"


# The last commit that touched a path


def test_the_version_of_a_path_is_the_last_commit_that_touched_it(here: Path) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    web = change(here, f"{WEB}/app.py")
    change(here, "README.md")

    assert _candidate(**BY_PATH).version == orders
    assert _candidate(**(BY_PATH | {"path": WEB})).version == web
    assert _candidate(version_from="path").version == head(here)
    assert _candidate(path=ORDERS).version == head(here)
    assert _candidate(context(head(here)), **BY_PATH).version == orders
    assert _candidate(context(web), **BY_PATH).version == orders


def test_it_is_looked_for_from_the_commit_that_the_run_is_about(here: Path) -> None:
    before = head(here)
    orders = _last(here, ORDERS)
    change(here, f"{ORDERS}/app.py")

    assert _candidate(context(before), **BY_PATH).version == orders


def test_a_commit_that_is_not_here_is_none_that_could_be_looked_from(here: Path) -> None:
    assert _refusal(context("1" * 40), **BY_PATH) == (
        f"version-from: path: nothing here says which commit touched {ORDERS} last, before {'1' * 40}. "
        "Check out the whole history (actions/checkout: fetch-depth: 0), or set version."
    )


@pytest.mark.parametrize("depth", [1, 2])
def test_in_a_shallow_clone_nobody_can_tell(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    change(here, f"{WEB}/app.py")
    last = change(here, "README.md")
    shallow = clone(here, tmp_path_factory.mktemp("shallow") / "clone", f"--depth={depth}")
    monkeypatch.chdir(shallow)

    assert "fetch-depth: 0" in _refusal(**BY_PATH)
    assert "fetch-depth: 0" in _refusal(context(last), **BY_PATH)
    assert _candidate(**(BY_PATH | {"version": "1.2.3"})).version == "1.2.3"
    assert _candidate(path=ORDERS).version == last


def test_what_a_shallow_clone_has_is_certain_all_the_same(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    change(here, "README.md")
    monkeypatch.chdir(clone(here, tmp_path_factory.mktemp("shallow") / "clone", "--depth=3"))

    assert _candidate(**BY_PATH).version == orders


def test_a_folder_that_was_never_committed_has_no_version(here: Path) -> None:
    (here / "new").mkdir()
    (here / "new" / "app.py").write_text("1")

    assert "nothing here says which commit touched new last" in _refusal(path="new", version_from="path")


def test_the_gate_may_run_in_a_folder_of_the_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    change(here, "README.md")
    monkeypatch.chdir(here / "services")

    assert _candidate(path="orders", version_from="path").version == orders
    assert _candidate(path=".", version_from="path").version == orders


@pytest.mark.parametrize("path", ["current", "here/services/orders", "here"])
@pytest.mark.parametrize("version_from", ["commit", "path"])
def test_a_path_leads_through_no_link(here: Path, path: str, version_from: str) -> None:
    """What it leads to may change while the link, and so the version, does not."""
    (here / "current").symlink_to(ORDERS)
    (here / "here").symlink_to(".")
    git(here, "add", "current", "here")
    git(here, "commit", "-q", "-m", "link")
    change(here, f"{ORDERS}/app.py")

    assert _refusal(path=path, version_from=version_from).startswith(f"{path}: path leads through a link.")


def test_the_workspace_itself_may_be_reached_through_a_link(
    here: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(here)
    found = version.candidate_of(settings_of(**BY_PATH).candidate, surroundings(link))

    assert found.version == orders


# Which branch


def test_a_commit_that_is_another_one_is_on_no_branch_that_anybody_knows(here: Path) -> None:
    """A broker would take it for the newest of the run's branch."""
    before = head(here)
    git(here, "tag", "1.2.3")
    last = change(here, "README.md")
    around = context(last, merge_commit="2" * 40)

    assert [_candidate(version=one).branch for one in (before, before[:8], "1.2.3")] == [None] * 3
    assert [_candidate(around, version=one).branch for one in (before, before[:8], "1.2.3", "2" * 40)] == [None] * 4
    assert [_candidate(version=one).branch for one in (last, last[:8], "a name")] == ["main"] * 3
    assert [_candidate(around, version=one).branch for one in (last, last[:8], "a name")] == ["feature"] * 3
    assert _candidate(around, version=before, branch="release").branch == "release"


def test_a_merge_commit_that_is_the_version_itself_is_what_ran(here: Path) -> None:
    around = context("1" * 40, merge_commit=head(here))
    found, tested = _looked(around, version=head(here))

    assert (found.branch, tested.merge) == (None, False)
    assert uncredited(found, tested, None, trusting=False) == ""


def test_the_commit_of_a_path_is_on_the_branch_that_it_was_looked_for_on(here: Path) -> None:
    change(here, "README.md")

    assert _candidate(**BY_PATH).branch == "main"
    assert _candidate(context(head(here)), **BY_PATH).branch == "feature"


# What is undeployed, and what was deployed


def test_what_is_undeployed_is_whatever_is_there(here: Path) -> None:
    found = _candidate(record=Record.UNDEPLOYMENT, environment=["production"])

    assert (found.version, found.commit, found.stage) == ("", None, Stage.DEPLOY)
    assert _candidate(context(head(here)), Record.UNDEPLOYMENT).version == ""
    assert _candidate(context(head(here), version="1"), Record.UNDEPLOYMENT, **BY_PATH).version == ""


def test_what_is_undeployed_may_be_said(here: Path) -> None:
    found = _candidate(record=Record.UNDEPLOYMENT, version=head(here)[:10])

    assert (found.version, found.commit) == (head(here)[:10], head(here))


def test_without_git_what_is_undeployed_is_whatever_is_there(workspace: Path) -> None:
    assert _candidate(record=Record.UNDEPLOYMENT).version == ""


@pytest.mark.parametrize("record", [Record.DEPLOYMENT, Record.RELEASE])
def test_what_was_deployed_has_a_version_and_is_beyond_a_change(here: Path, record: Record) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    change(here, "README.md")
    found = _candidate(record=record, **BY_PATH)

    assert (found.version, found.stage) == (orders, Stage.DEPLOY)


# Which code is here


def test_what_is_here_is_what_is_checked_out(here: Path) -> None:
    _, tested = _looked(path=ORDERS)
    assert tested == Tested(commit=head(here), vouched=False)

    (here / "README.md").write_text("1")
    assert _looked(path=ORDERS)[1].modified is False
    git(here, "add", "README.md")
    assert _looked(path=ORDERS)[1].modified is True


def test_of_a_path_what_is_here_is_the_last_commit_that_touched_it(here: Path) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    change(here, f"{WEB}/app.py")
    (here / WEB / "app.py").write_text("changed")
    found, tested = _looked(**BY_PATH)

    assert tested == Tested(commit=orders, path=ORDERS, head=head(here), vouched=False)
    assert uncredited(found, tested, None, trusting=False) == ""

    (here / ORDERS / "app.py").write_text("changed")
    _, tested = _looked(**BY_PATH)
    assert (tested.commit, tested.path, tested.modified) == (orders, ORDERS, True)
    assert uncredited(found, tested, None, trusting=False) == f"tracked files differ from commit {orders}"


def test_who_only_reaches_the_provider_vouches_for_it(here: Path) -> None:
    settings = settings_of(provider_url="http://localhost:1")
    found = version.candidate_of(settings.candidate, surroundings())

    assert version.tested_here(settings, surroundings(), found) == Tested(commit=head(here), vouched=True)


def test_without_git_nobody_knows_what_is_here(workspace: Path) -> None:
    _, tested = _looked(version="1")

    assert tested == Tested(commit=None, modified=False, vouched=False)


def test_an_explicit_version_is_compared_with_what_is_checked_out(here: Path) -> None:
    """Nobody asked for the last change of the path then."""
    change(here, f"{ORDERS}/app.py")
    last = change(here, f"{WEB}/app.py")
    found, tested = _looked(version=last, **BY_PATH)

    assert tested.commit == last
    assert uncredited(found, tested, None, trusting=False) == ""


def test_an_explicit_version_is_no_path_though_nothing_else_of_it_changed(here: Path) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    last = change(here, f"{WEB}/app.py")
    (here / WEB / "app.py").write_text("changed")
    found, tested = _looked(version=orders, path=ORDERS)

    assert (tested.commit, tested.modified) == (last, True)
    assert uncredited(found, tested, None, trusting=False)


def test_an_explicit_version_that_is_the_paths_last_change_is_the_paths(here: Path) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    last = change(here, f"{WEB}/app.py")
    (here / WEB / "app.py").write_text("changed")
    found, tested = _looked(version=orders[:10], **BY_PATH)

    assert tested == Tested(commit=orders, path=ORDERS, head=last, vouched=False)
    assert uncredited(found, tested, None, trusting=False) == ""


def test_a_name_is_no_paths(here: Path) -> None:
    change(here, f"{WEB}/app.py")
    _, tested = _looked(version="1.2.3", **BY_PATH)

    assert tested == Tested(commit=head(here), vouched=False)


# What is not written down


def _written_down(around: RunContext | None = None, **options: Any) -> str:
    """Say why it is not; nothing where it is."""
    settings = settings_of(**options)
    found = version.candidate_of(settings.candidate, surroundings(context=around), Record.DEPLOYMENT)
    try:
        version.refuse_other_code(settings, surroundings(context=around), found)
    except ConfigurationError as refused:
        return str(refused)
    return ""


def test_what_another_commit_has_is_not_written_down_as_this_ones(here: Path) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")

    assert _written_down(context(last)) == (
        f"commit {head(here)} is checked out, and this run is about {last}: nothing was published or recorded. Check "
        f"out {last} (actions/checkout: ref; on pull_request github.event.pull_request.head.sha), or set version."
    )


def test_a_merge_is_not_written_down_as_its_head(here: Path) -> None:
    around = _pull_request(here, None, f"{ORDERS}/other.py")

    assert f"commit {head(here)} is checked out, and this run is about {around.run.commit}: " in _written_down(around)


def test_a_merge_that_did_not_touch_the_path_is_written_down(here: Path) -> None:
    around = _pull_request(here, f"{WEB}/other.py", f"{ORDERS}/other.py")

    assert _written_down(around, **BY_PATH) == ""


def test_whoever_names_the_version_answers_for_what_is_written_down(here: Path) -> None:
    last = change(here, "README.md")
    git(here, "checkout", "-q", "HEAD~1")

    assert [_written_down(context(last), version=one) for one in (last, last[:10], "3" * 40, "1.2.3")] == [""] * 4


def test_what_is_checked_out_is_written_down(here: Path) -> None:
    assert [_written_down(), _written_down(context(head(here))), _written_down(**BY_PATH)] == [""] * 3


def test_a_webhooks_name_is_written_down(here: Path) -> None:
    assert _written_down(context("1" * 40, version="1.2.3")) == ""


def test_without_git_nobody_can_tell_what_is_written_down(workspace: Path) -> None:
    assert _written_down(context("1" * 40)) == ""


# Merges


def _pull_request(here: Path, ours: str | None, theirs: str | None) -> RunContext:
    """Have a pull request, from a branch with `theirs` changed into one with `ours` changed, merged and checked out."""
    git(here, "checkout", "-q", "-b", "feature")
    change(here, "docs/pull-request.md")
    if theirs is not None:
        change(here, theirs)
    subject = head(here)
    git(here, "checkout", "-q", "main")
    change(here, "docs/base.md")
    if ours is not None:
        change(here, ours)
    return context(subject, merge_commit=merge(here, "feature"))


def test_a_merge_that_did_not_touch_the_path_is_none_for_it(here: Path) -> None:
    around = _pull_request(here, f"{WEB}/other.py", f"{ORDERS}/other.py")
    found, tested = _looked(around, **BY_PATH)

    assert found.version == tested.commit == _last(here, ORDERS)
    assert (tested.merge, uncredited(found, tested, None, trusting=False)) == (False, "")
    assert version.run_of(around, found, tested, settings_of(**BY_PATH).candidate) == around.run


def test_a_merge_of_what_touched_the_path_nowhere_is_none_for_it(here: Path) -> None:
    around = _pull_request(here, None, None)
    found, tested = _looked(around, **BY_PATH)

    assert found.version == tested.commit == _last(here, ORDERS)
    assert tested.merge is False


@pytest.mark.parametrize("theirs", [None, f"{ORDERS}/theirs.py"])
def test_a_merge_that_brought_the_base_s_changes_of_the_path_is_one(here: Path, theirs: str | None) -> None:
    around = _pull_request(here, f"{ORDERS}/ours.py", theirs)
    found, tested = _looked(around, **BY_PATH)

    assert found.version != tested.commit
    assert tested.merge is True
    assert "merged into its base" in uncredited(found, tested, None, trusting=True)


def test_without_a_path_every_merge_is_one(here: Path) -> None:
    around = _pull_request(here, None, f"{ORDERS}/other.py")
    found, tested = _looked(around, path=ORDERS)

    assert (found.version, tested.commit, tested.merge) == (around.run.commit, head(here), True)


def test_a_merge_that_changed_the_path_by_itself_is_one(here: Path) -> None:
    around = _pull_request(here, f"{WEB}/other.py", f"{ORDERS}/other.py")
    (here / ORDERS / "sneaked.py").write_text("1")
    git(here, "add", "--", ORDERS)
    git(here, "commit", "-q", "--amend", "--no-edit")
    around = replace(around, run=replace(around.run, merge_commit=head(here)))
    found, tested = _looked(around, **BY_PATH)

    assert (tested.commit, tested.merge) == (head(here), True)
    assert uncredited(found, tested, None, trusting=True)


def test_a_merge_of_which_history_is_missing_is_one(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = _pull_request(here, None, f"{ORDERS}/other.py")
    git(here, "branch", "merged")
    git(here, "checkout", "-q", "merged")
    shallow = clone(here, tmp_path_factory.mktemp("shallow") / "clone", "--depth=1", "--branch=merged")
    monkeypatch.chdir(shallow)
    _, tested = _looked(around, version=around.run.commit, **BY_PATH)

    assert (tested.commit, tested.merge) == (around.run.merge_commit, True)
    assert "fetch-depth: 0" in _refusal(around, **BY_PATH)


# Which commit the news belongs to


def test_outside_a_pipeline_there_is_no_run(here: Path) -> None:
    found, tested = _looked(**BY_PATH)

    assert version.run_of(None, found, tested, settings_of(**BY_PATH).candidate) is None


@pytest.mark.parametrize("merge_commit", [None, "2" * 40])
def test_the_news_belong_to_what_the_run_is_about(here: Path, merge_commit: str | None) -> None:
    around = context(head(here), merge_commit=merge_commit)
    for named in ({}, {"version": head(here)[:10]}, {"version": merge_commit or head(here)}):
        found, tested = _looked(around, **named)
        assert version.run_of(around, found, tested, settings_of(**named).candidate) == around.run


def test_the_news_of_a_name_belong_to_the_pull_request_where_there_is_one(here: Path) -> None:
    around = context("1" * 40, merge_commit=head(here))
    found, tested = _looked(around, version="1.2.3")

    assert version.run_of(around, found, tested, settings_of().candidate) == around.run


def test_the_news_of_a_path_belong_to_the_commit_that_it_was_looked_for_from(here: Path) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    around = context(change(here, "README.md"))
    found, tested = _looked(around, **BY_PATH)

    assert found.version == orders
    assert version.run_of(around, found, tested, settings_of(**BY_PATH).candidate) == around.run


@pytest.mark.parametrize("pull_request", [False, True])
def test_the_news_of_an_explicit_version_do_not_belong_to_another_commit(here: Path, *, pull_request: bool) -> None:
    orders = change(here, f"{ORDERS}/app.py")
    last = change(here, "README.md")
    around = context(last, merge_commit="2" * 40 if pull_request else None)
    options = BY_PATH | {"version": orders}
    found, tested = _looked(around, **options)
    run = version.run_of(around, found, tested, settings_of(**options).candidate)

    assert run is not None
    assert run.commit == (None if pull_request else orders)


def test_the_news_of_a_name_belong_to_what_is_checked_out(here: Path) -> None:
    around = context("1" * 40)
    found, tested = _looked(around, version="1.2.3")
    run = version.run_of(around, found, tested, settings_of().candidate)

    assert run is not None
    assert run.commit == head(here)


def test_the_news_of_a_webhooks_name_do_not_belong_to_the_default_branch(here: Path) -> None:
    around = context("1" * 40, version="1.2.3")
    found, tested = _looked(around, **BY_PATH)
    run = version.run_of(around, found, tested, settings_of(**BY_PATH).candidate)

    assert run is not None
    assert run.commit == tested.commit
