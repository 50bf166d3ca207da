"""Additions to `headrace.utils.utils`."""

from __future__ import annotations

import contextlib
import datetime
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from unittest import mock

from headrace.messages.base import LC_AUTO_PREFIX

__all__ = [
    "LC_AUTO_PREFIX",
    "_build_model_kwargs",
    "check_package_version",
    "mock_now",
    "raise_for_status_with_text",
]


def _build_model_kwargs(
    values: dict[str, Any], all_required_field_names: set[str]
) -> dict[str, Any]:
    """Move the arguments of a model that are not fields to `model_kwargs`, with a warning.

    Args:
        values: All arguments; they are changed.
        all_required_field_names: The names of the fields.

    Returns:
        `values`.

    Raises:
        ValueError: If an argument is given twice.
    """
    extra: dict[str, Any] = values.get("model_kwargs", {})
    for name in list(values):
        if name in extra:
            raise ValueError(f"Found {name} supplied twice.")
        if name not in all_required_field_names:
            warnings.warn(
                f"WARNING! {name} is not default parameter.\n"
                f"                {name} was transferred to model_kwargs.\n"
                f"                Please confirm that {name} is what you intended.",
                stacklevel=7,
            )
            extra[name] = values.pop(name)
    fields = all_required_field_names.intersection(extra)
    if fields:
        warnings.warn(
            f"Parameters {fields} should be specified explicitly. Instead they were passed in as "
            "part of `model_kwargs` parameter.",
            stacklevel=7,
        )
        for name in fields:
            values[name] = extra.pop(name)
    values["model_kwargs"] = extra
    return values


def check_package_version(
    package: str,
    lt_version: str | None = None,
    lte_version: str | None = None,
    gt_version: str | None = None,
    gte_version: str | None = None,
) -> None:
    """Check the version of an installed package.

    Args:
        package: The package.
        lt_version: The version that it must be older than.
        lte_version: The newest version that is accepted.
        gt_version: The version that it must be newer than.
        gte_version: The oldest version that is accepted.

    Raises:
        ValueError: If the version is not accepted.
    """
    from packaging.version import parse

    found = parse(version(package))
    limits = (
        (lt_version, "<", lambda limit: found < limit),
        (lte_version, "<=", lambda limit: found <= limit),
        (gt_version, ">", lambda limit: found > limit),
        (gte_version, ">=", lambda limit: found >= limit),
    )
    for limit, sign, holds in limits:
        if limit is not None and not holds(parse(limit)):  # type: ignore[no-untyped-call]
            raise ValueError(f"Expected {package} version to be {sign} {limit}. Received {found}.")


@contextlib.contextmanager
def mock_now(dt_value: datetime.datetime) -> Iterator[type[datetime.datetime]]:
    """Stop the clock of `datetime.datetime.now` inside a `with` block, for tests.

    Args:
        dt_value: The time it shows.

    Yields:
        The class that replaces `datetime.datetime`.
    """

    class Stopped(datetime.datetime):
        """A clock that stands still."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            """Return the given time."""
            return dt_value.replace(tzinfo=dt_value.tzinfo or tz)

    with mock.patch("datetime.datetime", Stopped):
        yield Stopped


def raise_for_status_with_text(response: Any) -> None:
    """Raise an error for a failed HTTP response, with its text.

    Args:
        response: A response of `requests`.

    Raises:
        ValueError: If the request failed.
    """
    try:
        response.raise_for_status()
    except Exception as error:
        raise ValueError(response.text) from error
