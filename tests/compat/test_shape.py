"""Names, configuration, schemas, graphs, laziness and errors at composition, on both libraries."""

import asyncio
from typing import Any

import pytest


def f(x: int) -> str:
    return str(x)


def g(d):
    return d["a"] + d.get("b")


def h(s: str) -> list[int]:
    return []


def words(items):
    for item in items:
        yield from str(item)


def runnables(lib):
    r = lib.r
    step = r.RunnableLambda(f)
    return {
        "function": step,
        "keys": r.RunnableLambda(g),
        "sequence": step | h,
        "longer sequence": step | f | f,
        "parallel": r.RunnableParallel(a=step, b=step),
        "parallel in sequence": step | {"a": step, "b": r.RunnablePassthrough()} | f,
        "parallel of keys": r.RunnableParallel(a=g, b=g),
        "passthrough": r.RunnablePassthrough(),
        "assign": r.RunnablePassthrough.assign(z=step),
        "pick": r.RunnablePick("a"),
        "each": step.map(),
        "bound": step.bind(k=1),
        "configured": step.with_config(metadata={"a": 1}, run_name="x"),
        "typed": step.with_types(input_type=str, output_type=float),
        "branch": r.RunnableBranch((step, step), step),
        "router": r.RouterRunnable({"a": step}),
        "fallbacks": step.with_fallbacks([step]),
        "retry": step.with_retry(),
        "generator": r.RunnableGenerator(words),
        "reserved name": step | r.RunnableLambda(f, name="__end__"),
        "unnamed": r.RunnableLambda(lambda x: x),
    }


def test_names(compare):
    def scenario(lib):
        return {
            key: (one.get_name(), one.get_name("input"), one.get_name("Output", name="x"))
            for key, one in runnables(lib).items()
        }

    compare(scenario)


def test_reprs(compare):
    def scenario(lib):
        shown = runnables(lib)
        del shown["retry"], shown["parallel in sequence"]
        return {key: repr(one) for key, one in shown.items()}

    compare(scenario)


def test_schemas(compare, attempting):
    def scenario(lib):
        seen = {}
        for key, one in runnables(lib).items():
            seen[key] = (
                attempting(one.get_input_jsonschema),
                attempting(one.get_output_jsonschema),
                attempting(one.get_config_jsonschema),
            )
        # the reference gives a list's schema a default of null, and an assigned one its mapper's
        # name
        for part in seen["each"]:
            part.pop("default", None)
        seen["assign"][1].pop("title")
        return seen

    compare(scenario)


def test_graphs(compare, attempting):
    def scenario(lib):
        return {
            key: (
                attempting(one.get_graph().draw_mermaid),
                attempting(lambda one=one: one.get_graph().draw_mermaid(with_styles=False)),
                attempting(lambda one=one: edges(one.get_graph())),
            )
            for key, one in runnables(lib).items()
        }

    def edges(graph):
        shown = graph.to_json()
        return shown["edges"], [node["type"] for node in shown["nodes"]]

    compare(scenario)


def test_graphs_by_hand(compare):
    def scenario(lib):
        from importlib import import_module

        m = import_module(f"{lib.package}.runnables.graph")
        graph = m.Graph()
        a, b = graph.add_node(None, id="__start__"), graph.add_node(None, id="b")
        c = graph.add_node(None, id="inner:c", metadata={"k": 1})
        d = graph.add_node(None, id="inner:d")
        graph.add_edge(a, b, "one two three four five six seven eight nine ten")
        graph.add_edge(b, c, conditional=True)
        graph.add_edge(c, d, "on", conditional=True)
        return [
            graph.draw_mermaid(),
            graph.draw_mermaid(
                curve_style=m.CurveStyle.BASIS,
                node_colors=m.NodeStyles(first="fill:#fff"),
                frontmatter_config={"config": {"theme": "neutral", "look": "handDrawn"}},
            ),
            graph.first_node().id,
            graph.last_node().id,
        ]

    compare(scenario)


