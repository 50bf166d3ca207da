"""Utilities with the names of `langchain_core.utils`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.utils.aiter import abatch_iterate
    from headrace.utils.env import (
        from_env,
        get_from_dict_or_env,
        get_from_env,
        secret_from_env,
    )
    from headrace.utils.formatting import StrictFormatter, formatter
    from headrace.utils.input import (
        get_bolded_text,
        get_color_mapping,
        get_colored_text,
        print_text,
    )
    from headrace.utils.iter import batch_iterate
    from headrace.utils.pydantic import pre_init
    from headrace.utils.strings import (
        comma_list,
        sanitize_for_postgres,
        stringify_dict,
        stringify_value,
    )
    from headrace.utils.utils import (
        build_extra_kwargs,
        convert_to_secret_str,
        get_pydantic_field_names,
        guard_import,
        xor_args,
    )

__all__ = [
    "StrictFormatter",
    "abatch_iterate",
    "batch_iterate",
    "build_extra_kwargs",
    "comma_list",
    "convert_to_secret_str",
    "formatter",
    "from_env",
    "get_bolded_text",
    "get_color_mapping",
    "get_colored_text",
    "get_from_dict_or_env",
    "get_from_env",
    "get_pydantic_field_names",
    "guard_import",
    "pre_init",
    "print_text",
    "sanitize_for_postgres",
    "secret_from_env",
    "stringify_dict",
    "stringify_value",
    "xor_args",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        aiter="abatch_iterate",
        env="from_env get_from_dict_or_env get_from_env secret_from_env",
        formatting="StrictFormatter formatter",
        input="get_bolded_text get_color_mapping get_colored_text print_text",
        iter="batch_iterate",
        pydantic="pre_init",
        strings="comma_list sanitize_for_postgres stringify_dict stringify_value",
        utils=(
            "build_extra_kwargs convert_to_secret_str get_pydantic_field_names guard_import "
            "xor_args"
        ),
    )
