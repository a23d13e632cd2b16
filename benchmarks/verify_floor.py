"""Asks a provider for all that contracts ask for, and compares nothing: the least that verifying can cost in Python.

    python benchmarks/verify_floor.py URL FOLDER [--distinct]

The standard library alone: one process, one connection, one request after the other. With `--distinct` a request that
was sent before is not sent again.
"""

import json
import sys
from http.client import HTTPConnection
from pathlib import Path


def main() -> None:
    """Read the contracts, send their requests, and read the answers."""
    url, folder, *distinct = sys.argv[1:]
    connection = HTTPConnection(url.removeprefix("http://"))
    sent: set[str] = set()
    for path in sorted(Path(folder).iterdir()):
        for interaction in json.loads(path.read_bytes())["interactions"]:
            request = interaction["request"]
            if distinct and request["path"] in sent:
                continue
            sent.add(request["path"])
            connection.request(request["method"], request["path"], headers=request["headers"])
            answer = connection.getresponse()
            answer.read()
            if answer.status != interaction["response"]["status"]:
                sys.exit(f"{request['path']}: {answer.status}")


if __name__ == "__main__":
    main()
