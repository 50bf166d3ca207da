"""Putting something into another library's place, and taking it out again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["AttributeReplacement", "CodeReplacement", "Replacement", "original_of"]

_TARGETS = "__headrace__"
"""The global name under which the code put into a function finds what it calls."""

_ABSENT = object()


class Replacement(ABC):
    """One thing that takes the place of another.

    Attributes:
        name: What is replaced, by its full name.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def put(self) -> None:
        """Put it in place."""

    @abstractmethod
    def undo(self) -> None:
        """Put everything back as it was."""


class CodeReplacement(Replacement):
    """Other code inside of a function that stays the same object.

    Whoever has the function by now, under whatever name, as a default argument or in a closure,
    calls the new code; nobody has to be found.
    """

    def __init__(self, function: FunctionType, source: str, target: Callable[..., Any]) -> None:
        """Prepare a replacement.

        Args:
            function: The function.
            source: A definition with its signature, which returns `__headrace__[name](...)`.
            target: What that calls.

        Raises:
            ValueError: If the function is a closure, whose code cannot be another's.
        """
        super().__init__(f"{function.__module__}.{function.__qualname__}")
        if function.__closure__:
            raise ValueError(f"{self.name} is a closure")
        self._function = function
        self._target = target
        self._original = function.__code__
        self._code = _compiled(source, function)

    def put(self) -> None:
        """Put the new code in."""
        targets = self._function.__globals__.setdefault(_TARGETS, {})
        targets[self._function.__name__] = self._target
        self._function.__code__ = self._code

    def undo(self) -> None:
        """Put the function's own code back."""
        self._function.__code__ = self._original
        targets = self._function.__globals__.get(_TARGETS, {})
        targets.pop(self._function.__name__, None)
        if not targets:
            self._function.__globals__.pop(_TARGETS, None)


def _compiled(source: str, function: FunctionType) -> CodeType:
    """The code of the function that the source defines, told from the original by nothing else."""
    module = compile(source, function.__code__.co_filename, "exec")
    (code,) = (const for const in module.co_consts if isinstance(const, CodeType))
    return code.replace(
        co_name=function.__code__.co_name, co_firstlineno=function.__code__.co_firstlineno
    )


def original_of(function: FunctionType) -> Callable[..., Any]:
    """Give a function of its own with the code that `function` has now."""
    twin = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    return twin


class AttributeReplacement(Replacement):
    """Another attribute of a class, where inherited ones are covered, or of a module."""

    def __init__(self, owner: type | ModuleType, attribute: str, value: Any) -> None:
        place = f"{owner.__module__}.{owner.__qualname__}" if isinstance(owner, type) else None
        super().__init__(f"{place or owner.__name__}.{attribute}")
        self._owner = owner
        self._attribute = attribute
        self._value = value
        self._original = owner.__dict__.get(attribute, _ABSENT)

    def put(self) -> None:
        """Set the attribute."""
        setattr(self._owner, self._attribute, self._value)

    def undo(self) -> None:
        """Set it back, or take it away where the class had none of its own."""
        if self._original is _ABSENT:
            delattr(self._owner, self._attribute)
        else:
            setattr(self._owner, self._attribute, self._original)
