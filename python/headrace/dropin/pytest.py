"""Pytest plugin: `pytest -p headrace.dropin.pytest` runs the tests on headrace."""

from headrace.dropin.installation import emulates, install

__all__ = ["pytest_report_header"]

install()


def pytest_report_header() -> str:
    """Return the report header line about langchain_core."""
    return f"langchain_core: headrace in place of {emulates}"