def test_configuration_is_completed_patched_and_merged(compare, attempting):
    def scenario(lib):
        c = lib.config
        handler, other = lib.watch(), lib.watch()
        full = {
            "tags": ["b", "a"],
            "metadata": {"m": 1, "lc_versions": {"x": 1}},
            "configurable": {"model": "gpt", "k": 1, "__x": 2, "o": [1], "checkpoint_ns": "n"},
            "unknown": 2,
            "run_name": "n",
            "run_id": 7,
            "recursion_limit": 9,
            "max_concurrency": None,
        }
        manager = lib.c.CallbackManager([handler], [other], tags=["t"], inheritable_tags=["i"])

        def of(callbacks):
            if callbacks is None or isinstance(callbacks, list):
                return len(callbacks or ())
            return (
                len(callbacks.handlers),
                len(callbacks.inheritable_handlers),
                callbacks.tags,
                callbacks.inheritable_tags,
                callbacks.metadata,
            )

        return [
            c.ensure_config(),
            c.ensure_config(full),
            c.patch_config(full, recursion_limit=3, run_name="z", configurable={"k": 2}),
            {**c.patch_config(full, callbacks=manager), "callbacks": 0},
            c.merge_configs(full, {"tags": ["c"], "recursion_limit": 25, "metadata": {"n": 1}}),
            c.merge_configs({"metadata": {"lc_versions": {"y": 1}}}, full)["metadata"],
            c.merge_configs(None, {}),
            c.merge_configs(),
            of(c.merge_configs({"callbacks": [handler]}, {"callbacks": [other]})["callbacks"]),
            of(c.merge_configs({"callbacks": [other]}, {"callbacks": manager})["callbacks"]),
            of(c.merge_configs({"callbacks": manager}, {"callbacks": [other]})["callbacks"]),
            of(c.merge_configs({"callbacks": manager}, {"callbacks": manager})["callbacks"]),
            c.get_config_list(None, 2),
            c.get_config_list([{"tags": ["a"]}, {}], 2),
            attempting(lambda: c.get_config_list([{}], 2)),
            attempting(lambda: c.get_config_list({}, -1)),
            of(c.get_callback_manager_for_config(c.ensure_config({**full, "callbacks": manager}))),
        ]

    compare(scenario)


def test_configuration_is_inherited_by_nested_calls(compare):
    async def scenario(lib):
        seen = []

        def inner(x, config):
            seen.append((config["tags"], config["metadata"], config["configurable"]))
            return x

        nested = lib.r.RunnableLambda(inner)

        async def outer(x):
            await nested.ainvoke(x)
            first = len(seen)
            await asyncio.gather(nested.ainvoke(x), nested.ainvoke(x, {"tags": ["own"]}))
            seen[first:] = sorted(seen[first:], key=repr)  # which is first is the scheduler's
            await lib.r.run_in_executor(None, nested.invoke, x)
            return x

        config = {"tags": ["a"], "metadata": {"m": 1}, "configurable": {"k": 1}}
        await lib.r.RunnableLambda(outer).ainvoke(1, config)
        lib.r.RunnableLambda(lambda x: nested.invoke(x)).invoke(1, config)
        list(lib.r.RunnableGenerator(lambda_gen(nested)).stream(1, config))
        return seen

    def lambda_gen(nested):
        def generate(items):
            for item in items:
                yield nested.invoke(item)

        return generate

    compare(scenario)


def test_context_variables_of_users_in_synchronous_runs(compare):
    def scenario(lib):
        from contextvars import ContextVar

        variable = ContextVar("variable", default=0)

        def sets(x):
            variable.set(x)
            return x

        def reads(x):
            return variable.get()

        def generates(items):
            for item in items:
                variable.set(item)
                yield variable.get()
                yield variable.get()

        chain = lib.r.RunnableLambda(sets) | reads
        got = [chain.invoke(1), variable.get()]
        for chunk in lib.r.RunnableGenerator(generates).stream(2):
            got.append((chunk, variable.get()))
        return got

    assert compare(scenario) == [0, 0, [2, 0], [2, 0]]


@pytest.mark.parametrize("watched", [False, True])
def test_which_input_was_pulled_when_a_chunk_came_out(watched, compare):
    async def scenario(lib):
        log: list[Any] = []
        r = lib.r

        def source(items):
            for _ in items:
                for i in range(3):
                    log.append(("made", i))
                    yield i

        async def asource(items):
            async for _ in items:
                for i in range(3):
                    log.append(("made", i))
                    yield i

        def header(items):
            log.append("header")
            yield "header"
            yield from items

        async def aheader(items):
            log.append("header")
            yield "header"
            async for item in items:
                yield item

        config = {"callbacks": [lib.watch()]} if watched else {}
        of = r.RunnableGenerator
        for chain in (
            of(source, asource) | of(header, aheader),
            of(source, asource) | r.RunnableLambda(lambda total: total),
            of(source, asource) | r.RunnablePassthrough() | of(header, aheader),
        ):
            for chunk in chain.stream(0, config):
                log.append(("got", chunk))
            log.append("async")
            async for chunk in chain.astream(0, config):
                log.append(("got", chunk))
        return log

    compare(scenario)


