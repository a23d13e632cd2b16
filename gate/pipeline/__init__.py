"""One run: fetch, verify, look up, decide, report. Knows the seams and nothing of what stands behind them."""

from gate.pipeline.gate import Gate, Policy
from gate.pipeline.publishing import Publishing, publish
from gate.pipeline.running import run_each

__all__ = ["Gate", "Policy", "Publishing", "publish", "run_each"]
