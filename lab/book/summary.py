"""The `step-summary` fence: the files that a step adds, changes and removes.

    ```step-summary
    02..03
    ```

One number alone, `01`, compares with nothing at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown import Markdown

from lab.book.diff import compare
from lab.book.errors import FenceError
from lab.book.request import Request
from lab.book.source import files_of, title_of

_USAGE = "NN..MM, or NN for the first step"


@dataclass(frozen=True, slots=True)
class FileChange:
    """How one file differs between two steps."""

    file: str
    # "added", "changed" or "removed".
    kind: str
    added: int
    removed: int


def changes(before: dict[str, str], after: dict[str, str]) -> Iterator[FileChange]:
    """Every file that is not the same in both, by name."""
    for file in sorted(before.keys() | after.keys()):
        hunks = compare(before.get(file, ""), after.get(file, ""), context=0)
        blocks = [block for hunk in hunks for block in hunk if not block.same]
        kind = "added" if file not in before else "changed" if file in after else "removed"
        if blocks or kind != "changed":
            added = sum(len(block.new) for block in blocks)
            removed = sum(len(block.old) for block in blocks)
            yield FileChange(file, kind, added, removed)


def step_summary(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """A table with a line for each file."""
    request = Request.parse(source, usage=_USAGE, words=range(1, 2))
    before, dots, after = request.words[0].rpartition("..")
    old = files_of(before) if dots else {}
    rows = list(changes(old, files_of(after)))
    if not rows:
        raise FenceError(f"{request.words[0]}: nothing changes")
    title = f"From {title_of(before) if dots else 'nothing'} to {title_of(after)}"
    body = "".join(_row(change) for change in rows)
    return (
        f'<div class="step-summary"><table><caption>{title}</caption><thead><tr>'
        '<th scope="col">File</th><th scope="col">Change</th>'
        '<th scope="col">Lines added</th><th scope="col">Lines removed</th>'
        f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(change: FileChange) -> str:
    return (
        f'<tr><th scope="row"><code>{escape(change.file)}</code></th>'
        f'<td><span class="{change.kind}">{change.kind}</span></td>'
        f'<td class="plus">+{change.added}</td><td class="minus">&minus;{change.removed}</td></tr>'
    )
