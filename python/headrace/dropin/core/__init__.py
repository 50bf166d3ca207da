"""What langchain_core has beyond headrace, under the paths that it has there.

A file whose counterpart exists in headrace holds names that are set on it; the others are modules
of `langchain_core` themselves.
"""
