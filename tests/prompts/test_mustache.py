"""The mustache renderer, beside the reference's, on made-up templates and values."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.prompts.string import mustache_template_vars
from langchain_core.utils import mustache as reference

from headrace.utils import mustache as ours

KEYS = st.sampled_from(["a", "b", "a.b", "b.0", ".", "a.b.a", "c d"])
PIECES = st.one_of(
    st.builds(
        str.replace,
        st.sampled_from(["{{KEY}}", "{{ KEY }}", "{{{KEY}}}", "{{& KEY}}", "{{{KEY}}", "<%KEY%>"]),
        st.just("KEY"),
        KEYS,
    ),
    st.sampled_from(
        [
            "\n",
            " ",
            "  ",
            "\t",
            "\r\n",
            "x",
            "<",
            "}}",
            "{",
            "{{! a\n b }}",
            "{{> p }}",
            "{{>none}}",
        ]
    ),
    st.sampled_from(["{{=<% %>=}}", "<%={{ }}=%>", "{{= | | =}}"]),
)


@st.composite
def sections(draw, inside):
    key = draw(KEYS)
    sign = draw(st.sampled_from("#^"))
    end = draw(st.sampled_from(["", "", "", "\n", "  "]))
    return f"{{{{{sign}{key}}}}}{end}{draw(inside)}{{{{/{key}}}}}{end}"


TEMPLATES = st.recursive(
    st.lists(PIECES, max_size=5).map("".join),
    lambda inside: st.lists(st.one_of(sections(inside), inside), max_size=4).map("".join),
    max_leaves=6,
)
BROKEN = st.lists(
    st.one_of(PIECES, st.sampled_from(["{{#a}}", "{{/a}}", "{{^b}}", "{{/b}}", "{{", "{{}}"])),
    max_size=6,
).map("".join)
SCALARS = st.sampled_from([0, 1, True, False, None, "", "<&\">'", "z", 0.0, 2.5])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3),
    ),
    max_leaves=8,
)
DATA = st.dictionaries(st.sampled_from(["a", "b", "c d"]), VALUES, max_size=3)


def outcome(func, *args, **kwargs):
    try:
        return func(*args, **kwargs)
    except SyntaxError as error:
        return type(error).__name__


@given(st.one_of(TEMPLATES, BROKEN), DATA, TEMPLATES, st.sampled_from(["", " "]), st.booleans())
def test_renders_as_the_reference(template, data, partial, padding, keep):
    # A partial that names itself never ends.
    partials = {"p": partial.replace("{{> p }}", "").replace("{{>none}}", "")}
    options = {"partials_dict": partials, "padding": padding, "keep": keep}
    ended = outcome(ours.render, template, data, **options)
    assert ended == outcome(reference.render, template, data, **options)


@given(st.one_of(TEMPLATES, BROKEN))
def test_reads_as_the_reference(template):
    tokens = outcome(lambda: list(ours.tokenize(template)))
    assert tokens == outcome(lambda: list(reference.tokenize(template)))
    found = outcome(lambda: set(ours.Mustache(template).variables))
    assert found == outcome(mustache_template_vars, template)


@given(TEMPLATES, DATA)
def test_tokens_render_as_their_text(template, data):
    rendered = outcome(ours.render, template, data)
    assert outcome(lambda: ours.render(list(ours.tokenize(template)), data)) == rendered


class Account:
    password = "s3cr3t"

    def __str__(self):
        return "account"


@pytest.mark.parametrize(
    "template",
    [
        "{{a.password}}",
        "{{a.__class__}}",
        "{{a.__init__.__globals__}}",
        "{{#a}}{{password}}{{/a}}",
        "{{#a}}{{__class__.__mro__}}{{/a}}",
        "{{{a.password}}}",
        "{{& a.password}}",
        "{{a.__dict__.password}}",
        "{{list.__class__}}",
        "{{list.append}}",
        "{{text.upper}}",
        "{{text.0}}",
    ],
)
def test_reaches_no_attributes(template):
    values = {"a": Account(), "list": [1], "text": "abc"}
    assert ours.render(template, values) == ""


def test_a_key_that_is_nowhere_is_logged_where_asked(caplog):
    with caplog.at_level(logging.WARNING):
        ours.render("{{a}}", {}, warn=True)
    assert "'a'" in caplog.text


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("a\n{{b", "unclosed tag at line 2"),
        ("a\n\n{{ }}", "empty tag at line 3"),
        ("{{#a}}\n{{/b}}", "line 2 closes the section 'b', but 'a' is open since line 1"),
        ("\n{{/b}}", "line 2 closes the section 'b', which was not opened"),
        ("\n{{#a}}", "the section 'a', opened at line 2, was never closed"),
        ("{{=<%}}", "unclosed set delimiter tag at line 1"),
    ],
)
def test_errors_say_where(template, says):
    with pytest.raises(ours.ChevronError) as caught:
        ours.render(template)
    assert str(caught.value) == says


def test_a_function_is_given_the_text_of_its_section():
    heard = []

    def loud(text, render):
        heard.append(text)
        return render(text).upper()

    template = "{{#loud}}a {{b}} {{#c}}{{& .}}{{/c}}{{^d}}e{{/d}}{{/loud}}!"
    values = {"loud": loud, "b": "x", "c": [1]}
    assert ours.render(template, values) == reference.render(template, dict(values))
    assert ours.render(template, values) == "A X 1E!"
    assert heard == [heard[0]] * 3
