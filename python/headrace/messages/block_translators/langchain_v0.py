"""Blocks of data as langchain-core 0.3 had them."""

from __future__ import annotations

from headrace.messages.block_translators.common import Block, others
from headrace.messages.content import create_file_block

__all__ = ["read_input"]

_SOURCES = {"url": ("url", "url"), "base64": ("base64", "data")}
"""The field of the typed block and its name in the source, for each kind of source."""


def read_input(block: Block) -> Block | None:
    """Read an image, a sound or a file.

    Args:
        block: A block in any form.

    Returns:
        The typed block, or None where it is not in that form.
    """
    kind, source = block.get("type"), block.get("source_type")
    if kind not in ("image", "audio", "file") or source is None:
        return None
    if source == "id":
        more = others(block, "type", "source_type", "id")
        if kind == "file":
            return dict(create_file_block(file_id=block["id"], **more))
        return {"type": kind, "file_id": block["id"], **_extras(more)}
    if kind == "file" and source == "text":
        # The text of a file stood in `text`; some have written it into `url`.
        given = "url" if "url" in block else "text"
        made = {"type": "text-plain", "text": block[given], "mime_type": "text/plain"}
    elif source in _SOURCES:
        field, given = _SOURCES[source]
        made = {"type": kind, field: block[given]}
    else:
        return None
    made.update({key: block[key] for key in ("mime_type", "id") if block.get(key)})
    return {**made, **_extras(others(block, "type", "source_type", "mime_type", "id", given))}


def _extras(more: Block) -> Block:
    kept = {key: value for key, value in more.items() if value is not None}
    return {"extras": kept} if kept else {}
