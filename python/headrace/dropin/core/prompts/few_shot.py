"""Additions to `headrace.prompts.few_shot`."""

from headrace.prompts.examples import Examples as _FewShotPromptTemplateMixin

__all__ = ["_FewShotPromptTemplateMixin"]
