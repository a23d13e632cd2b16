"""Seam 1: where contracts come from."""