def test_dictionaries_stream_and_add_up(compare, attempting):
    def scenario(lib):
        r = lib.r
        dicts = [r.AddableDict({"x": 1}), r.AddableDict({"x": 2, "a": "q"}), {"y": None, "a": "r"}]
        seen = []
        passthrough = r.RunnablePassthrough(seen.append)
        return [
            list(r.RunnablePassthrough.assign(n=lambda d: len(d)).transform(iter(dicts))),
            list(r.RunnablePick("a").transform(iter(dicts))),
            list(r.RunnablePick(["a", "y"]).transform(iter(dicts))),
            list(passthrough.transform(iter("abc"))),
            seen,
            attempting(lambda: r.AddableDict({"a": 1}) + r.AddableDict({"a": "b"})),
            {"a": None, "b": 2} + r.AddableDict({"a": 3, "c": [1]}),
            r.add([1, 2, 3]),
            list(r.RunnableLambda(lambda x: x).transform(iter([1, "a", 2, 3]))),
        ]

    compare(scenario)


def test_errors_of_composition_and_use(compare, attempting):
    def scenario(lib):
        r = lib.r
        step = r.RunnableLambda(f)
        router = r.RouterRunnable({"a": step})
        missing = {"key": "b", "input": 1}
        seen = [
            attempting(lambda: step | 3),
            attempting(lambda: 3 | step),
            attempting(lambda: r.RunnableLambda(3)),
            attempting(lambda: r.RunnableGenerator(f)),
            attempting(lambda: r.RunnableSequence(step)),
            attempting(lambda: r.RunnableBranch((step, step))),
            attempting(lambda: r.RunnableBranch(1, 2)),
            attempting(lambda: r.RunnableBranch((step,), step)),
            attempting(lambda: r.RunnableBranch((3, step), step)),
            attempting(lambda: router.invoke(missing)),
            attempting(lambda: router.batch([missing])),
            attempting(lambda: r.RunnablePick("a").invoke(3)),
            attempting(lambda: r.RunnablePassthrough.assign(a=step).invoke(3)),
            attempting(lambda: step.map().invoke(3)),
            attempting(lambda: step.invoke(1, 2, 3)),
        ]
        return [one[:2] for one in seen[:-1]], seen[-1][1]

    compare(scenario)


def test_configurable_runnables(compare, attempting):
    def scenario(lib):
        r = lib.r

        class Component(r.RunnableSerializable):
            k: int = 1
            s: str = "a"

            def invoke(self, input, config=None, **kwargs):
                return input * self.k + self.s

        field = r.ConfigurableField
        one = Component(k=2).configurable_fields(k=field(id="kk", name="K", description="D"))
        option = Component().configurable_fields(
            s=r.ConfigurableFieldSingleOption(id="o", options={"A": "aa", "B": "bb"}, default="A")
        )
        several = Component().configurable_alternatives(
            field(id="alt"), default_key="d", b=Component(s="bb"), c=lambda: Component(s="cc")
        )
        prefixed = one.configurable_alternatives(
            field(id="alt"),
            prefix_keys=True,
            b=Component(s="bb").configurable_fields(k=field(id="kk")),
        )

        def set_to(runnable, **values):
            return attempting(lambda: runnable.invoke("x", {"configurable": values}))

        return [
            set_to(one),
            set_to(one, kk=3),
            attempting(lambda: one.with_config(configurable={"kk": 4}).invoke("x")),
            attempting(lambda: (one | (lambda x: x)).invoke("x", {"configurable": {"kk": 4}})),
            attempting(lambda: one.batch(["x", "y"], {"configurable": {"kk": 3}})),
            one.get_config_jsonschema(),
            set_to(option),
            set_to(option, o="B"),
            set_to(option, o="C")[:2],
            option.get_config_jsonschema(),
            set_to(several),
            set_to(several, alt="b"),
            set_to(several, alt="c"),
            set_to(several, alt="z"),
            several.get_config_jsonschema(),
            [spec.id for spec in prefixed.config_specs],
            set_to(prefixed, **{"alt": "b", "alt==b/kk": 3}),
            attempting(lambda: Component().configurable_fields(zz=field(id="q")))[:2],
        ]

    compare(scenario)
