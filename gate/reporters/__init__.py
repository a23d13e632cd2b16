"""Seam 3: who is told how the run went."""
