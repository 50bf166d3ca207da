"""mypy is to know which names the packages have; checked with the package, never run."""

from headrace.callbacks import Nonsense as a  # type: ignore[attr-defined] # noqa: F401
from headrace.example_selectors import Nonsense as b  # type: ignore[attr-defined] # noqa: F401
from headrace.language_models import Nonsense as c  # type: ignore[attr-defined] # noqa: F401
from headrace.prompts import Nonsense as d  # type: ignore[attr-defined] # noqa: F401
from headrace.runnables import Nonsense as e  # type: ignore[attr-defined] # noqa: F401
from headrace.utils import Nonsense as f  # type: ignore[attr-defined] # noqa: F401
