"""`Generation`: one answer of a text model, and `GenerationChunk`, a part of one."""

from __future__ import annotations

from typing import Any, Literal

from headrace.load.serializable import Serializable
from headrace.utils._merge import merge_dicts

__all__ = ["Generation", "GenerationChunk", "merged_info"]


class Generation(Serializable):
    """One answer of a text model."""

    text: str
    """What it says."""

    generation_info: dict[str, Any] | None = None
    """What the provider said about the answer, such as why it ended."""

    type: Literal["Generation"] = "Generation"
    """What kind of generation it is, for whoever reads it from JSON."""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether a generation can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "schema", "output"]


class GenerationChunk(Generation):
    """A part of an answer, as it streams. Parts add up to the answer."""

    def __add__(self, other: GenerationChunk) -> GenerationChunk:
        """Give both as one, and leave both as they were.

        Raises:
            TypeError: If `other` is no chunk.
        """
        if not isinstance(other, GenerationChunk):
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        return GenerationChunk(
            text=self.text + other.text,
            generation_info=merged_info(self.generation_info, other.generation_info),
        )


def merged_info(left: dict[str, Any] | None, right: dict[str, Any] | None) -> dict[str, Any] | None:
    """Merge what was said about two parts of an answer; None where nothing was."""
    if not right:
        return dict(left) if left else None
    return merge_dicts(left or {}, right) or None
