"""Additions to the package of the same name."""
