"""Check the English of docstrings, comments and documentation pages.

Usage: language.py [--rate] [PATH ...]

Prints one line for each finding, as `file:line: message`, and exits with 1 if there are any. With
`--rate` it prints only the share of docstrings with a finding. The default paths are the package,
the documentation and the README. The rules are in CONTRIBUTING.md, section "Language".
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DEFAULT_PATHS = ("python/headrace", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
# A page that a script generates from names and fixed texts.
GENERATED = {"docs/parity.md"}
# The project's rule, which is quoted word for word.
RULE = "grows with what is new, never with what came before"

# First words that never open a docstring.
OPENINGS = set(
    "answer begin for forget give gives hear hears how if it its leave let made make makes of "
    "one put said say says tell tells that told what whatever where which who whoever whose "
    "why with without".split()
)
# First words that open a docstring only in the forms named here.
OPENING_FORMS = {
    "if": re.compile(r"If (true|set|given|not None|`?None)\b", re.IGNORECASE),
    "whether": re.compile(r"Whether (or not )?to\b"),
    "how": re.compile(r"How (many|much|long|often|to)\b"),
}
# First words of a class that read as a verb; a class is named by a noun phrase.
CLASS_VERBS = set(
    "adds asks builds calls chooses collects counts draws ends feeds fills finds follows gets "
    "holds joins keeps knows lets looks merges notes parses passes prints reads runs sends shows "
    "sets splits starts stops streams takes turns waits watches writes".split()
)
# Articles open the docstring of a class, an attribute or a property, not of a function.
ARTICLES = {"a", "an", "the", "no", "another"}

PHRASES = [
    (re.compile(pattern, re.IGNORECASE), message)
    for pattern, message in [
        (r"(?<!there )\bis no (?!longer|more|less|need|way|reason|guarantee|such|one|other|point)", 'write "is not a"'),
        (r"\b(are|is) (?-i:none)\b(?! of)", 'write "there are no" or "is None"'),
        (r"\b(hears?|heard)\b", 'write "receives", "is notified" or "handles"'),
        (r"\btold\b|\btells?\b(?! (apart|you))|\btelling\b", 'write "emit", "notify" or "report"'),
        (r"\bteller\b", 'write "callback"'),
        (r"\b(whoever|whatever|whichever)\b", "name the thing"),
        (r"\b(no|some)body\b", "name the reader, handler or caller"),
        (r"(?:^|[.:;,] )who (?!cares)\w+s\b", "name the person or part"),
        (r"\banew\b", 'write "again" or "recreate"'),
        (r"\bcut off\b", 'write "truncated"'),
        (r"\bnot to be (?!confused)\w+(ed|en|n)\b", 'write "must not be" or "read-only"'),
        (r"\bthe reference('s)?\b(?! (count|page|guide|manual|document|implementation|cycle|list|section|to|of|is|holder))", 'write "LangChain"'),
        (r"\bone's own\b|\bof (its|their) own making\b", 'write "your own" or "custom"'),
        (r"\bspeaks? the same\b", 'write "compatible"'),
        (r"\b(amiss|thereof|therein|wherein|whereby|thereby|lest|albeit)\b", "use a plain word"),
        (r"\bmend(s|ed|ing)?\b", 'write "fix"'),
        (r"\bbeside (it|its|them|the|each|another|one|that|those|this|what)\b", 'write "next to", "with" or "besides"'),
        (r"\bby its name\b|\bby their names\b", 'write "by name"'),
        (r"\bhas to be there\b|\bhave to be there\b", 'write "you need"'),
        (r"\bwhere (it|there|that|this|they) (is|are) (one|none|no|some|any)\b", 'write "if"'),
        (r"\b(as|than) (that|those) of\b", "name the thing"),
        (r"\bgives? (back|out)?\s?what\b|\b(says?|said) (how|whether|where|so|nothing|something)\b", "name what is returned or reported"),
        (r"\bmade of\b(?! (up|metal))", 'write "built from" or "generated from"'),
        (r"\b(all|each|any|both) that (is|are|was|were|has|have|had|come|comes|came)\b", "name the thing"),
        (r"(?:^|[.:;] )what (is|was|are|were|a|an|the|it|they|one|else|there|has|had|came|comes|users?|people|models?|handlers?)\b", "name the thing"),
        (r"\b(of|with|from|for|to|by|in|on|into|and|or|than|as|is|are) what (is|was|are|were|a|an|the|it|they|one|else|there|has|had|came|comes|follows)\b", "name the thing"),
        (r"\bhow (a|an|the) [\w`]+ (is|are) (called|made|named|meant|written)\b", "name the thing"),
        (r"\b(a|each|every|the) [a-z]+ there (is|are)\b", "turn the sentence around"),
        (r"\bis (asked for|asked whether|to be had|to be seen|to be found)\b", 'write "is requested" or name the actor'),
        (r"\bin the place of\b|\bin its place\b|\btakes? the place of\b", 'write "instead of" or "replaces"'),
        (r"\bstand(s)? (in|for) (the|a|an) (place|name|text|list|field)\b", 'write "is"'),
        (r"\bgo(es)? on\b", 'write "continue"'),
        (r"\bcome(s)? to (its|their|an) end\b|\bcame to (its|an) end\b", 'write "ends"'),
        (r"\bkin\b|\btwin\b", 'write "variant", "async version" or "sync version"'),
        (r"\bwithout (one|any|none)[.,;]", "name the thing that is missing"),
    ]
]  # fmt: skip


class Finding(NamedTuple):
    """A place in a file and what to change there."""

    path: Path
    line: int
    message: str


class Docstring(NamedTuple):
    """A docstring, its line and the kind of its owner."""

    line: int
    kind: str
    text: str


def docstrings(tree: ast.Module) -> Iterator[Docstring]:
    """Yield the docstrings of a module, including those of attributes."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kind = "attribute" if _is_property(node) else "function"
        elif isinstance(node, ast.ClassDef):
            kind = "class"
        elif isinstance(node, ast.Module):
            kind = "module"
        else:
            continue
        if ast.get_docstring(node) is not None:
            constant = node.body[0].value  # type: ignore[attr-defined]
            yield Docstring(constant.lineno, kind, constant.value)
        if kind in ("class", "module"):
            for statement, following in zip(node.body, node.body[1:], strict=False):
                if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _is_text(following):
                    constant = following.value  # type: ignore[attr-defined]
                    yield Docstring(constant.lineno, "attribute", constant.value)


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {ast.unparse(decorator).rsplit(".", 1)[-1] for decorator in node.decorator_list}
    return bool(names & {"property", "cached_property", "abstractproperty"})


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def opening_problem(docstring: Docstring) -> str | None:
    """Return what is wrong with the first words of a docstring, or None."""
    text = docstring.text.strip()
    match = re.match(r"[A-Za-z']+", text)
    if match is None:
        return None
    word = match[0].lower()
    form = OPENING_FORMS.get(word)
    if form is not None and form.match(text):
        return None
    if word == "whether" and docstring.kind == "attribute":
        return None
    if word in OPENINGS or word == "whether":
        return f'a docstring does not open with "{match[0]}"'
    if docstring.kind == "class" and word in CLASS_VERBS:
        return f'a class docstring opens with a noun phrase, not "{match[0]}"'
    if docstring.kind == "function" and word in ARTICLES:
        return f'a function docstring opens with a verb, not "{match[0]}"'
    return None


