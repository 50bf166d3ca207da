"""What happens inside a chain, as it happens: events, chosen events, the log. No key, no network.

Run it with `python examples/events.py`.
"""

from headrace.language_models import ReplayChatModel
from headrace.output_parsers import JsonOutputParser
from headrace.runnables import Runnable
from headrace.tracers import RunLog

QUESTION = "Which country, as JSON?"
# What a model would say; this one says it whatever it is asked.
ANSWER = '{"name": "Spain", "population": 47351567}'


def make_chain() -> Runnable[str, str]:
    """Make a chain whose last step waits for the whole: it holds up the output, not the events."""
    model = ReplayChatModel(ANSWER, delay=0.01).with_config(run_name="writer")
    return model | JsonOutputParser() | (lambda country: country["name"])


def main() -> None:
    """Show each."""
    chain = make_chain()
    for event in chain.stream_events(QUESTION):
        told = event["data"].get("chunk", "")
        print(event["event"], event["name"], getattr(told, "content", told), flush=True)

    print("The parser alone:")
    for event in chain.stream_events(QUESTION, include_types=["parser"]):
        if event["event"] == "on_parser_stream":
            print(event["data"]["chunk"], flush=True)

    print("The log:")
    log = RunLog(state=None)
    for patch in chain.stream_log(QUESTION):
        log += patch
    for name, run in log.state["logs"].items():
        print(name, run["final_output"] if name == "JsonOutputParser" else run["type"])


if __name__ == "__main__":
    main()
