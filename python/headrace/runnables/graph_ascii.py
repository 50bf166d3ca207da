"""Drawing a graph as ASCII art: boxes in layers, and lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["draw_ascii"]

_GAP = 3
_LINES_BETWEEN = 3


class _Canvas:
    """A grid of characters."""

    def __init__(self, width: int, height: int) -> None:
        self._lines = [[" "] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str) -> None:
        """Write a string to the right, starting at (x, y)."""
        self._lines[y][x : x + len(text)] = text

    def line(self, x0: int, y0: int, x1: int, y1: int) -> None:
        """Draw a line downwards in the cells that are still empty."""
        for y in range(y0, y1 + 1):
            x = x0 if y1 == y0 else round(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
            if self._lines[y][x] == " ":
                self._lines[y][x] = "*"

    def text(self) -> str:
        """Return the drawing."""
        return "\n".join("".join(line).rstrip() for line in self._lines)


def _layers(names: Mapping[str, str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Assign each node to a layer below its predecessors; edges that close a cycle are ignored."""
    below: dict[str, list[str]] = {id: [] for id in names}
    for source, target in edges:
        below[source].append(target)
    layer = dict.fromkeys(names, 0)
    done: set[str] = set()
    order: list[str] = []
    back: set[tuple[str, str]] = set()
    for root in names:
        path: list[tuple[str, int]] = [(root, 0)]
        going = {root}
        while path and root not in done:
            id, i = path.pop()
            if i < len(below[id]):
                path.append((id, i + 1))
                target = below[id][i]
                if target in going:
                    back.add((id, target))
                elif target not in done:
                    going.add(target)
                    path.append((target, 0))
            else:
                going.discard(id)
                done.add(id)
                order.append(id)
    for id in reversed(order):
        for target in below[id]:
            if (id, target) not in back:
                layer[target] = max(layer[target], layer[id] + 1)
    return layer


def draw_ascii(vertices: Mapping[str, str], edges: Sequence[tuple[Any, ...]]) -> str:
    """Draw nodes and edges.

    Args:
        vertices: The names of the nodes by id.
        edges: Tuples that start with the source id and the target id.

    Returns:
        The drawing.
    """
    if not vertices:
        return ""
    names, ways = vertices, [(edge[0], edge[1]) for edge in edges]
    layer = _layers(names, ways)
    labels = {id: f"| {name} |" for id, name in names.items()}
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for id in names:
        rows[layer[id]].append(id)
    # An edge that spans several layers has a bend in each of them.
    hops: list[tuple[str, str]] = []
    for n, (source, target) in enumerate(ways):
        if layer[target] <= layer[source]:
            continue
        here = source
        for i in range(layer[source] + 1, layer[target]):
            bend = f"bend:{n}:{i}"
            labels[bend] = "*"
            rows[i].append(bend)
            hops.append((here, bend))
            here = bend
        hops.append((here, target))
    place = {id: float(i) for row in rows for i, id in enumerate(row)}
    for row in rows[1:]:
        above = {id: [place[a] for a, b in hops if b == id] for id in row}
        row.sort(key=lambda id: sum(above[id]) / len(above[id]) if above[id] else place[id])
        place.update({id: float(i) for i, id in enumerate(row)})
    widths = [sum(len(labels[id]) for id in row) + _GAP * (len(row) - 1) for row in rows]
    width = max(widths)
    canvas = _Canvas(width, len(rows) * 3 + (len(rows) - 1) * _LINES_BETWEEN)
    centre: dict[str, int] = {}
    for i, row in enumerate(rows):
        x = (width - widths[i]) // 2
        y = i * (3 + _LINES_BETWEEN)
        for id in row:
            label = labels[id]
            centre[id] = x + len(label) // 2
            if label == "*":
                for line in range(3):
                    canvas.put(x, y + line, "*")
            else:
                rule = "+" + "-" * (len(label) - 2) + "+"
                for line, text in enumerate((rule, label, rule)):
                    canvas.put(x, y + line, text)
            x += len(label) + _GAP
    depth = {id: i for i, row in enumerate(rows) for id in row}
    for source, target in hops:
        top = depth[source] * (3 + _LINES_BETWEEN) + 3
        canvas.line(centre[source], top, centre[target], top + _LINES_BETWEEN - 1)
    return canvas.text()
