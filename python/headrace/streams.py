"""Content-block streams of chains: the answer of the chat model that a chain ends in.

The contract of `content_blocks` and `acontent_blocks`:

- The chain is a chat model, a binding of one, or a sequence whose last chat model is followed only
  by output parsers.
- The steps before the model run when you call it; the model streams when you read the stream.
- Events and projections are those of the model's answer. The parsers do not run: read `output`, or
  parse the text and the arguments of tool calls as they arrive with `.json(...)`.
- The model's run receives the config, with the callbacks, tags and metadata of the chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headrace.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from headrace.language_models.chat_models import BaseChatModel
from headrace.output_parsers.base import BaseLLMOutputParser
from headrace.runnables.binding import RunnableBindingBase
from headrace.runnables.sequence import RunnableSequence

if TYPE_CHECKING:
    from headrace.runnables.config import RunnableConfig
    from headrace.runnables.runnable import Runnable

__all__ = ["acontent_blocks", "content_blocks"]


def content_blocks(
    chain: Runnable[Any, Any], input: Any, config: RunnableConfig | None = None, **kwargs: Any
) -> ChatModelStream:
    """Stream the content blocks of the chat model that a chain ends in.

    Args:
        chain: A chat model, or a sequence that ends in one or in a parser of its answer.
        input: The input of the chain.
        config: The config of the runs.
        **kwargs: Passed to the model.

    Returns:
        The stream. The steps before the model run now; the model is called when you read it.

    Raises:
        TypeError: If the chain has another form.
    """
    before, model = _split(chain)
    for step in before:
        input = step.invoke(input, config)
    stream: ChatModelStream = model.stream_events(input, config, version="v3", **kwargs)
    return stream


async def acontent_blocks(
    chain: Runnable[Any, Any], input: Any, config: RunnableConfig | None = None, **kwargs: Any
) -> AsyncChatModelStream:
    """Async version of `content_blocks`; await it for the stream."""
    before, model = _split(chain)
    for step in before:
        input = await step.ainvoke(input, config)
    stream: AsyncChatModelStream = await model.astream_events(input, config, version="v3", **kwargs)
    return stream


def _split(chain: Any) -> tuple[list[Any], Any]:
    """Return the steps before the last chat model of a chain, and the model."""
    steps = list(chain.steps) if isinstance(chain, RunnableSequence) else [chain]
    after = len(steps)
    while after and isinstance(_unbound(steps[after - 1]), BaseLLMOutputParser):
        after -= 1
    last = steps[after - 1] if after else None
    if isinstance(_unbound(last), BaseChatModel):
        return steps[: after - 1], last
    name = getattr(last, "name", None) or type(last).__name__
    raise TypeError(
        "content_blocks needs a chain that ends in a chat model or in parsers of its answer; "
        f"the last step that is not a parser is {name!r}"
    )


def _unbound(step: Any) -> Any:
    while isinstance(step, RunnableBindingBase):
        step = step.bound
    return step
