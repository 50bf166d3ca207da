"""Additions to `headrace.utils.function_calling`."""

__all__ = ["PYTHON_TO_JSON_TYPES"]

PYTHON_TO_JSON_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
