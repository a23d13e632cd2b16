"""Thin edges without decisions."""
