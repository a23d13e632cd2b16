import subprocess
import sys
from pathlib import Path

import pytest

from tests.git_servers import make_repository

WRITERS = 20

WRITER = """
import random, sys, time
from gate.clients.git_branch import GitAccess, GitBranch

url, name = sys.argv[1:]
branch = GitBranch(GitAccess(url=url, branch="store", user_configuration=False))
branch.fetch()
print("ready", flush=True)
sys.stdin.read()
while True:
    seen = branch.folders(["facts"])["facts"]
    if branch.push({f"facts/{name}": " ".join(seen).encode()}, name):
        break
    time.sleep(random.uniform(0, 0.5))
    branch.fetch()
"""


@pytest.mark.timeout(180)
def test_of_many_who_write_at_once_nobody_loses_anything(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "store.git")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(repository.path), f"w{number:02d}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    assert [writer.stdout.readline() for writer in writers if writer.stdout] == ["ready\n"] * WRITERS
    told = [writer.communicate(timeout=150) for writer in writers]

    assert told == [("", "")] * WRITERS
    commits = list(reversed(repository.history()))
    parents = [repository.git("log", "-1", "--format=%P", commit) for commit in commits]
    assert parents == ["", *commits[:-1]], "a line without merges"
    names = [repository.git("log", "-1", "--format=%s", commit) for commit in commits]
    assert sorted(names) == [f"w{number:02d}" for number in range(WRITERS)]
    # Each was decided by all that came before it, and by nothing else.
    assert repository.files() == {f"facts/{name}": " ".join(sorted(names[:index])) for index, name in enumerate(names)}
