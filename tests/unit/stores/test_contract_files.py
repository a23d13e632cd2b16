import os
from pathlib import Path

import pytest

from gate.domain.contracts import Fault, PacticipantVersion
from gate.engines.pact_engine.engine import PactEngine
from gate.ports import Fetched
from gate.stores.contract_files import ContractFiles
from tests.builders import as_bytes, candidate, http, pact
from tests.servers import Reply, serving

PACT = as_bytes(pact(http()))
OTHER = as_bytes(pact(http(), provider="billing-api"))


def _fetch(*sources: str, limit: int = 10_000) -> Fetched:
    return ContractFiles(sources, PactEngine({}), limit).contracts(candidate())


def _sources(fetched: Fetched) -> list[str]:
    return [contract.source for contract in fetched.contracts]


@pytest.fixture
def pacts(workspace: Path) -> Path:
    (workspace / "pacts" / "deep" / "er").mkdir(parents=True)
    (workspace / "pacts" / "b.json").write_bytes(PACT)
    (workspace / "pacts" / "a.json").write_bytes(PACT)
    (workspace / "pacts" / "deep" / "er" / "c.pact").write_bytes(PACT)
    (workspace / "pacts" / "other.json").write_bytes(OTHER)
    return workspace / "pacts"


def test_a_contract_is_read_byte_for_byte_and_binds(pacts: Path) -> None:
    (contract,) = _fetch("pacts/a.json").contracts

    assert contract.document == PACT
    assert contract.consumer == PacticipantVersion(name="web-checkout")
    assert contract.selection is None
    assert contract.content_id == PactEngine({}).content_id(PACT)


def test_a_folder_is_read_with_its_subfolders_and_only_what_is_relevant_is_kept(pacts: Path) -> None:
    fetched = _fetch("pacts")

    assert _sources(fetched) == ["pacts/a.json", "pacts/b.json", "pacts/deep/er/c.pact"]
    assert (fetched.others, fetched.faults) == (("billing-api",), ())


def test_a_pattern_is_read_file_by_file_and_folder_by_folder(pacts: Path) -> None:
    assert _sources(_fetch("pacts/**/*.pact", "pacts/[ab].json", "pacts/dee*")) == [
        "pacts/deep/er/c.pact",
        "pacts/a.json",
        "pacts/b.json",
    ]


def test_a_file_is_read_once_however_often_it_is_named(pacts: Path) -> None:
    (pacts / "link.json").symlink_to("a.json")

    assert _sources(_fetch("pacts/a.json", "pacts/link.json", str(pacts / "a.json"))) == ["pacts/a.json"]


def test_links_to_folders_are_followed_but_not_in_circles(pacts: Path) -> None:
    (pacts / "deep" / "circle").symlink_to(pacts)
    (pacts.parent / "linked").symlink_to(pacts / "deep")

    assert _sources(_fetch("linked")) == ["linked/circle/a.json", "linked/circle/b.json", "linked/er/c.pact"]


def test_a_name_that_only_looks_like_a_pattern_is_meant(workspace: Path) -> None:
    (workspace / "web[1].json").write_bytes(PACT)

    assert _sources(_fetch("web[1].json")) == ["web[1].json"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty."),
        (PACT[:-10], "the file is not JSON, perhaps truncated"),
        (b"# How to use these\n", "the file is not JSON, perhaps truncated"),
        (b"{}", "this is no contract"),
    ],
)
def test_a_file_that_is_no_contract_is_a_fault_wherever_it_lies(pacts: Path, content: bytes, what: str) -> None:
    (pacts / "README.md").write_bytes(content)

    fetched = _fetch("pacts")

    assert len(fetched.contracts) == 3
    assert [fault.where for fault in fetched.faults] == ["pacts/README.md"]
    assert fetched.faults[0].what.startswith(what)
    assert fetched.faults[0].remedy


def test_a_hidden_file_is_a_file(pacts: Path) -> None:
    (pacts / ".gitkeep").write_bytes(b"")

    assert [fault.where for fault in _fetch("pacts").faults] == ["pacts/.gitkeep"]
    assert [fault.where for fault in _fetch("pacts/*").faults] == ["pacts/.gitkeep"]


def test_what_is_not_there_is_a_fault(workspace: Path) -> None:
    assert _fetch("pacts", "pacts/*.json").faults == (
        Fault(
            where="pacts",
            what="the file cannot be read: No such file or directory.",
            remedy="Check that it exists and its permissions.",
        ),
        Fault(
            where="pacts/*.json",
            what="no file matches this pattern.",
            remedy="Check it, and the working directory.",
        ),
    )


