"""Event streams and the log: what happens in a run and in those below it, as it happens.

This layer knows runs, not runnables: `Runnable.astream_events` and its kin hand it what to run.
"""
