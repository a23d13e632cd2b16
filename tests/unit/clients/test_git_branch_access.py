import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.clients.git_branch import GitAccess
from gate.domain.errors import ConfigurationError
from tests.git_servers import CLEAN


def _access(url: str, branch: str = "store") -> GitAccess:
    return GitAccess(url=url, branch=branch, user_configuration=False)


@pytest.mark.parametrize(
    ("url", "where", "local"),
    [
        ("https://github.com/acme/contracts.git", "https://github.com/acme/contracts.git", False),
        ("https://[::1]:8443/a", "https://[::1]:8443/a", False),
        ("ssh://git@github.com:22/acme/contracts", "ssh://github.com:22/acme/contracts", False),
        ("git@github.com:acme/contracts", "github.com:acme/contracts", False),
        ("github.com:acme/contracts", "github.com:acme/contracts", False),
        ("ssh://git@host/a?b=c#d", "ssh://host/a", False),
        ("file:///srv/store.git", "file:///srv/store.git", True),
        ("/srv/store.git", "/srv/store.git", True),
        ("../store", "../store", True),
        ("./odd:name", "./odd:name", True),
        ("/srv/user@host", "/srv/user@host", True),
    ],
)
def test_where_an_address_leads(url: str, where: str, local: bool) -> None:  # noqa: FBT001
    access = _access(url)

    assert (access.where, access.is_local) == (where, local)


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:s3cr3t@github.com/a",
        "https://s3cr3t@github.com/a",
        "https://:s3cr3t@github.com/a",
        "http://ada:s3cr3t@github.com/a",
        "https://ada:p@s3cr3t@github.com/a",
        "https://ada:s3cr3t/more@github.com/a",
        "ssh://git:s3cr3t@github.com/a",
        "ftp://git:s3cr3t@github.com/a",
        "https://github.com/a?private_token=s3cr3t",
        "https://[s3cr3t/a",
        "https://github.com/a\ns3cr3t",
        "/srv/\x1b[31ms3cr3t",
        "",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        _access(url)

    assert "s3cr3t" not in f"{error.value}{error.value.__cause__}{error.value.__context__}"
    assert error.value.remedy


def test_a_token_is_not_shown() -> None:
    access = GitAccess(url="https://github.com/a", branch="store", token="s3cr3t-t0ken", user_configuration=False)

    assert repr(access) == "GitAccess(branch='store', user_configuration=False)"


@pytest.mark.parametrize(
    "branch",
    ["", "-d", "a b", "a:b", "a..b", "a/", "/a", "a//b", "a.lock", ".a", "a/.b", "a*", "@", "a@{1}", "a\n", "\n-"],
)
def test_what_is_no_name_of_a_branch_is_refused(branch: str) -> None:
    with pytest.raises(ConfigurationError, match="this is no name of a branch"):
        _access("/srv/store.git", branch)


@given(st.text(alphabet="ab/.@{-~ :*[\\\n^?é", max_size=8))
@settings(max_examples=300)
def test_git_knows_no_other_names_of_branches(branch: str) -> None:
    asked = subprocess.run(["git", "check-ref-format", "--branch", branch], env=CLEAN, check=False, capture_output=True)
    if asked.returncode == 0 and branch != "@":  # which stands for HEAD
        assert _access("/srv/store.git", branch).branch == branch
    else:
        with pytest.raises(ConfigurationError):
            _access("/srv/store.git", branch)
