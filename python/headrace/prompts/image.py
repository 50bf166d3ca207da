"""`ImagePromptTemplate`: an image whose URL has variables."""

from __future__ import annotations

from typing import Any, cast

from pydantic import Field

from headrace.prompt_values import ImagePromptValue, ImageURL, PromptValue
from headrace.prompts.base import BasePromptTemplate
from headrace.prompts.formats import PromptTemplateFormat, read

__all__ = ["ImagePromptTemplate"]

_OWN = ("url", "path", "detail")


class ImagePromptTemplate(BasePromptTemplate[ImageURL]):
    """An image whose URL or detail level has variables.

    Files are not read. Pass an image that is not on the web as a `data:` URL.
    """

    template: dict[str, Any] = Field(default_factory=dict)
    """The image: `url` and `detail`. Either can also be passed as a variable."""

    template_format: PromptTemplateFormat = "f-string"
    """The format of the template."""

    def __init__(self, **kwargs: Any) -> None:
        """Create the template.

        Args:
            **kwargs: The fields.

        Raises:
            ValueError: If a variable has the name of an image field, or the template is invalid.
        """
        names = kwargs.setdefault("input_variables", [])
        taken = {name for name in _OWN if name in names}
        if taken:
            raise ValueError(
                "input_variables for the image template cannot contain any of 'url', 'path', or "
                f"'detail'. Found: {taken}"
            )
        template = kwargs.get("template")
        if isinstance(template, dict):
            form = kwargs.get("template_format", "f-string")
            for text in template.values():
                if isinstance(text, str):
                    read(text, form)
        super().__init__(**kwargs)

    @property
    def _prompt_type(self) -> str:
        return "image-prompt"

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "prompts", "image"]

    def format_prompt(self, **kwargs: Any) -> PromptValue:
        """Format the prompt as an image prompt value.

        Args:
            **kwargs: The variables.

        Returns:
            The prompt.
        """
        return ImagePromptValue(image_url=self.format(**kwargs))

    async def aformat_prompt(self, **kwargs: Any) -> PromptValue:
        """Format the prompt; async version of `format_prompt`."""
        return ImagePromptValue(image_url=await self.aformat(**kwargs))

    def format(self, **kwargs: Any) -> ImageURL:
        """Fill in the template.

        Args:
            **kwargs: The variables, and `url` and `detail` if the template lacks them.

        Returns:
            The image.

        Raises:
            ValueError: If the URL is missing, is not a string, or a file path is given.
            KeyError: If a variable is missing.
        """
        if self.partial_variables:
            kwargs = self._merge_partial_and_user_variables(**kwargs)
        filled = {
            name: read(text, self.template_format).fill(kwargs) if isinstance(text, str) else text
            for name, text in self.template.items()
        }
        if kwargs.get("path") or filled.get("path"):
            raise ValueError(
                "Loading images from 'path' has been removed as of 0.3.15 for security reasons. "
                "Please specify images by 'url'."
            )
        url = kwargs.get("url") or filled.get("url")
        if not url:
            raise ValueError("Must provide url.")
        if not isinstance(url, str):
            raise ValueError("url must be a string.")
        image: dict[str, Any] = {"url": url}
        detail = kwargs.get("detail") or filled.get("detail")
        if detail:
            image["detail"] = detail
        return cast("ImageURL", image)

    def pretty_repr(self, html: bool = False) -> str:
        """Raise `NotImplementedError`: not supported for images."""
        raise NotImplementedError
