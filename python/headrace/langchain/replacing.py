"""Replacements of functions of another library, and how they are undone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from inspect import CO_COROUTINE
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

__all__ = ["AttributeReplacement", "CodeReplacement", "Replacement", "original_of"]

_TARGET = "__headrace__"
"""Placeholder for the callee in the source of new code."""

_ABSENT = object()


class Replacement(ABC):
    """A replacement of code of another library.

    Other patchers may replace, wrap or remove it in turn. Their changes stay: undoing removes only
    replacements that are still in place. It also makes the replacement call the original, because a
    wrapper may still call the replacement.

    Attributes:
        name: The full name of the replaced function or attribute.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def put(self) -> None:
        """Install the replacement."""

    def undo(self) -> bool:
        """Restore the original, unless another patcher has replaced this since.

        Returns:
            True if the original is restored, False if another patcher's change stays.
        """
        self._retire()
        return self.remove()

    @abstractmethod
    def remove(self) -> bool:
        """Restore the original if this is installed; return True if it was."""

    @abstractmethod
    def _retire(self) -> None:
        """Change the replacement to call the original, for those who still refer to it."""


class CodeReplacement(Replacement):
    """New code for a function that stays the same object.

    Code that already refers to the function, under another name, as a default argument or in a
    closure, calls the new code.
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
            arguments: The arguments of its call of `target`, as source.
            target: The function that does the work.

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
        """Install the new code."""
        self._function.__code__ = self._code

    def remove(self) -> bool:
        """Restore the function's own code if it has the new code; return True if it had."""
        if self._function.__code__ is not self._code:
            return False
        self._function.__code__ = self._original
        return True

    def _retire(self) -> None:
        """Change the new code to call the original code."""
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

    def __init__(self, owner: type | ModuleType, attribute: str, value: Callable[..., Any]) -> None:
        """Prepare a replacement.

        Args:
            owner: The class or module.
            attribute: The name of the attribute.
            value: The Python function to set.
        """
        place = f"{owner.__module__}.{owner.__qualname__}" if isinstance(owner, type) else None
        super().__init__(f"{place or owner.__name__}.{attribute}")
        self._owner = owner
        self._attribute = attribute
        self._value = cast("FunctionType", value)
        self._original = owner.__dict__.get(attribute, _ABSENT)
        self._found: Callable[..., Any] = getattr(owner, attribute)

    def put(self) -> None:
        """Set the attribute."""
        setattr(self._owner, self._attribute, self._value)

    def remove(self) -> bool:
        """Restore the original if this is installed; return True if it was."""
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
