"""What `benchmarks/verify.py` found, as Markdown."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.nginx import program
from benchmarks.verify_subjects import FLOOR, GATES, VERIFIER, VERIFIER_NAMED, Subject, authorities

TIMES_FASTER: Final = {"a": 25.0, "b": 10.0, "c": 15.0}
"""Targets, by case: against `pact verifier` as its users run it."""
SECONDS_SLOWER: Final = {"d": 0.5}
TIMES_THE_FLOOR: Final = {"b": 5.0}
MEGABYTES: Final = 300.0
ROUNDED: Final = 30.0
"""From here on nobody wants to know fractions."""


def show(
    measured: Mapping[str, Sequence[Subject]],
    growing: Mapping[str, Sequence[Subject]],
    least: Subject,
    *,
    whole: bool,
) -> None:
    """Print the tables.

    Args:
        measured: the subjects of each case, by its letter.
        growing: the subjects of each series, by what grows in it.
        least: verifies as good as nothing.
        whole: whether the cases had their full size: else the targets say nothing.
    """
    print(_surroundings())
    if measured:
        _show_cases(measured)
        print()
        every = [one for each in (*measured.values(), *growing.values()) for one in each]
        lines = [*_targets(measured), _memory(every)]
        print("\n".join(lines) if whole else "The cases were not of full size: no target is told.")
    if growing:
        _show_growth(growing, least)


def _surroundings() -> str:
    server = subprocess.run([program(), "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/([\d.]+)", server)
    trusted = Path(authorities()).read_text(encoding="utf-8").count("BEGIN CERTIFICATE")
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"nginx {found[1] if found else '?'}, pact-python-cli {version('pact-python-cli')}, "
        f"{trusted} certificate authorities"
    )


def _show_cases(measured: Mapping[str, Sequence[Subject]]) -> None:
    print(f"\n| case | whole process | runs | wall | `{VERIFIER}` / it | `{VERIFIER_NAMED}` / it ", end="")
    print("| it / floor | CPU | peak memory | requests |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for letter, subjects in measured.items():
        walls = _walls(subjects)
        for place, one in enumerate(subjects):
            print(f"| {'' if place else f'({letter}) {one.contents.what}'} | `{one.name}` | {len(one.runs)} ", end="")
            print(
                f"| {one.wall:.2f} s | {walls[VERIFIER] / one.wall:.1f} | {walls[VERIFIER_NAMED] / one.wall:.1f} ",
                end="",
            )
            print(f"| {one.wall / walls[FLOOR]:.1f} | {one.cpu:.2f} s | {one.megabytes:.0f} MB ", end="")
            print(f"| {one.interactions:,} |")


def _walls(subjects: Iterable[Subject]) -> Mapping[str, float]:
    return {one.name: one.wall for one in subjects}


def _targets(measured: Mapping[str, Sequence[Subject]]) -> Iterator[str]:
    """Say of each target which of the gates meets it."""
    for letter, subjects in measured.items():
        walls = _walls(subjects)
        gates = {name: walls[name] for name in GATES}
        for verifier in (VERIFIER, VERIFIER_NAMED):
            if letter in TIMES_FASTER:
                times = TIMES_FASTER[letter]
                found = {name: walls[verifier] / wall for name, wall in gates.items()}
                yield _target(f"({letter}) at least {times:g} times faster than `{verifier}`", found, at_least=times)
            if letter in SECONDS_SLOWER:
                seconds = SECONDS_SLOWER[letter]
                found = {name: wall - walls[verifier] for name, wall in gates.items()}
                yield _target(f"({letter}) at most {seconds:g} s slower than `{verifier}`", found, at_most=seconds)
        if letter in TIMES_THE_FLOOR:
            times = TIMES_THE_FLOOR[letter]
            found = {name: wall / walls[FLOOR] for name, wall in gates.items()}
            yield _target(f"({letter}) at most {times:g} times the floor", found, at_most=times)


def _memory(every: Iterable[Subject]) -> str:
    peaks: dict[str, float] = dict.fromkeys(GATES, 0.0)
    for one in every:
        if one.name in peaks:
            peaks[one.name] = max(peaks[one.name], one.megabytes)
    return _target(f"peak memory at most {MEGABYTES:g} MB", peaks, at_most=MEGABYTES)


def _target(
    what: str, found: Mapping[str, float], *, at_least: float = float("-inf"), at_most: float = float("inf")
) -> str:
    """Say whether a target is met, by which of the gates."""
    each = (
        f"`{name}` {value:.{0 if value >= ROUNDED else 2}f} {'met' if at_least <= value <= at_most else 'not met'}"
        for name, value in found.items()
    )
    return f"- Target: {what}: {', '.join(each)}"


def _show_growth(growing: Mapping[str, Sequence[Subject]], least: Subject) -> None:
    print(
        f"\n| what grows | `{least.name}` | interactions | distinct | wall | less the start, per interaction | ", end=""
    )
    print("per distinct one |\n|---|---|---:|---:|---:|---:|---:|")
    print(f"| (the start) | {least.contents.what} | 1 | 1 | {least.wall:.2f} s | | |")
    for what, subjects in growing.items():
        for place, one in enumerate(subjects):
            contents, more = one.contents, 1000 * (one.wall - least.wall)
            print(
                f"| {'' if place else what} | {contents.what} | {contents.interactions:,} | {contents.distinct:,} ",
                end="",
            )
            print(f"| {one.wall:.2f} s | {more / contents.interactions:.2f} ms | {more / contents.distinct:.2f} ms |")
    print()
    for what, (first, *_, last) in growing.items():
        cost = (last.wall - least.wall) / (first.wall - least.wall)
        work = last.contents.distinct / first.contents.distinct
        print(
            f"- {what}: from {first.contents.what} to {last.contents.what} there are {work:g} times as many distinct ",
            end="",
        )
        print(f"ones, and they cost {cost:.2f} times as much, the start aside")
