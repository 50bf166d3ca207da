"""The shared parts of beta and deprecation marks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from headrace.dropin.core._api.internal import is_caller_internal

__all__ = ["Mark", "silence"]

T = TypeVar("T")


@contextmanager
def silence(silent: ContextVar[bool]) -> Iterator[None]:
    """Set a variable inside the `with` block, in this context only.

    Args:
        silent: The variable that disables a kind of warning.
    """
    token = silent.set(True)
    try:
        yield
    finally:
        # A generator may be closed in another context, which never saw the value set here.
        with suppress(ValueError):
            silent.reset(token)


class Mark:
    """Wrapper of an interface that warns on its first use from outside LangChain.

    Attributes:
        name: The name of the interface.
        kind: The kind of interface: class, function, method or attribute.
    """

    def __init__(
        self,
        warn: Callable[[Mark], None],
        silent: ContextVar[bool],
        *,
        name: str,
        kind: str,
        note: str | None = None,
    ) -> None:
        """Create the mark.

        Args:
            warn: Issues the warning.
            silent: The variable that disables such warnings.
            name: The name of the interface; by default its own.
            kind: The kind of interface; by default detected from the object.
            note: The text for `__deprecated__`, which type checkers read.
        """
        self.name = name
        self.kind = kind
        self._warn = warn
        self._silent = silent
        self._note = note
        self._warned = False

    def _warn_once(self, depth: int) -> None:
        if not self._warned and not is_caller_internal(depth):
            self._warn(self)
            # A warning that was switched off still has to come later.
            self._warned = not self._silent.get()

    def on(self, obj: T, document: Callable[[str], str]) -> T:
        """Mark an object.

        Args:
            obj: A class, function, method, property or pydantic field.
            document: Returns the new docstring for the old one.

        Returns:
            The object that takes its place.
        """
        if isinstance(obj, type):
            return cast("T", self._on_class(obj, document))
        if isinstance(obj, property):
            return cast("T", self._on_property(obj, document))
        if not callable(obj):
            return cast("T", self._on_field(obj, document))
        return cast("T", self._on_function(obj, document))

    def _on_class(self, cls: type, document: Callable[[str], str]) -> type:
        self.kind = self.kind or "class"
        self.name = self.name or cls.__qualname__
        original = cls.__init__  # type: ignore[misc]
        mark = self

        @functools.wraps(original)
        def warning_init(self: Any, *args: Any, **kwargs: Any) -> None:
            if type(self) is cls:
                mark._warn_once(3)
            original(self, *args, **kwargs)

        with suppress(AttributeError):
            cls.__doc__ = document(inspect.cleandoc(cls.__doc__ or ""))
        cls.__init__ = warning_init  # type: ignore[misc]
        if self._note is not None:
            cls.__deprecated__ = self._note  # type: ignore[attr-defined]
        return cls

    def _on_property(self, prop: property, document: Callable[[str], str]) -> property:
        self.kind = self.kind or "attribute"
        self.name = self.name or str(getattr(prop.fget, "__qualname__", "<property>"))

        def warning(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
            if function is None:
                return None

            @functools.wraps(function)
            def accessor(instance: Any, *value: Any) -> Any:
                self._warn(self)
                return function(instance, *value)

            return accessor

        text = document(inspect.cleandoc(prop.__doc__ or ""))
        return property(warning(prop.fget), warning(prop.fset), warning(prop.fdel), text)

    def _on_field(self, field: Any, document: Callable[[str], str]) -> Any:
        self.kind = self.kind or "attribute"
        if not self.name:
            raise ValueError(f"a deprecated field needs a name: {field!r}")
        field.description = document(inspect.cleandoc(field.description or ""))
        return field

    def _on_function(
        self, function: Callable[..., Any], document: Callable[[str], str]
    ) -> Callable[..., Any]:
        self.name = self.name or function.__qualname__
        self.kind = self.kind or ("method" if "." in self.name else "function")
        wrapper: Callable[..., Any]
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                self._warn_once(3)
                return await function(*args, **kwargs)
        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                self._warn_once(3)
                return function(*args, **kwargs)

        wrapper.__doc__ = document(inspect.cleandoc(function.__doc__ or ""))
        if self._note is not None:
            wrapper.__deprecated__ = self._note  # type: ignore[attr-defined]
        return wrapper
