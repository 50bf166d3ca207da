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
    """The status of the model, such as active, beta or deprecated."""
    release_date: str
    """The release date."""
    last_updated: str
    """The date of the last update."""
    open_weights: bool
    """Whether the weights are public."""
    max_input_tokens: int
    """Maximum number of input tokens."""
    text_inputs: bool
    """Whether it accepts text."""
    image_inputs: bool
    """Whether it accepts images."""
    image_url_inputs: bool
    """Whether it accepts the URLs of images."""
    pdf_inputs: bool
    """Whether it accepts PDF files."""
    audio_inputs: bool
    """Whether it accepts audio."""
    video_inputs: bool
    """Whether it accepts video."""
    image_tool_message: bool
    """Whether a tool message may contain an image."""
    pdf_tool_message: bool
    """Whether a tool message may contain a PDF file."""
    max_output_tokens: int
    """Maximum number of output tokens."""
    reasoning_output: bool
    """Whether it outputs its reasoning."""
    reasoning_effort_levels: list[str]
    """The levels of reasoning effort that a request may ask for."""
    reasoning_effort_default: str
    """The default reasoning effort."""
    text_outputs: bool
    """Whether it generates text."""
    image_outputs: bool
    """Whether it generates images."""
    audio_outputs: bool
    """Whether it generates audio."""
    video_outputs: bool
    """Whether it generates video."""
    tool_calling: bool
    """Whether it supports tool calls."""
    tool_choice: bool
    """Whether a request can choose the tool to call."""
    tool_call_streaming: bool
    """Whether it streams tool calls."""
    mid_conversation_system_messages: bool
    """Whether a conversation may have system messages anywhere."""
    mid_conversation_tools: bool
    """Whether the tools may change during a conversation."""
    structured_output: bool
    """Whether it supports output that follows a schema."""
    attachment: bool
    """Whether it accepts attached files."""
    temperature: bool
    """Whether requests can set the temperature."""


ModelProfileRegistry = dict[str, ModelProfile]
"""Profiles by model name."""


def warn_of_unknown_keys(profile: Any) -> None:
    """Warn about unknown keys of a profile."""
    unknown = sorted(profile.keys() - ModelProfile.__annotations__.keys())
    if unknown:
        warnings.warn(
            f"Unrecognized keys in model profile: {unknown}. This may indicate a version "
            "mismatch between headrace and your provider package. Consider upgrading headrace.",
            stacklevel=4,
        )
