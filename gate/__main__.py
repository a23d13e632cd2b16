"""`python -m gate` and the `gate` command."""

import gc

# What a run reads lives to its end: to look for garbage among it takes a fifth of a short run.
gc.set_threshold(200_000, 20, 100)

from gate.cli import main  # noqa: E402 - its imports are most of what a short run allocates

if __name__ == "__main__":
    main()
