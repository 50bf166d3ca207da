"""Recorded provider streams, as the fields of the chunks that an integration makes of them."""

from pathlib import Path
from typing import Any

import pytest
from tests.shared import SHARED, SKIPPED

from headrace.exceptions import ModelStreamError
from headrace.language_models import recorded

# Recordings of real providers are not part of this repository.
FOLDER = SHARED / "recordings"

_FIELDS = (
    "id",
    "additional_kwargs",
    "response_metadata",
    "tool_call_chunks",
    "usage_metadata",
    "chunk_position",
)


def recordings(*providers: str) -> list[Any]:
    """A parameter for each recording, of some providers or all, or one that is skipped."""
    if not FOLDER.is_dir():
        why = pytest.mark.skip(reason=SKIPPED.format("recordings"))
        return [pytest.param(None, marks=why, id="recordings")]
    found = sorted(FOLDER.glob("*.jsonl"))
    return [
        pytest.param(path, id=path.stem)
        for path in found
        if not providers or path.stem.startswith(providers)
    ]


def chunks_of(path: Path) -> list[dict[str, Any]]:
    """The fields of the chunks of a recorded stream, as both libraries take them."""
    try:
        chunks = list(recorded.chunks_of(recorded.events_in(path)))
    except ModelStreamError:  # what the provider reported
        return []
    return [
        {field: getattr(chunk, field) for field in _FIELDS if getattr(chunk, field)}
        | {"content": chunk.content}
        for chunk in chunks
    ]
