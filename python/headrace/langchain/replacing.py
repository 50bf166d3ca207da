"""Putting something into another library's place, and taking it out again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from inspect import CO_COROUTINE
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["AttributeReplacement", "CodeReplacement", "Replacement", "original_of"]

_TARGET = "__headrace__"
"""What stands in the source of new code for what it calls."""

_ABSENT = object()


class Replacement(ABC):
    """Something of this library's in the place of something of another library's.

    Other patchers may replace, wrap or remove it in turn. Then theirs is left alone: undoing takes
    back only what is still in place, and makes the replacement itself call the original, for
    wrappers that go on calling it.

    Attributes:
        name: The full name of what is replaced.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def put(self) -> None:
        """Put it in place."""

    def undo(self) -> bool:
        """Put the original back if nobody else has replaced this since.

        Returns:
            True if it is back, False if another patcher's replacement was left in place.
        """
        self._retire()
        return self.remove()

    @abstractmethod
    def remove(self) -> bool:
        """Put the original back if this is in place; return True if it was."""

    @abstractmethod
    def _retire(self) -> None:
        """Make the replacement call the original, wherever it is still referred to."""


class CodeReplacement(Replacement):
    """Other code inside of a function that stays the same object.

    Whoever has the function by now, under whatever name, as a default argument or in a closure,
    calls the new code; nobody has to be found.
    """

    def __init__(
        self,
        function: FunctionType,
        parameters: str,
        arguments: str,
        target: Callable[..., Any],
    ) -> None:
        """Prepare a replacement.

        Args:
            function: The function.
            parameters: Those of the new code.
            arguments: What it calls `target` with.
            target: What does the work; called with the same arguments as the function.

        Raises:
            ValueError: If the function is a closure, whose code cannot be another's.
        """
        super().__init__(f"{function.__module__}.{function.__qualname__}")
        if function.__closure__:
            raise ValueError(f"{self.name} is a closure")
        self._function = function
        self._original = function.__code__
        self._target = [target]
        self._code = _calling(self._target, parameters, arguments, function.__code__)

    def put(self) -> None:
        """Put the new code in."""
        self._function.__code__ = self._code

    def remove(self) -> bool:
        """Put the function's own code back if it has the new code; return True if it had."""
        if self._function.__code__ is not self._code:
            return False
        self._function.__code__ = self._original
        return True

    def _retire(self) -> None:
        """Make the new code call the original code."""
        self._target[0] = original_of(self._function, self._original)


def _calling(
    target: list[Callable[..., Any]], parameters: str, arguments: str, original: CodeType
) -> CodeType:
    """Return code that calls the first item of `target` and otherwise looks like the original.

    The list is a constant of the code, not a global of some module: a thread that runs the code
    while the original is put back still finds it.
    """
    source = f"def {original.co_name}({parameters}):\n to = {_TARGET!r}\n return to[0]({arguments})"
    module = compile(source, original.co_filename, "exec")
    (code,) = (const for const in module.co_consts if isinstance(const, CodeType))
    consts: tuple[Any, ...] = tuple(target if it == _TARGET else it for it in code.co_consts)
    return code.replace(co_consts=consts, co_firstlineno=original.co_firstlineno)


def original_of(function: FunctionType, code: CodeType | None = None) -> Callable[..., Any]:
    """Return another function like `function`, with its current code or the given one."""
    twin = FunctionType(
        code or function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


class AttributeReplacement(Replacement):
    """A function as the attribute of a class, over an inherited one if need be, or of a module."""

    def __init__(self, owner: type | ModuleType, attribute: str, value: FunctionType) -> None:
        """Prepare a replacement.

        Args:
            owner: The class or module.
            attribute: The name of the attribute.
            value: The function to set.
        """
        place = f"{owner.__module__}.{owner.__qualname__}" if isinstance(owner, type) else None
        super().__init__(f"{place or owner.__name__}.{attribute}")
        self._owner = owner
        self._attribute = attribute
        self._value = value
        self._original = owner.__dict__.get(attribute, _ABSENT)
        self._found: Callable[..., Any] = getattr(owner, attribute)

    def put(self) -> None:
        """Set the attribute."""
        setattr(self._owner, self._attribute, self._value)

    def remove(self) -> bool:
        """Set the original, or delete ours from a class that inherits it; return True if it was."""
        if self._owner.__dict__.get(self._attribute, _ABSENT) is not self._value:
            return False
        if self._original is _ABSENT:
            delattr(self._owner, self._attribute)
        else:
            setattr(self._owner, self._attribute, self._original)
        return True

    def _retire(self) -> None:
        """Change the code of the function to a call of the original."""
        self._value.__code__ = _forwarding(self._value.__code__, self._found)


def _forwarding(code: CodeType, target: Callable[..., Any]) -> CodeType:
    """Return code that calls `target` and fits into a function with `code`.

    A function takes no code with other free variables than its own, so they are mentioned.
    """
    free = ", ".join(code.co_freevars)
    mention = f"\n  if False: ({free},)" if free else ""
    is_async = bool(code.co_flags & CO_COROUTINE)
    define, call = ("async def", "await to") if is_async else ("def", "to")
    source = (
        f"def outer({free}):\n"
        f" {define} {code.co_name}(*args, **kwargs):{mention}\n"
        f"  to = {_TARGET!r}\n"
        f"  return {call}(*args, **kwargs)"
    )
    found = compile(source, code.co_filename, "exec")
    while found.co_name != code.co_name:
        (found,) = (const for const in found.co_consts if isinstance(const, CodeType))
    consts: tuple[Any, ...] = tuple(target if it == _TARGET else it for it in found.co_consts)
    return found.replace(co_consts=consts, co_firstlineno=code.co_firstlineno)
