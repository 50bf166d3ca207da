"""What a type checker sees of the package itself. mypy reads these files, nothing runs them."""

from typing_extensions import assert_type

import headrace

assert_type(headrace.__version__, str)
