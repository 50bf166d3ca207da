"""The names that the reference keeps in `utils.utils`."""

from headrace.utils.env import from_env, secret_from_env

__all__ = ["from_env", "secret_from_env"]
