"""Marking interfaces as beta or deprecated, as packages around LangChain do."""

from headrace.dropin.core._api.beta_decorator import (
    LangChainBetaWarning,
    beta,
    suppress_langchain_beta_warning,
    surface_langchain_beta_warnings,
)
from headrace.dropin.core._api.deprecation import (
    LangChainDeprecationWarning,
    deprecated,
    suppress_langchain_deprecation_warning,
    surface_langchain_deprecation_warnings,
    warn_deprecated,
)
from headrace.dropin.core._api.path import as_import_path, get_relative_path

__all__ = [
    "LangChainBetaWarning",
    "LangChainDeprecationWarning",
    "as_import_path",
    "beta",
    "deprecated",
    "get_relative_path",
    "suppress_langchain_beta_warning",
    "suppress_langchain_deprecation_warning",
    "surface_langchain_beta_warnings",
    "surface_langchain_deprecation_warnings",
    "warn_deprecated",
]
