"""Observing runs: handlers, and the managers that tell them."""

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
from headrace.callbacks.custom import adispatch_custom_event, dispatch_custom_event
from headrace.callbacks.file import FileCallbackHandler
from headrace.callbacks.group import AsyncCallbackManagerForChainGroup, CallbackManagerForChainGroup
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.callbacks.record import RunRecord, RunRecorder
from headrace.callbacks.run import Run, RunObserver, RunSink
from headrace.callbacks.run_managers import (
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
    "adispatch_custom_event",
    "dispatch_custom_event",
]