def test_a_contract_beyond_the_limit_is_a_fault(pacts: Path) -> None:
    (fault,) = _fetch("pacts/a.json", limit=10).faults

    assert (fault.what, fault.remedy) == (
        "the file is larger than 10 bytes.",
        "Raise max-contract-size if it is meant.",
    )


def test_what_is_no_regular_file_is_a_fault(workspace: Path) -> None:
    os.mkfifo("pipe")

    assert [fault.what for fault in _fetch("pipe").faults] == ["this is no regular file."]


def test_a_folder_that_cannot_be_listed_is_a_fault(pacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, who may list everything: a real refusal takes the operating system's word.
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "scandir", refuse)

    for source in ("pacts/*.json", "pacts/**/*.json"):
        assert [fault.what for fault in _fetch(source).faults] == ["this place cannot be read: Permission denied."]
    assert [(fault.where, fault.what) for fault in _fetch("pacts").faults] == [
        ("pacts", "this place cannot be read: Permission denied.")
    ]


def test_a_folder_without_a_file_is_a_fault_even_beside_a_full_one(pacts: Path) -> None:
    (pacts.parent / "empty").mkdir()

    assert [(fault.where, fault.what) for fault in _fetch("pacts", "empty").faults] == [
        ("empty", "this folder holds no file.")
    ]


@pytest.mark.parametrize("name", ["orders-api ", "Orders-API", "orders\u200b-api", "\uff4frders-api"])
def test_a_provider_whose_name_only_looks_the_same_is_a_fault(pacts: Path, name: str) -> None:
    (pacts / "near.json").write_bytes(as_bytes(pact(http(), provider=name)))

    (fault,) = _fetch("pacts").faults

    assert fault.where == "pacts/near.json"
    assert fault.what.endswith("which looks like 'orders-api' and is not the same.")


def test_a_path_that_no_system_takes_is_a_fault(workspace: Path) -> None:
    assert [fault.what for fault in _fetch("x" * 5000).faults] == ["this place cannot be read: File name too long."]


