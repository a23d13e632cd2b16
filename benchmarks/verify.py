"""What verifying many contracts costs, beside `pact verifier` and beside a floor, and what that cost grows with.

    ./dev python -m benchmarks.verify [--runs 3] [--verifier-runs 1] [--only b,c] [--scale 0.1]

The cases are (a) 50 consumers of 50 interactions each, in three live versions that share 90 %, so that 3,000 of 7,500
interactions are distinct; (b) 100 contracts of 20 interactions, all distinct; (c) one contract of 2,000; (d) one of 10.
The provider is nginx (`apt-get install nginx-light`) with one worker process on the loopback address. Measured are
whole processes, one after the other and in turns:

1. `gate check` with one provider; with two replicas of it, each an nginx of its own; and with one that is declared
   stateless (`provider-parallel`);
2. `pact verifier` of pact-python-cli, the reference verifier without Python around it, as its users run it: it reads
   the machine's certificate authorities anew for each interaction, although the provider speaks plain HTTP; and where
   SSL_CERT_FILE names them, as in images and on runners of companies, it reads them twice, once for each of its two
   libraries;
3. the same with a store of one certificate authority (SSL_CERT_FILE), which its users would have to know about;
4. the floor: the same requests with the standard library over one connection, one after the other, and nothing
   compared (`benchmarks/verify_floor.py`); where interactions repeat, also each distinct one once, as the gate does.

A run counts only if it exits with 0, if as many interactions reached the provider as it has to ask for, neither more
nor less (each of several replicas getting some), and if the gate's own words count every contract as honoured.

Wall time and CPU are medians of the runs. In the large cases `pact verifier` takes up to minutes, and has turns of its
own number. CPU is what the kernel counts for the process and all that it waited for, user and system together; nginx is
not among it, although it needs the same cores. Memory is the peak over the whole tree of processes, shared pages
counted once (`benchmarks/process_tree.py`). The first turn fills the caches and does not count; `pact verifier` sits it
out where it is slow.

Then `gate check` with one provider shows what its cost grows with: the number of distinct interactions, how often they
are repeated, and how many stand in one contract. What one contract of a single interaction takes is taken off.

How modules are compiled and kept is said in `benchmarks/start_up.py`. SSL_CERT_FILE and SSL_CERT_DIR are passed on to
none of the commands, save as said.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import trustme

from benchmarks.nginx import nginx
from benchmarks.start_up import environment
from benchmarks.verify_contents import cases, series, start
from benchmarks.verify_subjects import Around, Turns, alone, side_by_side, take_turn
from benchmarks.verify_tables import show

GROWTH: Final = "growth"
ALL: Final = ("a", "b", "c", "d", GROWTH)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="Measures what verifying many contracts costs.")
    arguments.add_argument("--runs", type=_count, default=3, help="runs of each command (default: 3)")
    arguments.add_argument(
        "--verifier-runs", type=_count, default=1, help="runs of pact verifier in the large cases (default: 1)"
    )
    arguments.add_argument("--only", default=",".join(ALL), help=f"some of {','.join(ALL)} (default: all)")
    arguments.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of everything (default: 1)")
    options = arguments.parse_args()
    chosen = options.only.split(",")
    if not set(chosen) <= set(ALL):
        arguments.error(f"--only takes some of {','.join(ALL)}")
    turns = Turns(runs=options.runs, verifier_runs=options.verifier_runs)
    with tempfile.TemporaryDirectory(prefix="gate-verify-") as name, ExitStack() as stack:
        folder = Path(name)
        providers = [stack.enter_context(nginx(folder / f"provider-{number}")) for number in (1, 2)]
        (folder / "none").mkdir()
        trustme.CA().cert_pem.write_to_path(str(folder / "authority.pem"))
        settings = environment(folder / "compiled")
        for own in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            settings.pop(own, None)
        around = Around(folder=folder, settings=settings, providers=providers)
        measured = {
            letter: side_by_side(contents, around, turns)
            for letter, contents in cases(options.scale).items()
            if letter in chosen
        }
        growing = {
            what: [alone(contents, around, turns) for contents in each]
            for what, each in series(options.scale).items()
            if GROWTH in chosen
        }
        least = alone(start(), around, turns)
        every = [one for each in (*measured.values(), *growing.values()) for one in each]
        every += [least] if growing else []
        for turn in range(turns.most + 1):
            for subject in every:
                take_turn(subject, turn, around)
    show(measured, growing, least, whole=options.scale == 1)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"{text} is no number of runs"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    main()
