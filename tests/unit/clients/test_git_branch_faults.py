"""What servers say, in their own words: those of GitHub, GitLab, Azure and of git itself, old and new."""

import pytest

from gate.clients.git_faults import Failure, clean

GITHUB = """\
remote: error: GH006: Protected branch update failed for refs/heads/store.{}
remote: {}
remote: - Changes must be made by a pull request.{}
""".format(*[" " * 8] * 3)
FORBIDDEN = "unable to access 'https://example.com/a/': The requested URL returned error: 403"


def _failure(errors: str = "", output: str = "") -> Failure:
    return Failure(
        where="https://example.com/a",
        output=output,
        errors=errors,
        redact=lambda text: text.replace("s3cr3t-t0ken", "***"),
    )


def _rejected(reason: str, said: str = "") -> Failure:
    output = f"To https://example.com/a\n!\t1234:refs/heads/store\t[remote rejected] ({reason})\nDone"
    return _failure(f"{said}error: failed to push some refs to 'https://example.com/a'", output)


@pytest.mark.parametrize(
    "reason",
    [
        "cannot lock ref 'refs/heads/store': is at 1234 but expected 5678",
        "cannot lock ref 'refs/heads/store': Unable to create 'store.lock': File exists.",
        "cannot lock ref 'refs/heads/store': reference already exists",
        "failed to update ref",
        "failed to lock",
        "incorrect old value provided",
        "reference already exists",
        "reference conflict due to case-insensitive filesystem",
        "fetch first",
        "lock error: not allowed now",
    ],
)
def test_others_were_writing(reason: str) -> None:
    failure = _rejected(reason)

    assert (failure.is_contention, failure.is_refusal, failure.is_stale) == (True, False, False)


@pytest.mark.parametrize(
    ("reason", "said", "what"),
    [
        (
            "protected branch hook declined",
            GITHUB,
            "GH006: Protected branch update failed for refs/heads/store. - Changes must be made by a pull request.",
        ),
        ("push declined due to repository rule violations", "", "push declined due to repository rule violations."),
        (
            "pre-receive hook declined",
            "remote: GitLab: You are not allowed to push code to protected branches on this project.\n",
            "GitLab: You are not allowed to push code to protected branches on this project.",
        ),
        (
            "TF402455: Pushes to this branch are not permitted.",
            "",
            "TF402455: Pushes to this branch are not permitted.",
        ),
        ("permission denied", "remote: for s3cr3t-t0ken\n", "for ***."),
    ],
)
def test_a_server_refuses(reason: str, said: str, what: str) -> None:
    failure = _rejected(reason, said)

    assert (failure.is_contention, failure.is_refusal, failure.is_passing) == (False, True, False)
    assert failure.error().what == f"the push was refused: {what}"


@pytest.mark.parametrize(
    ("reason", "said"), [("Internal Server Error", ""), ("failure", "remote: fatal error in commit_refs\n")]
)
def test_a_server_stumbles(reason: str, said: str) -> None:
    failure = _rejected(reason, said)

    assert (failure.is_contention, failure.is_refusal, failure.is_passing) == (False, False, True)


def test_a_server_says_something_new() -> None:
    failure = _rejected("the moon is full")

    assert (failure.is_contention, failure.is_refusal, failure.is_passing) == (False, False, False)
    assert failure.error().what == "the push was refused: the moon is full."


def test_a_rejection_without_a_reason() -> None:
    failure = _failure(output="!\t1234:refs/heads/store\t[remote rejected]\nDone")

    assert failure.error().what == "the push was refused: remote rejected."


@pytest.mark.parametrize(
    "errors",
    [
        "ssh: connect to host example.com port 22: Connection refused",
        "kex_exchange_identification: Connection closed by remote host",
        "fatal: unable to access 'https://example.com/a/': Could not resolve host: example.com",
        "ssh: Could not resolve hostname example.com: Name or service not known",
        "error: RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
        "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502",
        "fatal: the remote end hung up unexpectedly",
        "fatal: early EOF",
        "fetch-pack: unexpected disconnect while reading sideband packet",
        "fatal: unable to access 'https://example.com/a/': Failed to connect to example.com port 443 after 0 ms",
        "fatal: unable to access 'https://example.com/a/': The requested URL returned error: 429",
    ],
)
def test_a_fault_that_may_pass(errors: str) -> None:
    assert _failure(errors).is_passing is True


@pytest.mark.parametrize(
    ("errors", "what"),
    [
        (
            "remote: Repository not found.\nfatal: repository 'https://example.com/a/' not found",
            "there is no git repository that we may see.",
        ),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "there is no git repository"),
        (
            f"remote: Write access to repository not granted.\nfatal: {FORBIDDEN}",
            "the server lets nobody in with these credentials: Write access to repository not granted.",
        ),
        (
            "remote: Invalid username or token.\nfatal: Authentication failed for 'https://example.com/a/'",
            "the server lets nobody in with these credentials: Invalid username or token.",
        ),
        (
            "git@example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "the server lets nobody in with these credentials: Could not read from remote repository.",
        ),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "the key of the host"),
        ("SSL certificate problem: unable to get local issuer certificate", "the certificate of the server"),
        ("server certificate verification failed. CAfile: none CRLfile: none", "the certificate of the server"),
        ("server verification failed: certificate signer not trusted.", "the certificate of the server"),
        ("fatal: transport 'ext' not allowed", "this is no kind of address"),
        ("fatal: remote error: upload-pack: not our ref 1234", "the repository has no longer"),
        ("fatal: something else s3cr3t-t0ken", "git failed: something else ***."),
        ("", "git failed: it does not say why."),
    ],
)
def test_a_fault_that_does_not_pass(errors: str, what: str) -> None:
    failure = _failure(errors)

    assert failure.is_passing is False
    assert failure.error().what.startswith(what)


def test_what_a_terminal_would_act_upon_is_taken_out() -> None:
    assert clean("a\x1b[31mb\x1b[0m\rc\r\nd\te\x07\u202ef\x9bg\n") == "ab\nc\nd e f g"


def test_a_secret_is_not_shown_in_part() -> None:
    error = _failure(f"fatal: {'x' * 290} s3cr3t-t0ken").error()

    assert error.what == f"git failed: {'x' * 290} ***."
