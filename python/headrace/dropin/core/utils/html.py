"""Links in HTML."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

__all__ = [
    "DEFAULT_LINK_REGEX",
    "PREFIXES_TO_IGNORE",
    "PREFIXES_TO_IGNORE_REGEX",
    "SUFFIXES_TO_IGNORE",
    "SUFFIXES_TO_IGNORE_REGEX",
    "extract_sub_links",
    "find_all_links",
]

logger = logging.getLogger("headrace.dropin")

PREFIXES_TO_IGNORE = ("javascript:", "mailto:", "#")
_SUFFIXES = "css js ico png jpg jpeg gif svg csv bz2 zip epub webp pdf docx xlsx pptx pptm"
SUFFIXES_TO_IGNORE = tuple(f".{name}" for name in _SUFFIXES.split())
_ENDS = "|".join(re.escape(suffix) + "[\\#'\\\"]" for suffix in SUFFIXES_TO_IGNORE)
SUFFIXES_TO_IGNORE_REGEX = f"(?!{_ENDS})"
PREFIXES_TO_IGNORE_REGEX = f"(?!{'|'.join(map(re.escape, PREFIXES_TO_IGNORE))})"
DEFAULT_LINK_REGEX = (
    rf"href=[\"']{PREFIXES_TO_IGNORE_REGEX}((?:{SUFFIXES_TO_IGNORE_REGEX}.)*?)[\#'\"]"
)


def find_all_links(raw_html: str, *, pattern: str | re.Pattern[str] | None = None) -> list[str]:
    """Return the links in HTML, each once, in no particular order.

    Args:
        raw_html: The HTML.
        pattern: A pattern with one group, in place of the usual one.
    """
    return list(set(re.findall(pattern or DEFAULT_LINK_REGEX, raw_html)))


def extract_sub_links(
    raw_html: str,
    url: str,
    *,
    base_url: str | None = None,
    pattern: str | re.Pattern[str] | None = None,
    prevent_outside: bool = True,
    exclude_prefixes: Sequence[str] = (),
    continue_on_failure: bool = False,
) -> list[str]:
    """Return the absolute links in HTML.

    Args:
        raw_html: The HTML.
        url: Its address.
        base_url: The address that links have to start with; by default its own.
        pattern: A pattern for links, in place of the usual one.
        prevent_outside: Whether links that do not start with that address are left out.
        exclude_prefixes: Links that start with these are left out.
        continue_on_failure: Whether malformed links are left out, with a warning.

    Raises:
        ValueError: If a link is malformed.
    """
    base = url if base_url is None else base_url
    found: set[str] = set()
    for link in find_all_links(raw_html, pattern=pattern):
        try:
            found.add(_absolute(link, url))
        except ValueError as error:
            if not continue_on_failure:
                raise
            logger.warning("Unable to load link %s. Raised exception:\n\n%s", link, error)
    host = urlsplit(base).netloc
    return [
        link
        for link in found
        if not link.startswith(tuple(exclude_prefixes))
        and (not prevent_outside or (urlsplit(link).netloc == host and link.startswith(base)))
    ]


def _absolute(link: str, url: str) -> str:
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return link
    if link.startswith("//"):
        return f"{urlsplit(url).scheme}:{link}"
    path = urljoin(url, parts.path)
    return f"{path}?{parts.query}" if parts.query else path
