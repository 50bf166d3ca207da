"""Messages of OpenAI's Responses as typed content blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from headrace.messages.ai import AIMessage
from headrace.messages.block_translators import openai_tools
from headrace.messages.block_translators.common import (
    Block,
    Blocks,
    call_block,
    each,
    extras,
    index_of,
    is_last,
    non_standard,
    only_part,
    others,
)
from headrace.messages.content import KNOWN_BLOCK_TYPES

__all__ = ["translate_responses"]


def translate_responses(message: AIMessage, content: Iterable[Any]) -> Blocks:
    """Return the content blocks of a message.

    One Responses block can become several typed blocks, and each kind of block has its own indexes.
    So each kind gets an index prefix, which lets the chunks of a stream merge.

    Args:
        message: The message, whole or a chunk.
        content: The content in the form of the Responses API.

    Returns:
        The blocks.
    """
    return each(content, lambda block: _blocks(block, message))


def _blocks(block: Block, message: AIMessage) -> Iterable[Block]:
    kind = block.get("type")
    if kind == "text":
        return [_text(block)]
    if kind == "reasoning":
        return _reasoning(block)
    if kind == "refusal":
        return [_refusal(block)]
    if kind == "function_call":
        return _call(block, message)
    if kind == "image_generation_call" and block.get("result"):
        return [_image(block)]
    read: Callable[[Block, AIMessage], Blocks] | None = openai_tools.READERS.get(kind or "")
    made = read(block, message) if read else None
    if made:
        return made
    return [dict(block) if kind in KNOWN_BLOCK_TYPES else non_standard(block, "lc_ns_")]


def _text(block: Block) -> Block:
    made = {"text": "", **block, **index_of(block, "lc_txt_")}
    if "annotations" in block:
        made["annotations"] = [_annotation(one) for one in block["annotations"]]
    return made


def _refusal(block: Block) -> Block:
    made = {"type": "refusal", "refusal": block.get("refusal", "")}
    made.update({key: block[key] for key in ("id", "index") if key in block})
    more = others(block, "type", "refusal", "id", "index", "extras")
    more = {**(block.get("extras") or {}), **more}
    return {**made, **({"extras": more} if more else {})}


def _annotation(annotation: Block) -> Block:
    kind = annotation.get("type")
    made = {"type": "citation"}
    if kind == "url_citation":
        kept = ("end_index", "start_index", "title")
        made.update({key: annotation[key] for key in kept if key in annotation})
        made["url"] = annotation["url"]
        return {**made, **extras(annotation, "type", "url", "cited_text", *kept)}
    if kind == "file_citation":
        if "filename" in annotation:
            made["title"] = annotation["filename"]
        known = ("type", "title", "cited_text", "start_index", "end_index", "filename")
        return {**made, **extras(annotation, *known)}
    return {"type": "non_standard_annotation", "value": annotation}


def _reasoning(block: Block) -> Blocks:
    """Return one block for each part of the summary; other fields go to the first."""
    if "summary" not in block:
        return [dict(block)]
    common = {key: block[key] for key in ("type", "reasoning", "id") if key in block}
    rest = others(block, "type", "reasoning", "id", "index", "summary")

    def index(part: Any) -> Block:
        if "index" not in block:
            return {}
        # Both in one number, which merging does not take apart.
        return {"index": "lc_rs_" + f"{block['index']}_{part}".encode().hex()}

    if not block["summary"]:
        own = {**rest.pop("extras", {}), **rest}
        return [{**common, **({"extras": own} if own else {}), **index(0)}]
    return [
        {
            **common,
            "reasoning": part.get("text", ""),
            **(rest if number == 0 else {}),
            **index(part.get("index", 0)),
        }
        for number, part in enumerate(block["summary"])
    ]


_IMAGE_EXTRAS = ("status", "background", "output_format", "quality", "revised_prompt", "size")


def _image(block: Block) -> Block:
    made = {"type": "image", "base64": block["result"]}
    if block.get("output_format"):
        made["mime_type"] = f"image/{block['output_format']}"
    if "id" in block:
        made["id"] = block["id"]
    more = {key: block[key] for key in _IMAGE_EXTRAS if key in block}
    return {**made, **index_of(block, "lc_img_"), **({"extras": more} if more else {})}


def _call(block: Block, message: AIMessage) -> Blocks:
    """Return the call of the message with this id, or its chunk, or nothing."""
    part = None if is_last(message) else only_part(message)
    made = dict(part) if part is not None else _known_call(block.get("call_id"), message)
    if made is None:
        return []
    more = {"item_id": block["id"]} if "id" in block else {}
    more.update({key: block[key] for key in ("status", "namespace", "async") if key in block})
    if more:
        made["extras"] = {**made.get("extras", {}), **more}
    return [{**made, **index_of(block, "lc_tc_")}]


def _known_call(id: Any, message: AIMessage) -> Block | None:
    if not id:
        return None
    for call in message.tool_calls:
        if call.get("id") == id:
            return call_block(call)
    for invalid in message.invalid_tool_calls:
        if invalid.get("id") == id:
            return dict(invalid)
    return None
