"""Drawing a graph as Mermaid source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.runnables.graph import Edge, Node

__all__ = ["CurveStyle", "NodeStyles", "draw_mermaid"]


class CurveStyle(Enum):
    """The edge curves that Mermaid supports."""

    BASIS = "basis"
    BUMP_X = "bumpX"
    BUMP_Y = "bumpY"
    CARDINAL = "cardinal"
    CATMULL_ROM = "catmullRom"
    LINEAR = "linear"
    MONOTONE_X = "monotoneX"
    MONOTONE_Y = "monotoneY"
    NATURAL = "natural"
    STEP = "step"
    STEP_AFTER = "stepAfter"
    STEP_BEFORE = "stepBefore"


@dataclass
class NodeStyles:
    """Mermaid styles of nodes.

    Attributes:
        default: The style of all nodes.
        first: The style of the first node.
        last: The style of the last node.
    """

    default: str = "fill:#f2f0ff,line-height:1.2"
    first: str = "fill-opacity:0"
    last: str = "fill:#bfb6fc"


_ENTITIES = str.maketrans(
    {'"': "#quot;", **{character: f"#{ord(character)};" for character in "#[](){}<>|"}}
)


def _safe(id: str) -> str:
    """Escape all characters except letters, digits, `_` and `-`."""
    return "".join(c if c.isalnum() or c in "_-" else f"\\{ord(c):x}" for c in id)


def _label(name: str) -> str:
    label = name.rpartition(":")[2]
    if label and label[0] in "*_`" and label[-1] in "*_`":
        return f"<p>{label}</p>"
    return label


def _text(node: Node) -> str:
    label = _label(node.name)
    lines = [
        _escaped(f"{key} = {shown}")
        for key, value in (node.metadata or {}).items()
        if (shown := _metadata_text(value)) is not None
    ]
    if lines:
        facts = "\n".join(lines)
        return f"{label}<hr/><small><em>{facts}</em></small>"
    return label


def _metadata_text(value: Any) -> str | None:
    """Return a scalar or a flat collection of scalars as text, and None for other values."""
    scalars = (str, int, float, bool)
    if isinstance(value, scalars):
        return str(value)
    if isinstance(value, (list, tuple, set)) and all(isinstance(item, scalars) for item in value):
        items = [str(item) for item in value]
        return ", ".join(sorted(items) if isinstance(value, set) else items)
    return None


def _escaped(text: str) -> str:
    """Replace the characters that end or structure a label in Mermaid."""
    return text.translate(_ENTITIES)


def _front_matter(curve: CurveStyle, config: dict[str, Any] | None) -> str:
    config = config or {}
    inner = dict(config.get("config", {}))
    inner["flowchart"] = {**inner.get("flowchart", {}), "curve": curve.value}
    return f"---\n{_yaml({**config, 'config': inner}, 0)}---\n"


def _yaml(value: Mapping[str, Any], depth: int) -> str:
    """Format nested dicts of scalars as YAML with sorted keys."""
    lines = ""
    for key in sorted(value):
        item = value[key]
        if isinstance(item, Mapping):
            lines += f"{'  ' * depth}{key}:\n{_yaml(item, depth + 1)}"
        else:
            shown = str(item).lower() if isinstance(item, bool) else str(item)
            lines += f"{'  ' * depth}{key}: {_quoted(shown, item)}\n"
    return lines


def _quoted(shown: str, item: Any) -> str:
    if isinstance(item, str) and (not item or not item.replace("-", "").replace(" ", "").isalnum()):
        return "'" + item.replace("'", "''") + "'"
    return shown


def _arrow(edge: Edge, words_a_line: int) -> str:
    if edge.data is None:
        return " -.-> " if edge.conditional else " --> "
    words = str(edge.data).split()
    lines = [" ".join(words[i : i + words_a_line]) for i in range(0, len(words), words_a_line)]
    text = "&nbsp<br>&nbsp".join(lines)
    return f" -. &nbsp;{text}&nbsp; .-> " if edge.conditional else f" -- &nbsp;{text}&nbsp; --> "


def _prefix(id: str) -> str:
    return id.rpartition(":")[0]


def _common(edge: Edge) -> str:
    """Return the prefix of the subgraph that contains both ends of an edge."""
    shared = []
    for a, b in zip(edge.source.split(":")[:-1], edge.target.split(":")[:-1], strict=False):
        if a != b:
            break
        shared.append(a)
    return ":".join(shared)


def draw_mermaid(
    nodes: Mapping[str, Node],
    edges: Sequence[Edge],
    *,
    first_node: str | None = None,
    last_node: str | None = None,
    with_styles: bool = True,
    curve_style: CurveStyle = CurveStyle.LINEAR,
    node_styles: NodeStyles | None = None,
    wrap_label_n_words: int = 9,
    frontmatter_config: dict[str, Any] | None = None,
) -> str:
    """Draw nodes and edges.

    Args:
        nodes: The nodes by id; a colon in an id places the node in a subgraph.
        edges: The edges.
        first_node: The id of the first node.
        last_node: The id of the last node.
        with_styles: If true, include shapes, colors and front matter.
        curve_style: The shape of the edges.
        node_styles: The styles of the nodes.
        wrap_label_n_words: The number of words in a line of an edge label.
        frontmatter_config: Additional settings for the front matter.

    Returns:
        The Mermaid source.
    """
    shapes: dict[str, str] = {}
    for id, node in nodes.items():
        if id == first_node:
            shape = f"([{_text(node)}]):::first"
        elif id == last_node:
            shape = f"([{_text(node)}]):::last"
        else:
            shape = f"({_text(node)})"
        shapes[id] = f"\t{_safe(id)}{shape}\n"
    inside = [
        *(_prefix(id) for id in nodes if _prefix(id)),
        *(_common(edge) for edge in edges if _common(edge)),
    ]
    subgraphs = list(dict.fromkeys(inside))

    def level(where: str) -> str:
        text = ""
        if with_styles:
            text += "".join(shape for id, shape in shapes.items() if _prefix(id) == where)
        # LangChain draws an edge from a node to itself after the others of its level.
        for edge in sorted(edges, key=lambda edge: edge.source == edge.target):
            if _common(edge) == where:
                arrow = _arrow(edge, wrap_label_n_words)
                text += f"\t{_safe(edge.source)}{arrow}{_safe(edge.target)};\n"
        begin = f"{where}:" if where else ""
        names = dict.fromkeys(
            one.removeprefix(begin).split(":")[0]
            for one in subgraphs
            if one.startswith(begin) and one
        )
        for name in names:
            if begin + name != where:
                text += f"\tsubgraph {name}\n{level(begin + name)}\tend\n"
        return text

    drawn = _front_matter(curve_style, frontmatter_config) if with_styles else ""
    drawn += "graph TD;\n" + level("")
    if with_styles:
        styles = node_styles or NodeStyles()
        for kind in ("default", "first", "last"):
            drawn += f"\tclassDef {kind} {getattr(styles, kind)}\n"
    return drawn
