"""Each difference of the prompts that docs/differences.md lists, on both libraries."""

import importlib
import re
import warnings

import pytest
from tests.differences import check_table


def prompts_of(lib, module=""):
    return importlib.import_module(f"{lib.package}.prompts{module}")


def raised(func):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return func()
        except Exception as error:
            return type(error).__name__


def appended(lib):
    prompt = prompts_of(lib).ChatPromptTemplate(["{a}"])
    prompt.append(("ai", "{b}"))
    return prompt.input_variables


def assigned_template(lib):
    prompt = prompts_of(lib).PromptTemplate.from_template("{a}")
    prompt.template = "{a.real}"
    return raised(lambda: prompt.format(a=1))


def strict_formatter(lib):
    formatter = importlib.import_module(f"{lib.package}.utils.formatting").formatter
    return raised(lambda: formatter.format("{a.real}", a=1))


def examples_reaching(lib):
    prompts = prompts_of(lib)
    prompt = prompts.FewShotPromptTemplate(
        examples=[{"q": "{x.real}"}],
        example_prompt=prompts.PromptTemplate.from_template("{q}"),
        suffix="{x}",
    )
    return raised(lambda: prompt.format(x=1))


def values_are_no_templates(lib):
    prompts = prompts_of(lib)
    text = prompts.PromptTemplate.from_template
    prompt = prompts.FewShotPromptWithTemplates(
        examples=[],
        example_prompt=text(""),
        suffix=text("{x}"),
        input_variables=["x"],
        partial_variables={"secret": "s3cr3t"},
    )
    return raised(lambda: prompt.format(x="{secret}"))


def nameless_field(lib):
    return raised(lambda: prompts_of(lib).PromptTemplate.from_template("{}").template)


def dumped_messages(lib):
    return prompts_of(lib).ChatPromptTemplate(["{a}"]).model_dump()["messages"] != [{}]


def troubleshooting_link(lib):
    try:
        prompts_of(lib).PromptTemplate.from_template("{a}").invoke({})
    except KeyError as error:
        return "https://" in str(error)


def mustache_error_lines(lib):
    render = importlib.import_module(f"{lib.package}.utils.mustache").render
    try:
        render("{{/a}}")
    except SyntaxError as error:
        return re.findall(r"line (\d)", str(error))


def private_names(lib):
    prompt = prompts_of(lib).PromptTemplate.from_template("{{_a}}", template_format="mustache")
    return sorted(prompt.get_input_jsonschema()["properties"])


def shared_variables(lib):
    prompts = prompts_of(lib)
    text = prompts.PromptTemplate.from_template
    prompt = prompts.FewShotPromptWithTemplates(
        examples=[],
        example_prompt=text(""),
        prefix=text("{x}:"),
        suffix=text("{x}?"),
        input_variables=["x"],
    )
    return raised(lambda: prompt.format(x=1))


def partial_image(lib):
    made = prompts_of(lib, ".image").ImagePromptTemplate(
        template={"url": "{x}"}, input_variables=["x"]
    )
    return raised(lambda: made.partial(x="u").format())


def partial_after_a_run(lib):
    prompts = prompts_of(lib)
    prompt = prompts.FewShotPromptTemplate(
        examples=[],
        example_prompt=prompts.PromptTemplate.from_template(""),
        suffix="{x}{y}",
    )
    prompt.invoke({"x": 1, "y": 2})
    return raised(lambda: prompt.partial(x="1").format(y=2))


def placeholder_format(lib):
    template = prompts_of(lib).ChatPromptTemplate(
        [("placeholder", "{{history}}"), ("user", "{{question}}")], template_format="mustache"
    )
    messages = template.invoke({"history": [("ai", "old")], "question": "new"}).messages
    return [message.content for message in messages]


DIFFERENCES = {
    "placeholder-format": (placeholder_format, ["new"], ["old", "new"]),
    "appended-variables": (appended, ["a"], ["a", "b"]),
    "assigned-templates": (assigned_template, "1", "ValueError"),
    "strict-formatter": (strict_formatter, "1", "ValueError"),
    "examples-reach-nothing": (examples_reaching, "1\n\n1", "ValueError"),
    "values-are-no-templates": (values_are_no_templates, "s3cr3t", "{secret}"),
    "nameless-fields": (nameless_field, "{}", "ValueError"),
    "whole-dumps": (dumped_messages, False, True),
    "prompts-without-link": (troubleshooting_link, True, False),
    "mustache-lines": (mustache_error_lines, ["2"], ["1"]),
    "private-names": (private_names, [], ["_a"]),
    "shared-variables": (shared_variables, "KeyError", "1:\n\n1?"),
    "partial-images": (partial_image, "KeyError", {"url": "u"}),
    "partial-after-a-run": (partial_after_a_run, "ValidationError", "12"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name, library):
    scenario, theirs, ours = DIFFERENCES[name]
    assert scenario(library) == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them():
    check_table("Prompts", __file__, DIFFERENCES)
