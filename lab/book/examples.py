"""The `python`, `pycon` and `console` fences: highlighted as ever, with `norun` left to the tests.

```console norun="it needs a server"
$ redis-cli ping
PONG
```
"""

from typing import Any

from markdown import Markdown
from pymdownx.superfences import highlight_validator  # type: ignore[import-untyped]  # has no types


def accepts(
    language: str,
    inputs: dict[str, str],
    options: dict[str, str],
    attrs: dict[str, str],
    md: Markdown,
) -> bool:
    """Take what every code fence takes, and `norun`, which is no attribute of the page's."""
    inputs = {name: value for name, value in inputs.items() if name != "norun"}
    return bool(highlight_validator(language, inputs, options, attrs, md))


def example(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **given: Any
) -> str:
    """The code block that superfences would make."""
    fences: Any = md.preprocessors["fenced_code_block"]
    block: str = fences.highlight(
        src=source,
        language=language,
        options=options,
        md=md,
        classes=given["classes"],
        id_value=given["id_value"],
        attrs={name: value for name, value in given["attrs"].items() if name != "norun"},
    )
    return block
