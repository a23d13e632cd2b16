"""Pact contracts, verified by the reference implementation inside disposable worker processes."""
