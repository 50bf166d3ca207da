"""Putting something into another library's place, and taking it out again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["AttributeReplacement", "CodeReplacement", "Replacement", "original_of"]

_TARGET = "__headrace__"
"""What stands in the source of new code for what it calls."""

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
            target: What does the work.

        Raises:
            ValueError: If the function is a closure, whose code cannot be another's.
        """
        super().__init__(f"{function.__module__}.{function.__qualname__}")
        if function.__closure__:
            raise ValueError(f"{self.name} is a closure")
        self._function = function
        self._original = function.__code__
        self._code = _calling(target, parameters, arguments, function.__code__)

    def put(self) -> None:
        """Put the new code in."""
        self._function.__code__ = self._code

    def undo(self) -> None:
        """Put the function's own code back."""
        self._function.__code__ = self._original


def _calling(
    target: Callable[..., Any], parameters: str, arguments: str, original: CodeType
) -> CodeType:
    """Give code that calls the target, told from the original by nothing else.

    It has the target in itself, not in a module: a thread that is in it when the original is put
    back still finds it.
    """
    source = f"def {original.co_name}({parameters}):\n to = {_TARGET!r}\n return to({arguments})"
    module = compile(source, original.co_filename, "exec")
    (code,) = (const for const in module.co_consts if isinstance(const, CodeType))
    consts: tuple[Any, ...] = tuple(target if it == _TARGET else it for it in code.co_consts)
    return code.replace(co_consts=consts, co_firstlineno=original.co_firstlineno)


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