def phrase_problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line offset, problem) for each banned phrase in a text; code is left out."""
    prose = re.sub(r"```.*?```", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    prose = re.sub(r"``[^`]+``|`[^`\n]+`", "`code`", prose)
    prose = prose.replace(RULE, RULE.replace("what", "that"))
    for pattern, message in PHRASES:
        for found in pattern.finditer(prose):
            words = found[0].strip(" .,;:")
            yield prose.count("\n", 0, found.start()), f'"{words}": {message}'


def check_python(path: Path, source: str) -> Iterator[Finding]:
    """Yield the findings in the docstrings and comments of a Python file."""
    for docstring in docstrings(ast.parse(source)):
        problem = opening_problem(docstring)
        if problem is not None:
            yield Finding(path, docstring.line, problem)
        for offset, message in phrase_problems(docstring.text):
            yield Finding(path, docstring.line + offset, message)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            for _, message in phrase_problems(token.string.lstrip("# ")):
                yield Finding(path, token.start[0], message)


def check_markdown(path: Path, source: str) -> Iterator[Finding]:
    """Yield the findings in a Markdown page."""
    for offset, message in phrase_problems(source):
        yield Finding(path, offset + 1, message)


def files(paths: list[str]) -> Iterator[Path]:
    """Yield the Python files and Markdown pages below some paths."""
    for name in paths:
        path = ROOT / name
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".py", ".md"))
        elif path.exists():
            yield path


def rate(paths: list[str]) -> tuple[int, int]:
    """Return the number of docstrings with a finding, and of all docstrings."""
    flagged = total = 0
    for path in files(paths):
        if path.suffix != ".py":
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError:
            continue
        for docstring in docstrings(tree):
            total += 1
            flagged += opening_problem(docstring) is not None or any(
                phrase_problems(docstring.text)
            )
    return flagged, total


def main() -> int:
    """Print the findings, or the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=list(DEFAULT_PATHS))
    parser.add_argument("--rate", action="store_true")
    arguments = parser.parse_args()
    if arguments.rate:
        flagged, total = rate(arguments.paths)
        print(f"{flagged} of {total} docstrings ({100 * flagged / max(total, 1):.1f}%)")
        return 0
    found = 0
    for path in files(arguments.paths):
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if shown.as_posix() in GENERATED:
            continue
        source = path.read_text(encoding="utf-8")
        check = check_python if path.suffix == ".py" else check_markdown
        for finding in check(shown, source):
            found += 1
            print(f"{finding.path}:{finding.line}: {finding.message}")
    if found:
        print(f"{found} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
