"""`Graph`: the structure of a runnable, for inspection and drawing."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from headrace.runnables.graph_mermaid import CurveStyle, NodeStyles, draw_mermaid

if TYPE_CHECKING:
    from headrace.runnables.config import RunnableConfig
    from headrace.runnables.runnable import Runnable

__all__ = [
    "CurveStyle",
    "Edge",
    "Graph",
    "Node",
    "NodeStyles",
    "graph_of",
    "is_uuid",
    "parallel_graph",
    "sequence_graph",
]


def is_uuid(value: str) -> bool:
    """Return True if a string is a UUID.

    Args:
        value: The string.

    Returns:
        True if `value` is a UUID.
    """
    try:
        UUID(value)
    except ValueError:
        return False
    return True


class Edge(NamedTuple):
    """A connection between two nodes.

    Attributes:
        source: The id of the source node.
        target: The id of the target node.
        data: A label.
        conditional: True if the edge is taken only under a condition.
    """

    source: str
    target: str
    data: Any = None
    conditional: bool = False

    def copy(self, *, source: str | None = None, target: str | None = None) -> Edge:
        """Return a copy of the edge between other nodes.

        Args:
            source: The new source id.
            target: The new target id.

        Returns:
            A new edge.
        """
        return self._replace(source=source or self.source, target=target or self.target)


class Node(NamedTuple):
    """A step of a runnable, or its input or output schema.

    Attributes:
        id: The unique id.
        name: The name.
        data: The runnable or the pydantic model.
        metadata: Metadata to show.
    """

    id: str
    name: str
    data: Any
    metadata: dict[str, Any] | None

    def copy(self, *, id: str | None = None, name: str | None = None) -> Node:
        """Return a copy of the node with another id or name.

        Args:
            id: The new id.
            name: The new name.

        Returns:
            A new node.
        """
        return self._replace(id=id or self.id, name=name or self.name)


def _name_of(id: str, data: Any) -> str:
    if not is_uuid(id) or data is None:
        return id
    name: str = data.__name__ if inspect.isclass(data) else data.get_name()
    return name.removeprefix("Runnable") if name.startswith("Runnable") else name


@dataclass
class Graph:
    """Nodes and the edges between them.

    Attributes:
        nodes: The nodes by id.
        edges: The edges.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.nodes)

    def next_id(self) -> str:
        """Return an id for a new node."""
        return uuid4().hex

    def add_node(
        self, data: Any, id: str | None = None, *, metadata: dict[str, Any] | None = None
    ) -> Node:
        """Add a node.

        Args:
            data: The runnable or the pydantic model.
            id: Its id; generated if None.
            metadata: Metadata to show.

        Returns:
            The node.

        Raises:
            ValueError: If a node with this id already exists.
        """
        if id is not None and id in self.nodes:
            raise ValueError(f"Node with id {id} already exists")
        id = id or self.next_id()
        node = Node(id=id, name=_name_of(id, data), data=data, metadata=metadata)
        self.nodes[id] = node
        return node

    def remove_node(self, node: Node) -> None:
        """Remove a node and its edges."""
        self.nodes.pop(node.id)
        self.edges = [edge for edge in self.edges if node.id not in (edge.source, edge.target)]

    def add_edge(
        self, source: Node, target: Node, data: Any = None, conditional: bool = False
    ) -> Edge:
        """Add an edge.

        Args:
            source: The source node.
            target: The target node.
            data: A label.
            conditional: True if the edge is taken only under a condition.

        Returns:
            The edge.

        Raises:
            ValueError: If a node is not in the graph.
        """
        for which, node in (("Source", source), ("Target", target)):
            if node.id not in self.nodes:
                raise ValueError(f"{which} node {node.id} not in graph")
        edge = Edge(source.id, target.id, data, conditional)
        self.edges.append(edge)
        return edge

    def extend(self, graph: Graph, *, prefix: str = "") -> tuple[Node | None, Node | None]:
        """Add the nodes and edges of another graph.

        Args:
            graph: The other graph.
            prefix: A prefix for its ids, unless all of them are UUIDs.

        Returns:
            The first and the last node of `graph`; None for a node that is not unique.
        """
        if all(is_uuid(id) for id in graph.nodes):
            prefix = ""

        def named(id: str) -> str:
            return f"{prefix}:{id}" if prefix else id

        for id, node in graph.nodes.items():
            self.nodes[named(id)] = node.copy(id=named(id))
        self.edges.extend(
            edge.copy(source=named(edge.source), target=named(edge.target)) for edge in graph.edges
        )
        first, last = graph.first_node(), graph.last_node()
        return (
            first and first.copy(id=named(first.id)),
            last and last.copy(id=named(last.id)),
        )

    def reid(self) -> Graph:
        """Return a copy whose ids are the node names, numbered if several nodes share a name."""
        counts = Counter(node.name for node in self.nodes.values())
        used: Counter[str] = Counter()
        ids: dict[str, str] = {}
        for id, node in self.nodes.items():
            if not is_uuid(id):
                ids[id] = id
            elif counts[node.name] > 1:
                used[node.name] += 1
                ids[id] = f"{node.name}_{used[node.name]}"
            else:
                ids[id] = node.name
        return Graph(
            nodes={ids[id]: node.copy(id=ids[id]) for id, node in self.nodes.items()},
            edges=[
                edge.copy(source=ids[edge.source], target=ids[edge.target]) for edge in self.edges
            ],
        )

    def first_node(self) -> Node | None:
        """Return the only node without incoming edges, or None."""
        return self._only({edge.target for edge in self.edges})

    def last_node(self) -> Node | None:
        """Return the only node without outgoing edges, or None."""
        return self._only({edge.source for edge in self.edges})

    def _only(self, others: set[str]) -> Node | None:
        found = [node for id, node in self.nodes.items() if id not in others]
        return found[0] if len(found) == 1 else None

    def trim_first_node(self) -> None:
        """Remove the first node if it has one outgoing edge and leaves a unique first node."""
        self._trim(self.first_node(), at_start=True)

    def trim_last_node(self) -> None:
        """Remove the last node if it has one incoming edge and leaves a unique last node."""
        self._trim(self.last_node(), at_start=False)

    def _trim(self, node: Node | None, *, at_start: bool) -> None:
        if node is None:
            return
        own = [edge for edge in self.edges if node.id == (edge.source if at_start else edge.target)]
        if len(own) != 1:
            return
        rest = Graph(
            {id: one for id, one in self.nodes.items() if id != node.id},
            [edge for edge in self.edges if node.id not in (edge.source, edge.target)],
        )
        if (rest.first_node() if at_start else rest.last_node()) is not None:
            self.remove_node(node)

    def to_json(self, *, with_schemas: bool = False) -> dict[str, list[dict[str, Any]]]:
        """Return the graph as JSON-compatible data.

        Args:
            with_schemas: If true, include whole schemas instead of their names.

        Returns:
            `{"nodes": [...], "edges": [...]}`, with numbers for the ids that are UUIDs.
        """
        ids = {id: i if is_uuid(id) else id for i, id in enumerate(self.nodes)}
        nodes = []
        for id, node in self.nodes.items():
            described: dict[str, Any] = {"id": ids[id], **_data_as_json(node, with_schemas)}
            if node.metadata is not None:
                described["metadata"] = node.metadata
            nodes.append(described)
        edges = []
        for edge in self.edges:
            way: dict[str, Any] = {"source": ids[edge.source], "target": ids[edge.target]}
            if edge.data is not None:
                way["data"] = edge.data
            if edge.conditional:
                way["conditional"] = True
            edges.append(way)
        return {"nodes": nodes, "edges": edges}

    def draw_mermaid(
        self,
        *,
        with_styles: bool = True,
        curve_style: CurveStyle = CurveStyle.LINEAR,
        node_colors: NodeStyles | None = None,
        wrap_label_n_words: int = 9,
        frontmatter_config: dict[str, Any] | None = None,
    ) -> str:
        """Draw the graph as Mermaid source.

        Args:
            with_styles: If true, include shapes, colors and front matter.
            curve_style: The shape of the edges.
            node_colors: The styles of the nodes.
            wrap_label_n_words: The number of words in a line of an edge label.
            frontmatter_config: Additional settings for the front matter.

        Returns:
            The Mermaid source.
        """
        graph = self.reid()
        first, last = graph.first_node(), graph.last_node()
        return draw_mermaid(
            nodes=graph.nodes,
            edges=graph.edges,
            first_node=first.id if first else None,
            last_node=last.id if last else None,
            with_styles=with_styles,
            curve_style=curve_style,
            node_styles=node_colors,
            wrap_label_n_words=wrap_label_n_words,
            frontmatter_config=frontmatter_config,
        )

    def draw_ascii(self) -> str:
        """Draw the graph as ASCII art.

        Returns:
            The drawing.
        """
        from headrace.runnables.graph_ascii import draw_ascii

        names = {id: node.name for id, node in self.nodes.items()}
        return draw_ascii(names, self.edges)

    def print_ascii(self) -> None:
        """Print the graph as ASCII art."""
        print(self.draw_ascii())


