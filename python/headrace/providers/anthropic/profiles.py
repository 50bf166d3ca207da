"""Profiles of Anthropic's models: their capabilities and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from headrace.language_models.model_profile import ModelProfile

__all__ = ["FALLBACK_MAX_TOKENS", "check_supported", "forces_tools", "max_tokens_of", "profile_of"]

FALLBACK_MAX_TOKENS = 4096
"""`max_tokens` for unknown models; the API requires a value."""

_READS_AND_WRITES: dict[str, Any] = {
    "open_weights": False,
    "text_inputs": True,
    "image_inputs": True,
    "audio_inputs": False,
    "video_inputs": False,
    "text_outputs": True,
    "image_outputs": False,
    "audio_outputs": False,
    "video_outputs": False,
    "reasoning_output": True,
    "tool_calling": True,
    "attachment": True,
}
_ALL: dict[str, Any] = {
    "image_url_inputs": True,
    "pdf_inputs": True,
    "image_tool_message": True,
    "pdf_tool_message": True,
    "tool_call_streaming": True,
}
_UP_TO_HIGH = ["low", "medium", "high"]
_UP_TO_MAX = [*_UP_TO_HIGH, "max"]
_EFFORTS = [*_UP_TO_HIGH, "xhigh", "max"]


def _small(**more: Any) -> dict[str, Any]:
    sizes = {"max_input_tokens": 200_000, "max_output_tokens": 64_000}
    return {**_ALL, **_READS_AND_WRITES, **sizes, "temperature": True, **more}


def _large(levels: Sequence[str], **more: Any) -> dict[str, Any]:
    sizes = {"max_input_tokens": 1_000_000, "max_output_tokens": 128_000}
    made = {**_ALL, **_READS_AND_WRITES, **sizes, "structured_output": True, **more}
    made.setdefault("temperature", False)
    if levels:
        made.update(reasoning_effort_levels=list(levels))
        made.setdefault("reasoning_effort_default", "high")
    return made


_SYSTEM: dict[str, Any] = {"mid_conversation_system_messages": True}
_CHANGING: dict[str, Any] = {**_SYSTEM, "mid_conversation_tools": True}
_ANSWERS: dict[str, Any] = {"structured_output": True}
_DATED: dict[str, Any] = {"structured_output": False}
_OPUS_4_5: dict[str, Any] = {
    "reasoning_effort_levels": _UP_TO_HIGH,
    "reasoning_effort_default": "high",
}

_PROFILES: dict[str, dict[str, Any]] = {
    "claude-haiku-4-5": _small(**_ANSWERS),
    "claude-haiku-4-5-20251001": _small(**_DATED),
    "claude-sonnet-4-5": _small(**_ANSWERS),
    "claude-sonnet-4-5-20250929": _small(**_DATED),
    "claude-opus-4-5": _small(**_ANSWERS, **_OPUS_4_5),
    "claude-opus-4-5-20251101": _small(**_DATED, **_OPUS_4_5),
    "claude-opus-4-6": _large(_UP_TO_MAX, temperature=True),
    "claude-sonnet-4-6": _large(_UP_TO_MAX, temperature=True),
    "claude-opus-4-7": _large(_EFFORTS),
    "claude-opus-4-8": _large(_EFFORTS, **_CHANGING),
    "claude-opus-5": _large(_EFFORTS, **_CHANGING),
    "claude-opus-5-5": _large(_EFFORTS, **_CHANGING, reasoning_effort_default="medium"),
    "claude-sonnet-5": _large(_EFFORTS, **_SYSTEM, mid_conversation_tools=False),
    "claude-sonnet-5-5": _large(_EFFORTS, **_CHANGING, tool_choice=False),
    "claude-haiku-5-5": _large((), **{**_CHANGING, **_DATED}),
    "claude-fable-5": _large(_EFFORTS, **_CHANGING),
    "claude-fable-5-1": _large(_EFFORTS, **_CHANGING),
    "claude-mythos-5": {**_ALL, **_DATED, **_CHANGING},
    "claude-mythos-5-1": {**_ALL, **_DATED, **_CHANGING},
}

_LONG_CONTEXT = "context-1m-2025-08-07"


def profile_of(model: str, betas: Sequence[str] | None = None) -> ModelProfile | None:
    """Return the profile of a model.

    Args:
        model: The name of the model.
        betas: Beta features in use.

    Returns:
        The profile; None if the model is unknown.
    """
    known = _PROFILES.get(model)
    if known is None:
        return None
    longer = {"max_input_tokens": 1_000_000} if _LONG_CONTEXT in (betas or ()) else {}
    return cast("ModelProfile", {**known, **longer})


def max_tokens_of(model: str | None) -> int:
    """Return the `max_tokens` of a model; the API requires a value."""
    limit: int = _PROFILES.get(model or "", {}).get("max_output_tokens", FALLBACK_MAX_TOKENS)
    return limit


def forces_tools(model: str) -> bool:
    """Return whether a model can be forced to call a tool."""
    return not model.startswith(("claude-fable-5-1", "claude-opus-5-5", "claude-sonnet-5-5"))


def check_supported(
    model: str, params: Mapping[str, Any], thinking: Any, effort: str | None
) -> None:
    """Check that a model supports some parameters.

    Args:
        model: The name of the model.
        params: The sampling parameters: `temperature`, `top_k`, `top_p`.
        thinking: The thinking mode.
        effort: The effort level.

    Raises:
        ValueError: If the model refuses a parameter; the message names an alternative if there is
            one.
    """
    fixed = model.startswith(("claude-fable-5", "claude-sonnet-5-5"))
    if fixed:
        if params.get("top_k") is not None:
            raise ValueError(f"`top_k` is not supported for {model}.")
        for name in ("top_p", "temperature"):
            if params.get(name) not in (None, 1):
                raise ValueError(f"`{name}` is not supported for {model} at non-default values.")
    kind = thinking.get("type") if isinstance(thinking, Mapping) else None
    if kind == "disabled" and fixed:
        raise ValueError(
            f'`thinking={{"type": "disabled"}}` is not supported for {model}; omit `thinking` to '
            "use adaptive thinking."
        )
    opus = model.startswith("claude-opus-5")
    if kind == "enabled" and (fixed or opus):
        raise ValueError(
            '`thinking={"type": "enabled", "budget_tokens": ...}` is not supported for '
            f"{model}; use adaptive thinking and `output_config.effort` instead."
        )
    if kind == "disabled" and opus and effort in ("xhigh", "max"):
        raise ValueError(
            f'`thinking={{"type": "disabled"}}` is not supported for {model} with '
            f"`output_config.effort={effort!r}`; use adaptive thinking, omit `thinking`, or set "
            "effort to `high` or below."
        )
