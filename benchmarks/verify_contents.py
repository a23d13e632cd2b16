"""The contracts that `benchmarks/verify.py` verifies: its cases, and the series that show what the cost grows with."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.start_up import contract

CONSUMERS: Final = 50
SHARED, OWN, VERSIONS = 45, 5, 3
CONTRACTS: Final = 100
IN_EACH: Final = 20
IN_ONE: Final = 2000
FEW: Final = 10
LEAST: Final = 200
"""Interactions of a series, however small it is to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Contracts in a folder of their own."""

    name: str
    what: str
    files: Mapping[str, tuple[str, Sequence[int]]]
    """By the file's name: the consumer, and the number of each interaction. What has one number is the same."""

    @property
    def contracts(self) -> int:
        """How many contracts there are."""
        return len(self.files)

    @property
    def interactions(self) -> int:
        """How many interactions there are."""
        return sum(len(numbers) for _, numbers in self.files.values())

    @property
    def distinct(self) -> int:
        """How many interactions there are when what is the same is counted once."""
        return len({number for _, numbers in self.files.values() for number in numbers})

    def write(self, folder: Path) -> None:
        """Write the contracts."""
        folder.mkdir()
        for name, (consumer, numbers) in self.files.items():
            (folder / name).write_text(json.dumps(contract(consumer, numbers)), encoding="utf-8")


def cases(scale: float) -> dict[str, Contents]:
    """Return the cases by their letter; `scale` makes the three large ones smaller."""
    consumers, contracts, in_one = (max(1, round(count * scale)) for count in (CONSUMERS, CONTRACTS, IN_ONE))
    return {
        "a": Contents(
            name="a",
            what=f"{consumers} consumers x {SHARED + OWN} interactions x {VERSIONS} versions sharing 90 %",
            files=dict(_versions(consumers)),
        ),
        "b": Contents(
            name="b",
            what=f"{contracts} contracts x {IN_EACH} distinct interactions",
            files=_split(contracts * IN_EACH, contracts),
        ),
        "c": Contents(name="c", what=f"one contract of {in_one:,}", files=_split(in_one, 1)),
        "d": Contents(name="d", what=f"one contract of {FEW}", files=_split(FEW, 1)),
    }


def series(scale: float) -> dict[str, list[Contents]]:
    """Return what the cost is to grow with, or not: for each the contents in which that alone changes."""
    whole = max(LEAST, round(IN_ONE * scale))
    return {
        "distinct interactions": [
            _one("distinct", count, f"{count:,} in one contract", _split(count, 1))
            for count in (whole // 4, whole // 2, whole, whole * 2)
        ],
        "repeated interactions": [
            _one(
                "repeated",
                times,
                f"{whole:,} in {times} equal contract{'' if times == 1 else 's'}",
                _repeated(whole, times),
            )
            for times in (1, 2, 4)
        ],
        "size of a contract": [
            _one("size", files, f"{whole:,} in {files} contract{'' if files == 1 else 's'}", _split(whole, files))
            for files in (1, whole // 100, whole // 10)
        ],
    }


def start() -> Contents:
    """Return the least there is to verify: what is left of the cost is that of the start."""
    return _one("start", 1, "one contract of 1", _split(1, 1))


def _one(kind: str, number: int, what: str, files: Mapping[str, tuple[str, Sequence[int]]]) -> Contents:
    return Contents(name=f"{kind}-{number}", what=what, files=files)


def _versions(consumers: int) -> Iterator[tuple[str, tuple[str, Sequence[int]]]]:
    """Yield a file for each version of each consumer. Loose files know no versions: the name alone tells of them."""
    distinct = SHARED + OWN * VERSIONS
    for consumer in range(consumers):
        first = consumer * distinct
        own = first + SHARED
        for version in range(VERSIONS):
            numbers = [*range(first, own), *range(own + version * OWN, own + (version + 1) * OWN)]
            yield f"{_consumer(consumer)}-{version + 1}.0.0-items.json", (_consumer(consumer), numbers)


def _split(interactions: int, files: int) -> dict[str, tuple[str, Sequence[int]]]:
    """Give each of several consumers an equal part of the interactions."""
    part = interactions // files
    return {
        f"{_consumer(number)}-items.json": (_consumer(number), range(number * part, (number + 1) * part))
        for number in range(files)
    }


def _repeated(interactions: int, times: int) -> dict[str, tuple[str, Sequence[int]]]:
    """Give all of the interactions to each of several consumers."""
    return {f"{_consumer(number)}-items.json": (_consumer(number), range(interactions)) for number in range(times)}


def _consumer(number: int) -> str:
    return f"consumer-{number + 1:03}"
