"""Check that sync and async twins differ only as recorded in `twins.txt`.

Usage: twins.py [--record]

Twins are `name` and `aname` of one module or class, the methods of `Name` and `AsyncName`, and the
functions of two modules `name` and `aname`. They are compared without what makes code async:
`await`, `async`, the `a` of names, `Async` of types. Twins that delegate to each other, or of which
one is abstract, cannot drift and are left out. Other differences are in `twins.txt`: whoever
changes one twin either changes the other, or records the difference for the review.
"""

from __future__ import annotations

import argparse
import ast
import copy
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "python" / "headrace"
RECORD = Path(__file__).with_suffix(".txt")
Function = ast.FunctionDef | ast.AsyncFunctionDef
WORD = re.compile(r"[A-Za-z_]\w*")
SYNC_WORDS = {
    "AbstractAsyncContextManager": "AbstractContextManager",
    "StopAsyncIteration": "StopIteration",
    "aiter": "iter",
    "anext": "next",
    "asynccontextmanager": "contextmanager",
    "root_async_client": "root_client",
}


def async_name(name: str) -> str:
    """Return the name of a function's async twin: `_stream` has `_astream`."""
    underscores = len(name) - len(name.lstrip("_"))
    return f"{name[:underscores]}a{name[underscores:]}"


def definitions(body: list[ast.stmt], kinds: tuple[type, ...]) -> dict[str, ast.stmt]:
    """Return the last definition of each name; overloads come before it."""
    return {node.name: node for node in body if isinstance(node, kinds)}  # type: ignore[attr-defined]


def twins_of(
    where: str, body: list[ast.stmt], other: list[ast.stmt]
) -> Iterator[tuple[str, Function, Function]]:
    """Yield the twins of two bodies, which may be the same one."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    left, right = definitions(body, functions), definitions(other, functions)
    for name, function in left.items():
        names = [async_name(name)] if body is other else [async_name(name), name]
        twin = next((right[each] for each in names if each in right), None)
        if twin is not None and not name.startswith("__init"):
            yield f"{where}.{name}".lstrip("."), function, twin  # type: ignore[misc]
    classes, others = definitions(body, (ast.ClassDef,)), definitions(other, (ast.ClassDef,))
    for name, cls in classes.items():
        for twin_name in (name, f"Async{name}", f"_Async{name[1:]}"):
            if twin_name in others and (twin_name == name or twin_name not in left):
                yield from twins_of(
                    f"{where}.{name}".lstrip("."),
                    cls.body,  # type: ignore[attr-defined]
                    others[twin_name].body,  # type: ignore[attr-defined]
                )


def twins() -> Iterator[tuple[str, Function, Function]]:
    """Yield the twins of the package, each with the file and the name."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    for path, tree in trees.items():
        module = path.relative_to(ROOT).as_posix()
        for others in (tree, trees.get(path.with_name(async_name(path.name)))):
            if others is not None:
                for name, left, right in twins_of("", tree.body, others.body):
                    yield f"{module}: {name}", left, right


class _Plain(ast.NodeTransformer):
    """Replace what async code must write differently."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._as(ast.FunctionDef, node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self.visit(self._as(ast.For, node))  # type: ignore[no-any-return]

    def visit_For(self, node: ast.For) -> ast.AST:
        """Write a loop that only yields as `yield from`, which async code does not have."""
        self.generic_visit(node)
        match node:
            case ast.For(ast.Name(item), body=[ast.Expr(ast.Yield(ast.Name(yielded)))], orelse=[]):
                if item == yielded:
                    return ast.Expr(ast.YieldFrom(node.iter))
        return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        return self._as(ast.With, node)

    def _as(self, kind: type[ast.AST], node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        return kind(**{field: getattr(node, field, None) for field in kind._fields})

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.is_async = 0
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        is_coroutine = isinstance(node.value, ast.Name) and node.value.id == "Awaitable"
        return node.slice if is_coroutine else node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if node.arg in ("async_api", "is_async"):
            node.value = ast.Constant(...)
        return node


def plain(function: Function) -> ast.FunctionDef:
    """Return a copy of a function without its docstring and without what makes it async."""
    copied = ast.fix_missing_locations(_Plain().visit(copy.deepcopy(function)))
    if ast.get_docstring(copied) is not None:
        del copied.body[0]
    copied.name = "twin"
    return copied  # type: ignore[no-any-return]


def is_abstract(function: ast.FunctionDef) -> bool:
    """Tell whether a function has no code that a twin could share."""
    decorators = {ast.unparse(each) for each in function.decorator_list}
    match function.body:
        case [] | [ast.Raise() | ast.Pass() | ast.Expr(ast.Constant())]:
            return True
    return bool(decorators & {"abstractmethod", "overload"})


def delegates(function: ast.FunctionDef, twin: str) -> bool:
    """Tell whether a short function names its twin: it calls it, or passes it to an executor."""
    if len(function.body) > 2:
        return False
    found = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    found |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return twin in found


def lines_of(sync: ast.FunctionDef, other: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Return the code of twins, with the names of the async one as in the sync one."""
    left, right = ast.unparse(sync), ast.unparse(other)
    words = {async_name(word): word for word in WORD.findall(left)}
    words |= SYNC_WORDS

    def replace(match: re.Match[str]) -> str:
        word = words.get(match.group(), match.group())
        return re.sub(r"^(_?)Async(?=[A-Z])", r"\1", word)

    right = WORD.sub(replace, right.replace("asyncio.sleep", "time.sleep"))
    left = left.replace("pressure.block()", "pressure")
    return _same_everywhere(left).splitlines(), _same_everywhere(right).splitlines()


def _same_everywhere(code: str) -> str:
    """Return code as each version of Python unparses it: they differ in quotes and parentheses."""
    code = code.replace('"', "'").replace("lambda :", "lambda:")
    code = re.sub(r"\bfor \(((?:[^()]|\([^()]*\))*)\) in ", r"for \1 in ", code)
    return re.sub(r"^(\s*)\(([^()]*)\) = ", r"\1\2 = ", code, flags=re.MULTILINE)


def differences() -> dict[str, list[str]]:
    """Return the lines in which each pair of twins differs."""
    found: dict[str, list[str]] = {}
    for name, function, twin in twins():
        sync, other = plain(function), plain(twin)
        if is_abstract(sync) or is_abstract(other) or delegates(other, function.name):
            continue
        delta = difflib.unified_diff(*lines_of(sync, other), lineterm="", n=0)
        changed = [line for line in delta if not line.startswith(("---", "+++", "@@"))]
        if changed:
            found[name] = changed
    return found


def text_of(found: dict[str, list[str]]) -> str:
    """Return the text of a record."""
    return "".join(f"{name}\n" + "".join(f"    {x}\n" for x in found[name]) for name in found)


def main() -> int:
    """Compare the twins with the record, or write it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="write the differences to twins.txt")
    new = text_of(differences())
    if parser.parse_args().record:
        RECORD.write_text(new, "utf-8")
        return 0
    old = RECORD.read_text("utf-8")
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), "twins.txt", "now"):
        print(line.rstrip("\n"))
    if old != new:
        print("Twins drifted apart: change both, or run scripts/twins.py --record.")
    return 0 if old == new else 1


if __name__ == "__main__":
    sys.exit(main())
