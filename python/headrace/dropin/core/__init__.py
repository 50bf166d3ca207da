"""Modules and names that only langchain_core has, under its import paths.

If headrace has a module of the same name, the names of the file are added to it; the other files
are modules of `langchain_core`.
"""
