"""One run: fetch, verify, look up, decide, report. Knows the seams and nothing of what stands behind them."""

from gate.pipeline.gate import Gate, Policy
from gate.pipeline.running import run

__all__ = ["Gate", "Policy", "run"]
