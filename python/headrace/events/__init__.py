"""Event and log streams of a run and its child runs.

This layer depends on runs, not on runnables: `Runnable.astream_events` and similar methods pass it
a function that starts the stream.
"""
