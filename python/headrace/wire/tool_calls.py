"""Routing of tool call pieces: which call a piece belongs to, however the server numbers them."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

from headrace.json import PartialJsonParser
from headrace.wire.deltas import ToolArguments, ToolStart

__all__ = ["CallRouter"]


class _Call:
    __slots__ = ("_parser", "_pieces", "id", "key", "name")

    def __init__(self, key: int, id: str | None, name: str | None) -> None:
        self.key = key
        self.id = id
        self.name = name
        self._pieces: list[str] = []
        self._parser: PartialJsonParser | None = None

    def add(self, arguments: str | None) -> None:
        if arguments:
            self._pieces.append(arguments)

    @property
    def has_arguments(self) -> bool:
        return bool(self._pieces) or self._parser is not None

    @property
    def is_complete(self) -> bool:
        """True if the arguments so far are a whole JSON document."""
        if self._parser is None:
            self._parser = PartialJsonParser(fences=False)
        if self._pieces:
            self._parser.feed("".join(self._pieces))
            self._pieces.clear()
        return self._parser.complete


class CallRouter:
    """Assigns each piece of a tool call to its call.

    Servers leave out the index, repeat it for parallel calls, or send a new index and id with each
    piece. A piece starts a call if it names a tool and its index or id is new; otherwise it belongs
    to the call with its index, or to the one that started last. Each call gets a key of its own,
    which is the server's index if that is free.
    """

    __slots__ = ("_by_id", "_by_index", "_is_exact", "_keys", "_last")

    def __init__(self, *, is_exact: bool) -> None:
        """Create a router for one answer.

        Args:
            is_exact: If true, index, id and name stay as the server sends them.
        """
        self._is_exact = is_exact
        self._by_index: dict[int, _Call] = {}
        self._by_id: dict[str, _Call] = {}
        self._keys: set[int] = set()
        self._last: _Call | None = None

    @property
    def keys(self) -> set[int]:
        """The keys of the calls so far."""
        return self._keys

    def id_of(self, key: Hashable) -> str | None:
        """Return the id of a call, if the server has sent one."""
        return next((call.id for call in self._by_id.values() if call.key == key), None)

    def route(
        self,
        position: int,
        index: Any,
        id: Any,
        name: Any,
        arguments: Any,
        *,
        is_json: bool = True,
    ) -> ToolStart | ToolArguments:
        """Return the delta for one piece.

        Args:
            position: The position of the piece within its event.
            index: The index that the server sends, if any.
            id: The id, if any.
            name: The name of the tool, if any.
            arguments: The arguments: text, or an object from servers that send them parsed.
            is_json: False for the input of a custom tool.

        Returns:
            The start of a call, or more of its arguments.
        """
        if self._is_exact:
            return self._route_exactly(position, index, id, name, arguments, is_json)
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        id = id if isinstance(id, str) and id else None
        clean = name if isinstance(name, str) and name and name != "null" else None
        index = index if isinstance(index, int) else None
        call = self._find(index, id, clean, arguments)
        if call is None:
            call = self._open(position, index, id, clean)
            call.add(arguments)
            return ToolStart(call.key, id, clean, arguments, is_json)
        self._last = call
        new_id, new_name = None, None
        if call.id is None and id is not None:
            call.id = new_id = id
            self._by_id[id] = call
        elif id == call.id:
            new_id = id
        if call.name is None and clean is not None:
            call.name = new_name = clean
        elif clean == call.name or not clean:
            # a repeated name is merged, as the messages decide; an empty one adds nothing
            new_name = None if name == "null" else name if isinstance(name, str) else None
        call.add(arguments)
        return ToolArguments(call.key, arguments, new_id, new_name)

    def _find(
        self, index: int | None, id: str | None, name: str | None, arguments: str | None
    ) -> _Call | None:
        """Return the call that a piece belongs to; None if it starts one."""
        last = self._last
        if last is None:
            return None
        if id is not None and id in self._by_id:
            return self._by_id[id]
        call = last if index is None else self._by_index.get(index)
        if call is None:
            # an index that is new, without a name: the server numbers pieces, not calls
            is_piece = name is None and last.name is not None
            return last if is_piece and not (arguments and last.is_complete) else None
        if name is None:
            starts_anew = id is not None and call.id is not None and call.name is None
            return None if starts_anew else call
        if id is not None and call.id is not None:
            return None
        if not call.has_arguments:
            # the name may come late, or in pieces
            return call if index is not None and (call.name is None or not arguments) else None
        is_same = name == call.name and not (arguments and call.is_complete)
        return call if is_same else None

    def _open(self, position: int, index: int | None, id: str | None, name: str | None) -> _Call:
        key = position if index is None else index
        if key in self._keys:
            key = max(self._keys) + 1
        call = _Call(key, id, name)
        self._keys.add(key)
        self._by_index[key if index is None else index] = call
        if id is not None:
            self._by_id[id] = call
        self._last = call
        return call

    def _route_exactly(
        self, position: int, index: Any, id: Any, name: Any, arguments: Any, is_json: bool
    ) -> ToolStart | ToolArguments:
        key = position if index is None else index
        if key in self._keys:
            return ToolArguments(key, arguments, id, name)
        self._keys.add(key)
        return ToolStart(key, id, name, arguments, is_json)
