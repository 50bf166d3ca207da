"""Streaming a model of Anthropic's: what it thinks, and what it says.

Run it with `python examples/anthropic_stream.py`; it needs `pip install 'headrace[anthropic]'` and
a key in ANTHROPIC_API_KEY. ANTHROPIC_BASE_URL names another server, such as one that replays a
recording: `python -m tests.replay_server RECORDING`.
"""

import os

from headrace.providers.anthropic import ChatAnthropic

MODEL = os.environ.get("ANTHROPIC_MODEL", "claude-sonnet-4-6")


def main() -> None:
    """Ask a question and print the answer as it comes."""
    model = ChatAnthropic(
        model=MODEL, max_tokens=4096, thinking={"type": "enabled", "budget_tokens": 2048}
    )
    total = None
    for chunk in model.stream("Is 3599 a prime number?"):
        total = chunk if total is None else total + chunk
        for block in chunk.content:
            if isinstance(block, dict) and block["type"] in ("thinking", "text"):
                print(block.get("thinking") or block.get("text") or "", end="|", flush=True)
    if total is not None and total.usage_metadata is not None:
        print(f"\n{total.usage_metadata['total_tokens']} tokens")


if __name__ == "__main__":
    main()
