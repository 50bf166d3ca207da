"""Additions to `headrace.prompts`."""

from headrace.dropin.core.prompts.loading import load_prompt

__all__ = ["load_prompt"]
