"""Prompt templates: fill in variables to create the input of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.prompts.base import BasePromptTemplate, aformat_document, format_document
    from headrace.prompts.chat import (
        AIMessagePromptTemplate,
        BaseChatPromptTemplate,
        ChatMessagePromptTemplate,
        ChatPromptTemplate,
        HumanMessagePromptTemplate,
        MessagesPlaceholder,
        SystemMessagePromptTemplate,
    )
    from headrace.prompts.dict import DictPromptTemplate
    from headrace.prompts.few_shot import (
        FewShotChatMessagePromptTemplate,
        FewShotPromptTemplate,
    )
    from headrace.prompts.few_shot_with_templates import FewShotPromptWithTemplates
    from headrace.prompts.image import ImagePromptTemplate
    from headrace.prompts.prompt import PromptTemplate
    from headrace.prompts.string import (
        StringPromptTemplate,
        check_valid_template,
        get_template_variables,
        jinja2_formatter,
        validate_jinja2,
    )

__all__ = [
    "AIMessagePromptTemplate",
    "BaseChatPromptTemplate",
    "BasePromptTemplate",
    "ChatMessagePromptTemplate",
    "ChatPromptTemplate",
    "DictPromptTemplate",
    "FewShotChatMessagePromptTemplate",
    "FewShotPromptTemplate",
    "FewShotPromptWithTemplates",
    "HumanMessagePromptTemplate",
    "ImagePromptTemplate",
    "MessagesPlaceholder",
    "PromptTemplate",
    "StringPromptTemplate",
    "SystemMessagePromptTemplate",
    "aformat_document",
    "check_valid_template",
    "format_document",
    "get_template_variables",
    "jinja2_formatter",
    "validate_jinja2",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        base="BasePromptTemplate aformat_document format_document",
        chat=(
            "AIMessagePromptTemplate BaseChatPromptTemplate ChatMessagePromptTemplate "
            "ChatPromptTemplate HumanMessagePromptTemplate MessagesPlaceholder "
            "SystemMessagePromptTemplate"
        ),
        dict="DictPromptTemplate",
        few_shot="FewShotChatMessagePromptTemplate FewShotPromptTemplate",
        few_shot_with_templates="FewShotPromptWithTemplates",
        image="ImagePromptTemplate",
        prompt="PromptTemplate",
        string=(
            "StringPromptTemplate check_valid_template get_template_variables jinja2_formatter "
            "validate_jinja2"
        ),
    )
