"""Callbacks: handlers that observe runs, and the managers that notify them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.callbacks.base import (
        AsyncCallbackHandler,
        BaseCallbackHandler,
        BaseCallbackManager,
        CallbackManagerMixin,
        Callbacks,
        ChainManagerMixin,
        LLMManagerMixin,
        RetrieverManagerMixin,
        RunManagerMixin,
        ToolManagerMixin,
    )
    from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
    from headrace.callbacks.custom import adispatch_custom_event, dispatch_custom_event
    from headrace.callbacks.file import FileCallbackHandler
    from headrace.callbacks.group import (
        AsyncCallbackManagerForChainGroup,
        CallbackManagerForChainGroup,
    )
    from headrace.callbacks.observer import Pressure, Run, RunObserver, RunSink
    from headrace.callbacks.record import RunRecord, RunRecorder
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        AsyncCallbackManagerForLLMRun,
        AsyncCallbackManagerForRetrieverRun,
        AsyncCallbackManagerForToolRun,
        AsyncParentRunManager,
        AsyncRunManager,
        BaseRunManager,
        CallbackManagerForChainRun,
        CallbackManagerForLLMRun,
        CallbackManagerForRetrieverRun,
        CallbackManagerForToolRun,
        ParentRunManager,
        RunManager,
    )
    from headrace.callbacks.stdout import StdOutCallbackHandler
    from headrace.callbacks.streaming_stdout import StreamingStdOutCallbackHandler
    from headrace.callbacks.usage import UsageMetadataCallbackHandler, get_usage_metadata_callback

__all__ = [
    "AsyncCallbackHandler",
    "AsyncCallbackManager",
    "AsyncCallbackManagerForChainGroup",
    "AsyncCallbackManagerForChainRun",
    "AsyncCallbackManagerForLLMRun",
    "AsyncCallbackManagerForRetrieverRun",
    "AsyncCallbackManagerForToolRun",
    "AsyncParentRunManager",
    "AsyncRunManager",
    "BaseCallbackHandler",
    "BaseCallbackManager",
    "BaseRunManager",
    "CallbackManager",
    "CallbackManagerForChainGroup",
    "CallbackManagerForChainRun",
    "CallbackManagerForLLMRun",
    "CallbackManagerForRetrieverRun",
    "CallbackManagerForToolRun",
    "CallbackManagerMixin",
    "Callbacks",
    "ChainManagerMixin",
    "FileCallbackHandler",
    "LLMManagerMixin",
    "ParentRunManager",
    "Pressure",
    "RetrieverManagerMixin",
    "Run",
    "RunManager",
    "RunManagerMixin",
    "RunObserver",
    "RunRecord",
    "RunRecorder",
    "RunSink",
    "StdOutCallbackHandler",
    "StreamingStdOutCallbackHandler",
    "ToolManagerMixin",
    "UsageMetadataCallbackHandler",
    "adispatch_custom_event",
    "dispatch_custom_event",
    "get_usage_metadata_callback",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        base=(
            "AsyncCallbackHandler BaseCallbackHandler BaseCallbackManager CallbackManagerMixin "
            "Callbacks ChainManagerMixin LLMManagerMixin RetrieverManagerMixin RunManagerMixin "
            "ToolManagerMixin"
        ),
        custom="adispatch_custom_event dispatch_custom_event",
        file="FileCallbackHandler",
        group="AsyncCallbackManagerForChainGroup CallbackManagerForChainGroup",
        callback_manager="AsyncCallbackManager CallbackManager",
        record="RunRecord RunRecorder",
        observer="Pressure Run RunObserver RunSink",
        run_manager=(
            "AsyncCallbackManagerForChainRun AsyncCallbackManagerForLLMRun "
            "AsyncCallbackManagerForRetrieverRun AsyncCallbackManagerForToolRun "
            "AsyncParentRunManager AsyncRunManager BaseRunManager CallbackManagerForChainRun "
            "CallbackManagerForLLMRun CallbackManagerForRetrieverRun CallbackManagerForToolRun "
            "ParentRunManager RunManager"
        ),
        stdout="StdOutCallbackHandler",
        streaming_stdout="StreamingStdOutCallbackHandler",
        usage="UsageMetadataCallbackHandler get_usage_metadata_callback",
    )