def test_a_pattern_looks_no_deeper_than_it_reaches(pacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    scandir = os.scandir

    def watching(folder: str) -> object:
        listed.append(str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", watching)
    _fetch("pacts/*.json")

    assert not [folder for folder in listed if "deep" in folder]


def test_a_pattern_does_not_pass_over_a_folder_behind_a_link(
    pacts: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere")
    (pacts / "linked").symlink_to(secret)
    (pacts / "circle").symlink_to(pacts)
    scandir = os.scandir

    def refusing(folder: str) -> object:
        if os.path.realpath(folder) == str(secret):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)

    assert [(fault.where, fault.what) for fault in _fetch("pacts/**/*.json").faults] == [
        ("pacts/linked", "this place cannot be read: Permission denied.")
    ]


def test_a_name_that_is_no_text_can_be_shown(workspace: Path) -> None:
    Path(os.fsdecode(b"web\xff.json")).write_bytes(b"")

    assert [fault.where for fault in _fetch("*.json").faults] == ["web\\xff.json"]


def test_an_address_is_fetched_and_named_without_its_query() -> None:
    with serving(lambda _: Reply(body=PACT)) as server:
        secretive = f"{server.url}/web.json?token=s3cr3t".replace("://", "://ada:s3cr3t@")
        fetched = _fetch(secretive, secretive)

    assert _sources(fetched) == [f"{server.url}/web.json"]
    assert server.paths() == ["/web.json?token=s3cr3t"]


def test_an_address_without_a_contract_is_a_fault() -> None:
    def answer(status: int) -> Reply:
        return Reply(status=status, body=b"<html>")

    with serving(lambda asked: answer(int(asked.path[1:4]))) as server:
        fetched = _fetch(f"{server.url}/404?token=s3cr3t", f"{server.url}/200", limit=100)
    gone = _fetch(f"{server.url}/x?token=s3cr3t")

    assert [(fault.where, fault.what) for fault in (*fetched.faults, *gone.faults)] == [
        (f"{server.url}/404", "the contract could not be fetched: the server answered 404."),
        (
            f"{server.url}/200",
            "the file is not JSON, perhaps truncated: Expecting value: line 1 column 1 (char 0).",
        ),
        (f"{server.url}/x", "the contract could not be fetched: Connection refused."),
    ]


def test_an_address_beyond_the_limit_is_a_fault() -> None:
    with serving(lambda _: Reply(body=PACT)) as server:
        (fault,) = _fetch(server.url, limit=10).faults

    assert fault.what == "the contract could not be fetched: the answer is larger than 10 bytes."


def _written(*sources: str, consumer: str = "web-checkout", limit: int = 10_000) -> Fetched:
    return ContractFiles(sources, PactEngine({}), limit).written_by(consumer)


def test_a_consumer_s_contracts_are_those_with_whatever_providers(pacts: Path) -> None:
    (pacts / "theirs.json").write_bytes(as_bytes(pact(http(), consumer="billing-api")))
    fetched = _written("pacts")

    assert [(one.source, one.provider) for one in fetched.contracts] == [
        ("pacts/a.json", "orders-api"),
        ("pacts/b.json", "orders-api"),
        ("pacts/other.json", "billing-api"),
        ("pacts/deep/er/c.pact", "orders-api"),
    ]
    assert {one.consumer for one in fetched.contracts} == {PacticipantVersion(name="web-checkout")}
    assert fetched.contracts[0].document == PACT
    assert (fetched.others, fetched.faults) == (("billing-api",), ())


@pytest.mark.parametrize("consumer", ["Web-Checkout", "web-checkout ", "web\u200b-checkout", "\uff57eb-checkout"])
def test_a_consumer_that_looks_like_another_one_is_a_fault(workspace: Path, consumer: str) -> None:
    (workspace / "a.json").write_bytes(as_bytes(pact(http(), consumer=consumer)))
    fetched = _written("a.json")

    assert (fetched.contracts, fetched.others) == ((), ())
    assert [fault.what for fault in fetched.faults] == [
        f"its consumer is {consumer!r}, which looks like 'web-checkout' and is not the same."
    ]


def test_a_provider_that_looks_like_the_consumer_is_nobody_s_mistake(workspace: Path) -> None:
    (workspace / "a.json").write_bytes(as_bytes(pact(http(), provider="Web-Checkout")))

    assert [one.provider for one in _written("a.json").contracts] == ["Web-Checkout"]


@pytest.mark.parametrize("content", [b"", b"{}", PACT[:-10], b"# How to use these\n"])
def test_what_a_consumer_wrote_and_nobody_can_read_is_a_fault(pacts: Path, content: bytes) -> None:
    (pacts / "broken.json").write_bytes(content)
    fetched = _written("pacts")

    assert len(fetched.contracts) == 4
    assert [fault.where for fault in fetched.faults] == ["pacts/broken.json"]


def test_a_consumer_without_contracts_has_none(pacts: Path) -> None:
    fetched = _written("pacts", consumer="users-api")

    assert (fetched.contracts, fetched.others) == ((), ("web-checkout",))
    assert _written("pacts/*.yml").faults[0].what == "no file matches this pattern."


# Which file of the repository it is


def _files(*sources: str, root: Path | None) -> list[str]:
    files = ContractFiles(sources, PactEngine({}), 10_000, root=root)
    return [one.file for one in files.of_provider("orders-api").contracts]


def test_a_file_is_named_from_the_repository_s_top_on(pacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = pacts.parent
    monkeypatch.chdir(pacts / "deep")

    assert _files("../a.json", "er", str(pacts / "b.json"), root=top) == [
        "pacts/a.json",
        "pacts/deep/er/c.pact",
        "pacts/b.json",
    ]
    assert _files("../a.json", root=Path("..")) == ["a.json"]
    assert _files("../a.json", root=None) == [""]


def test_a_file_from_outside_is_none_of_the_repository(pacts: Path) -> None:
    inside = pacts / "deep"
    (inside / "out.json").symlink_to(pacts / "a.json")
    (pacts / "in.json").symlink_to(inside / "er" / "c.pact")

    assert _files("pacts/deep/out.json", "pacts/b.json", "pacts/in.json", root=inside) == ["", "", "er/c.pact"]


def test_the_top_may_be_reached_by_a_link(pacts: Path) -> None:
    link = pacts.parent / "linked"
    link.symlink_to(pacts)

    assert _files("linked/a.json", root=link) == ["a.json"]


@pytest.mark.parametrize("folder", ["pacts", "pacts/deep", "pacts/deep/er"])
def test_a_file_of_another_repository_is_none_of_this_one(pacts: Path, folder: str) -> None:
    (pacts.parent / ".git").mkdir()
    (pacts.parent / folder / ".git").write_text("gitdir: elsewhere\n")

    assert _files("pacts/deep/er/c.pact", root=pacts.parent) == [""]


def test_an_address_is_no_file(workspace: Path) -> None:
    with serving(lambda _: Reply(body=PACT)) as server:
        assert _files(server.url, root=workspace) == [""]


def test_a_name_that_is_no_text_names_no_file(workspace: Path) -> None:
    (workspace / os.fsdecode(b"caf\xe9.json")).write_bytes(PACT)
    (workspace / "caf\u00e9 \u202e.json").write_bytes(PACT)

    assert _files(".", root=workspace) == ["caf\u00e9 \u202e.json", ""]
