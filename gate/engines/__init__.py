"""Seam 2: what can check a contract of its format against a running provider."""
