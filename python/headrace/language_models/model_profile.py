"""Capabilities of a model, as published by its provider."""

from __future__ import annotations

import warnings
from typing import Any

from pydantic import ConfigDict
from typing_extensions import TypedDict

__all__ = ["ModelProfile", "ModelProfileRegistry", "warn_of_unknown_keys"]


class ModelProfile(TypedDict, total=False):
    """The capabilities of a model. All keys are optional; a profile may have other keys."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    name: str
    """The display name of the model."""
    status: str
    """Whether it is active, in a trial or about to go."""
    release_date: str
    """Since when there is one."""
    last_updated: str
    """When it last changed."""
    open_weights: bool
    """Whether its weights are public."""
    max_input_tokens: int
    """How much it reads."""
    text_inputs: bool
    """Whether it reads text."""
    image_inputs: bool
    """Whether it reads images."""
    image_url_inputs: bool
    """Whether it reads images by their address."""
    pdf_inputs: bool
    """Whether it reads PDF files."""
    audio_inputs: bool
    """Whether it listens."""
    video_inputs: bool
    """Whether it watches."""
    image_tool_message: bool
    """Whether a tool may answer with an image."""
    pdf_tool_message: bool
    """Whether a tool may answer with a PDF file."""
    max_output_tokens: int
    """How much it writes."""
    reasoning_output: bool
    """Whether it shows how it reasons."""
    reasoning_effort_levels: list[str]
    """The levels of reasoning effort that a request may ask for."""
    reasoning_effort_default: str
    """The default reasoning effort."""
    text_outputs: bool
    """Whether it writes text."""
    image_outputs: bool
    """Whether it draws."""
    audio_outputs: bool
    """Whether it speaks."""
    video_outputs: bool
    """Whether it films."""
    tool_calling: bool
    """Whether it calls tools."""
    tool_choice: bool
    """Whether a request can choose the tool to call."""
    tool_call_streaming: bool
    """Whether it streams the calls of tools."""
    mid_conversation_system_messages: bool
    """Whether a system message may stand anywhere."""
    mid_conversation_tools: bool
    """Whether tools may change in a conversation."""
    structured_output: bool
    """Whether it can be held to a schema."""
    attachment: bool
    """Whether files can be attached."""
    temperature: bool
    """Whether its temperature can be set."""


ModelProfileRegistry = dict[str, ModelProfile]
"""Profiles by the names of the models."""


def warn_of_unknown_keys(profile: Any) -> None:
    """Warn about unknown keys of a profile."""
    unknown = sorted(profile.keys() - ModelProfile.__annotations__.keys())
    if unknown:
        warnings.warn(
            f"Unrecognized keys in model profile: {unknown}. This may indicate a version "
            "mismatch between headrace and your provider package. Consider upgrading headrace.",
            stacklevel=4,
        )
