"""Utilities, under the names that LangChain gives them."""
