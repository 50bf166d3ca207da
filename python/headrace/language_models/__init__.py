"""Language models: base classes, and fakes for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.language_models.base import (
        BaseLanguageModel,
        LangSmithParams,
        LanguageModelInput,
        LanguageModelLike,
        LanguageModelOutput,
        get_tokenizer,
    )
    from headrace.language_models.chat_models import BaseChatModel, SimpleChatModel
    from headrace.language_models.fake import FakeListLLM, FakeStreamingListLLM
    from headrace.language_models.fake_chat_models import (
        FakeListChatModel,
        FakeMessagesListChatModel,
        GenericFakeChatModel,
        ParrotFakeChatModel,
    )
    from headrace.language_models.inputs import is_openai_data_block
    from headrace.language_models.llms import LLM, BaseLLM
    from headrace.language_models.model_profile import ModelProfile, ModelProfileRegistry
    from headrace.language_models.replay import ReplayChatModel

__all__ = [
    "LLM",
    "BaseChatModel",
    "BaseLLM",
    "BaseLanguageModel",
    "FakeListChatModel",
    "FakeListLLM",
    "FakeMessagesListChatModel",
    "FakeStreamingListLLM",
    "GenericFakeChatModel",
    "LangSmithParams",
    "LanguageModelInput",
    "LanguageModelLike",
    "LanguageModelOutput",
    "ModelProfile",
    "ModelProfileRegistry",
    "ParrotFakeChatModel",
    "ReplayChatModel",
    "SimpleChatModel",
    "get_tokenizer",
    "is_openai_data_block",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        base=(
            "BaseLanguageModel LangSmithParams LanguageModelInput LanguageModelLike "
            "LanguageModelOutput get_tokenizer"
        ),
        chat_models="BaseChatModel SimpleChatModel",
        fake="FakeListLLM FakeStreamingListLLM",
        fake_chat_models=(
            "FakeListChatModel FakeMessagesListChatModel GenericFakeChatModel ParrotFakeChatModel"
        ),
        inputs="is_openai_data_block",
        llms="BaseLLM LLM",
        model_profile="ModelProfile ModelProfileRegistry",
        replay="ReplayChatModel",
    )
