"""What is known of a component from the outside: its name, its fields, its secrets."""

from headrace.load.dump import dumpd, dumps
from headrace.load.serializable import Serializable

__all__ = ["Serializable", "dumpd", "dumps"]
