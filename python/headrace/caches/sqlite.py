"""`SQLiteCache`: answers kept in a file, which outlive the process."""

from __future__ import annotations

import json
import sqlite3
import threading
from functools import partial
from hashlib import sha256
from os import PathLike, fspath
from typing import Any

from pydantic_core import to_jsonable_python
from typing_extensions import Self

from headrace.caches.base import RETURN_VAL_TYPE, BaseCache
from headrace.load.depth import dump_fields
from headrace.messages import message_to_dict, messages_from_dict
from headrace.outputs import ChatGeneration, Generation

__all__ = ["SQLiteCache"]

_TABLE = """
CREATE TABLE IF NOT EXISTS headrace_answers (
    key BLOB PRIMARY KEY,
    answer BLOB NOT NULL
) WITHOUT ROWID
"""


class SQLiteCache(BaseCache):
    """Cache in an SQLite database.

    Threads can share an instance, and processes can share a file. The file contains answers as
    JSON, never code, and only hashes of the prompts.

    Example:
        ```python
        set_llm_cache(SQLiteCache("answers.db"))
        ```
    """

    def __init__(
        self, database_path: str | PathLike[str] = "headrace.db", *, timeout: float = 10.0
    ) -> None:
        """Open a database, or create it.

        Args:
            database_path: The file, or `":memory:"`.
            timeout: Seconds to wait while another process writes.

        Raises:
            sqlite3.Error: If the file cannot be opened or is not a database.
        """
        self.path = fspath(database_path)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(self.path, timeout=timeout, check_same_thread=False)
        try:
            with self._database as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=NORMAL")
                database.execute(_TABLE)
        except BaseException:
            self._database.close()
            raise

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Return the stored answer.

        Args:
            prompt: The prompt; for a chat model, its messages as JSON.
            llm_string: A description of the model and the arguments of the call.

        Returns:
            The candidates; None if there is no answer or it cannot be read. An unreadable answer,
            such as one of another version, stays stored until a new one replaces it.
        """
        with self._lock:
            row = self._database.execute(
                # As bytes: a text that is not UTF-8 would be an error here.
                "SELECT CAST(answer AS BLOB) FROM headrace_answers WHERE key = ?",
                (_key(prompt, llm_string),),
            ).fetchone()
        if row is None:
            return None
        try:
            written = json.loads(row[0])
            # A model always gives at least one candidate.
            if not isinstance(written, list) or not written:
                return None
            return [_read(candidate) for candidate in written]
        except Exception:  # noqa: BLE001 - anything may be stored, and messages check it in many ways
            return None

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Store an answer. What JSON has no form for is kept as text."""
        written = [_written(candidate) for candidate in return_val]
        answer = dump_fields({"return_val": written}, partial(_encoded, written), type(self))
        with self._lock, self._database as database:
            database.execute(
                "INSERT OR REPLACE INTO headrace_answers VALUES (?, ?)",
                (_key(prompt, llm_string), answer),
            )

    def clear(self, **kwargs: Any) -> None:
        """Delete all answers."""
        with self._lock, self._database as database:
            database.execute("DELETE FROM headrace_answers")

    def close(self) -> None:
        """Close the database; after that the cache is of no use."""
        with self._lock:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _key(prompt: str, llm_string: str) -> bytes:
    model, asked = (part.encode("utf-8", "surrogatepass") for part in (llm_string, prompt))
    return sha256(b"%d:%b%b" % (len(model), model, asked)).digest()


def _encoded(written: list[dict[str, Any]]) -> bytes:
    # escapes, since surrogates that stand alone have no UTF-8, and models have given them
    return json.dumps(to_jsonable_python(written, fallback=str)).encode()


def _written(candidate: Generation) -> dict[str, Any]:
    if isinstance(candidate, ChatGeneration):
        return {
            "message": message_to_dict(candidate.message),
            "generation_info": candidate.generation_info,
        }
    return {"text": candidate.text, "generation_info": candidate.generation_info}


def _read(written: dict[str, Any]) -> Generation:
    info = written["generation_info"]
    if "message" not in written:
        return Generation(text=written["text"], generation_info=info)
    (message,) = messages_from_dict([written["message"]])
    generation = ChatGeneration(message=message, generation_info=info)
    # Raises an error if the content has blocks that no model gives.
    _ = generation.text
    return generation
