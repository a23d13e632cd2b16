"""GitHub's answers as far as they are read, in the shapes that GitHub describes. Another shape tells nothing."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")


class Shape(BaseModel):
    """A part of an answer. There may be more in it."""

    model_config = ConfigDict(strict=True, frozen=True)


class Account(Shape):
    """A user, or an app's bot."""

    login: str
    type: str = ""


class Viewer(Shape):
    """Who asks."""

    viewer: Account


class ViewerAnswer(Shape):
    """What GraphQL answers to who asks."""

    data: Viewer


class IssueComment(Shape):
    """A comment on a pull request, which is an issue to GitHub."""

    id: int
    user: Account | None
    body: str | None
    updated_at: str


class CommitStatus(Shape):
    """A status of a commit."""

    state: str
    context: str
    target_url: str | None


class Repository(Shape):
    """A repository."""

    full_name: str


class DefaultBranch(Shape):
    """A repository, as far as it says which its default branch is."""

    default_branch: str


class Head(Shape):
    """What a pull request would merge."""

    sha: str
    repo: Repository | None


class Pull(Shape):
    """A pull request."""

    number: int
    head: Head


class CheckRunOutput(Shape):
    """What a check run shows."""

    annotations_count: int


class CheckRun(Shape):
    """A check run."""

    id: int
    name: str
    external_id: str | None
    conclusion: str | None
    output: CheckRunOutput


class CheckRuns(Shape):
    """A list of check runs."""

    check_runs: list[Any]


def shaped(kind: type[T], answer: Any) -> T:  # noqa: ANN401 - whatever JSON came
    """Return an answer in its shape. One of another shape is a `ValueError`."""
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ValueError(f"it is not what GitHub describes ({where or 'all of it'}: {fault['msg']})") from error