def _data_as_json(node: Node, with_schemas: bool) -> dict[str, Any]:
    data: Any = node.data
    if data is None:
        return {}
    if isinstance(data, type):
        if with_schemas:
            return {"type": "schema", "data": node.data.model_json_schema()}
        return {"type": "schema", "data": node.name}
    if callable(getattr(type(data), "lc_id", None)):
        where = list(data.lc_id())
    else:
        where = [*type(data).__module__.split("."), type(data).__name__]
    name = data.get_name() if is_uuid(node.id) else node.id
    return {"type": "runnable", "data": {"id": where, "name": name}}


# -- the graphs of runnables -----------------------------------------------------------------------


def _schema(runnable: Runnable[Any, Any], which: str, config: RunnableConfig | None) -> Any:
    from headrace.runnables.type_inference import model_of

    try:
        if which == "Input":
            return runnable.get_input_schema(config)
        return runnable.get_output_schema(config)
    except TypeError:  # The type cannot be inferred.
        return model_of(runnable.get_name(which), Any)


def graph_of(runnable: Runnable[Any, Any], config: RunnableConfig | None) -> Graph:
    """Return a graph with the runnable as one node between its input and its output."""
    graph = Graph()
    first = graph.add_node(_schema(runnable, "Input", config))
    metadata = (config or {}).get("metadata")
    node = graph.add_node(runnable, metadata=metadata)
    last = graph.add_node(_schema(runnable, "Output", config))
    graph.add_edge(first, node)
    graph.add_edge(node, last)
    return graph


