"""Additions to `headrace.runnables.utils`."""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = [
    "GetLambdaSource",
    "IsFunctionArgDict",
    "IsLocalDict",
    "gated_coro",
    "gather_with_concurrency",
    "get_function_first_arg_dict_keys",
    "get_lambda_source",
    "indent_lines_after_first",
]


async def gated_coro(semaphore: asyncio.Semaphore, coro: Coroutine[Any, Any, Any]) -> Any:
    """Await a coroutine while holding a semaphore."""
    async with semaphore:
        return await coro


async def gather_with_concurrency(n: int | None, *coros: Coroutine[Any, Any, Any]) -> list[Any]:
    """Await coroutines, at most some of them at once.

    Args:
        n: How many; None for all.
        *coros: The coroutines.

    Returns:
        Their results, in order.
    """
    if n is None:
        return await asyncio.gather(*coros)
    semaphore = asyncio.Semaphore(n)
    return await asyncio.gather(*(gated_coro(semaphore, coro) for coro in coros))


def indent_lines_after_first(text: str, prefix: str) -> str:
    """Indent every line but the first by the width of a prefix.

    Args:
        text: The lines.
        prefix: The text before the first line.
    """
    return text.replace("\n", "\n" + " " * len(prefix))


class IsLocalDict(ast.NodeVisitor):
    """Visitor that collects the keys that code reads from a dictionary."""

    def __init__(self, name: str, keys: set[str]) -> None:
        """Prepare a visitor.

        Args:
            name: The name of the dictionary.
            keys: The set that the keys are added to.
        """
        self.name = name
        self.keys = keys

    def _is_it(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.name

    def _add(self, key: ast.AST) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.keys.add(key.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Collect the key of `name[key]`."""
        if isinstance(node.ctx, ast.Load) and self._is_it(node.value):
            self._add(node.slice)

    def visit_Call(self, node: ast.Call) -> None:
        """Collect the key of `name.get(key)`."""
        called = node.func
        if (
            isinstance(called, ast.Attribute)
            and called.attr == "get"
            and self._is_it(called.value)
            and len(node.args) in (1, 2)
        ):
            self._add(node.args[0])


class IsFunctionArgDict(ast.NodeVisitor):
    """Visitor that collects the keys that functions read from their first argument."""

    def __init__(self) -> None:
        """Prepare a visitor."""
        self.keys: set[str] = set()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Look into a lambda."""
        self._look(node.args, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Look into a function."""
        self._look(node.args, node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Look into a coroutine function."""
        self._look(node.args, node)

    def _look(self, arguments: ast.arguments, body: ast.AST) -> None:
        if arguments.args:
            IsLocalDict(arguments.args[0].arg, self.keys).visit(body)


class GetLambdaSource(ast.NodeVisitor):
    """Visitor that finds the source of a lambda, and counts lambdas.

    Attributes:
        source: The source of the last lambda.
        count: The number of lambdas.
    """

    def __init__(self) -> None:
        """Prepare a visitor."""
        self.source: str | None = None
        self.count = 0

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Keep the source of a lambda."""
        self.count += 1
        self.source = ast.unparse(node)


def _tree(func: Callable[..., Any]) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(func)))
    except (SyntaxError, TypeError, OSError, SystemError):
        return None


def get_function_first_arg_dict_keys(func: Callable[..., Any]) -> list[str] | None:
    """Return the keys that a function reads from its first argument, or None."""
    tree = _tree(func)
    visitor = IsFunctionArgDict()
    if tree is not None:
        visitor.visit(tree)
    return sorted(visitor.keys) or None


def get_lambda_source(func: Callable[..., Any]) -> str | None:
    """Return the source of a lambda, or the name of another function."""
    name = getattr(func, "__name__", None)
    if name == "<lambda>":
        name = None
    tree = _tree(func)
    visitor = GetLambdaSource()
    if tree is not None:
        visitor.visit(tree)
    return visitor.source if visitor.count == 1 else name
