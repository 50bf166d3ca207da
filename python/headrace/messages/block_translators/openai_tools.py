"""The tools that OpenAI runs itself, as calls and results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from headrace.messages.ai import AIMessage
from headrace.messages.block_translators.common import Block, Blocks, extras, index_of, others

__all__ = ["READERS"]


class _Tool(NamedTuple):
    """The fields of a tool block that belong to the call and to the result."""

    name: str
    call: Callable[[Block], Block]
    result: Callable[[Block], Block]
    prefixes: tuple[str, str]
    """Index prefixes of the call and of the result."""

    def read(self, block: Block, message: AIMessage) -> Blocks:
        call = {"type": "server_tool_call", "name": self.name, "id": block["id"]}
        call.update({**self.call(block), **index_of(block, self.prefixes[0])})
        if _has_result_of_its_own(block, message):
            return [call]
        result = {"type": "server_tool_result", "tool_call_id": block["id"], **self.result(block)}
        if isinstance(block.get("index"), int):
            result["index"] = f"{self.prefixes[1]}{block['index'] + 1}"
        return [call, result]


def _has_result_of_its_own(block: Block, message: AIMessage) -> bool:
    return block["type"] == "web_search_call" and any(
        isinstance(other, dict)
        and other.get("type") == "web_search_result"
        and other.get("id") == block["id"]
        for other in message.content
    )


def _status(block: Block, *, other_too: bool = True) -> Block:
    """Return the status of a tool run."""
    status = block.get("status")
    known = {"failed": "error", "completed": "success"}
    if isinstance(status, str) and status in known:
        return {"status": known[status]}
    return {"extras": {"status": status}} if status and other_too else {}


def _outcome(block: Block, output: str) -> Block:
    """Return the output of an MCP call, and its error if there was one."""
    made = {"output": block[output]} if block.get(output) else {}
    error = block.get("error")
    if error:
        return {**made, "status": "error", "extras": {"error": error}}
    return {**made, "status": "success"}


def _search(block: Block) -> Block:
    action = block.get("action")
    args = others(action, "sources") if isinstance(action, dict) else {}
    return {"args": args, **others(block, "type", "id", "action", "status", "index")}


def _search_result(block: Block) -> Block:
    action = block.get("action")
    sources = action.get("sources") if isinstance(action, dict) else None
    return {**({"output": {"sources": sources}} if sources else {}), **_status(block)}


def _file_search(block: Block) -> Block:
    known = ("type", "id", "queries", "results", "status", "index")
    return {"args": {"queries": block.get("queries", [])}, **others(block, *known)}


def _file_search_result(block: Block) -> Block:
    results = block.get("results")
    return {**({"output": results} if results else {}), **_status(block)}


def _code(block: Block) -> Block:
    args = {"args": {"code": block["code"]}} if "code" in block else {}
    known = ("type", "id", "outputs", "status", "code", "extras", "index")
    return {**args, **extras(block, *known)}


def _code_result(block: Block) -> Block:
    return {**({"output": block["outputs"]} if "outputs" in block else {}), **_status(block)}


_MCP = ("type", "id", "name", "server_label", "error", "extras", "index")


def _remote_call(block: Block) -> Block:
    made: Block = {}
    more: Block = {}
    arguments = block.get("arguments")
    if arguments and isinstance(arguments, str):
        try:
            made["args"] = json.loads(arguments)
        except json.JSONDecodeError:
            more["arguments"] = arguments
    if "name" in block:
        more["tool_name"] = block["name"]
    if "server_label" in block:
        more["server_label"] = block["server_label"]
    more.update(others(block, *_MCP, "arguments", "output"))
    return {**made, **({"extras": more} if more else {})}


def _listing(block: Block) -> Block:
    more = {"server_label": block["server_label"]} if "server_label" in block else {}
    more.update(others(block, *_MCP, "tools"))
    return {"args": {}, **({"extras": more} if more else {})}


_TOOLS = {
    "web_search_call": _Tool("web_search", _search, _search_result, ("lc_wsc_", "lc_wsr_")),
    "file_search_call": _Tool(
        "file_search", _file_search, _file_search_result, ("lc_fsc_", "lc_fsr_")
    ),
    "code_interpreter_call": _Tool("code_interpreter", _code, _code_result, ("lc_cic_", "lc_cir_")),
    "mcp_call": _Tool(
        "remote_mcp", _remote_call, lambda it: _outcome(it, "output"), ("lc_mcp_", "lc_mcpr_")
    ),
    "mcp_list_tools": _Tool(
        "mcp_list_tools", _listing, lambda it: _outcome(it, "tools"), ("lc_mlt_", "lc_mltr_")
    ),
}


def _tool_search(block: Block, message: AIMessage) -> Blocks:
    if block.get("execution") != "server":
        return []
    call = {"type": "server_tool_call", "name": "tool_search", "id": block["id"]}
    call.update({"args": block.get("arguments", {}), **index_of(block, "lc_tsc_")})
    return [{**call, **extras(block, "type", "id", "arguments", "index")}]


def _tool_search_result(block: Block, message: AIMessage) -> Blocks:
    if block.get("execution") != "server":
        return []
    result: Block = {
        "type": "server_tool_result",
        "tool_call_id": block["id"],
        "output": {"tools": block.get("tools", [])},
        "extras": {
            "name": "tool_search",
            **others(block, "type", "id", "status", "tools", "index"),
        },
        **_status(block, other_too=False),
    }
    if isinstance(block.get("index"), int):
        result["index"] = f"lc_tso_{block['index']}"
    return [result]


READERS: dict[Any, Callable[[Block, AIMessage], Blocks]] = {
    **{kind: tool.read for kind, tool in _TOOLS.items()},
    "tool_search_call": _tool_search,
    "tool_search_output": _tool_search_result,
}
"""The function that converts each type of block."""