def sequence_graph(steps: Sequence[Runnable[Any, Any]], config: RunnableConfig | None) -> Graph:
    """Return the graph of steps in sequence, without the schemas between them."""
    graph = Graph()
    for i, step in enumerate(steps):
        inner = step.get_graph(config)
        if i > 0:
            inner.trim_first_node()
        if i < len(steps) - 1:
            inner.trim_last_node()
        last = graph.last_node()
        first, _ = graph.extend(inner)
        if i > 0:
            if first is None or last is None:
                raise ValueError(
                    f"Cannot connect {step!r}: each graph needs one first and one last node."
                )
            graph.add_edge(last, first)
    return graph


def parallel_graph(
    runnable: Runnable[Any, Any], parts: Iterable[Runnable[Any, Any]], config: RunnableConfig | None
) -> Graph:
    """Return the graph of parallel parts between the input and the output of the runnable."""
    graph = Graph()
    first = graph.add_node(_schema(runnable, "Input", config))
    last = graph.add_node(_schema(runnable, "Output", config))
    for part in parts:
        inner = part.get_graph()
        inner.trim_first_node()
        inner.trim_last_node()
        if not inner:
            graph.add_edge(first, last)
            continue
        start, end = graph.extend(inner)
        if start is None or end is None:
            raise ValueError(f"The graph of {part!r} must have one first and one last node.")
        graph.add_edge(first, start)
        graph.add_edge(end, last)
    return graph
