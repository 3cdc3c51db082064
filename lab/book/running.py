"""Running what the pages show: every example works, and prints what the page says it prints.

`python` and `pycon` fences share one namespace per page, where `pyqueue` is the step that the
page's front matter names, or else the last step. `console` fences run one after another from
the top of the repository, with one workspace per page that is thrown away afterwards.
"""

import contextlib
import difflib
import doctest
import importlib.util
import io
import linecache
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from lab import catalog
from lab.book.pages import Fence, fences, front_matter

# Checked while the site is built, or not meant to be run.
SHOWN = {
    "step", "step-diff", "step-summary", "step-states", "mermaid", "plot", "journey", "instructor",
    "timetable", "schedule", "scheduler", "pool-simulator", "text", "toml", "yaml", "sql",
}  # fmt: skip

# What a code fence takes besides its language; with anything else, it is no fence.
_ATTRIBUTES = re.compile(r'\b(title|hl_lines|linenums|norun)="[^"]*"')
_NORUN = re.compile(r'\bnorun="(?P<reason>[^"]*)"')
_COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)
_PYTHONS = {"python", "python3", "py"}
# What differs from run to run, and what stands for it.
_VOLATILE = [
    (re.compile(r"\b\d+\.\d+ ?(s|ms|seconds)\b"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"), "DATE"),
    (re.compile(r"\b\d\d:\d\d:\d\d(\.\d+)?"), "DATE"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"0x[0-9a-fA-F]+"), "ADDRESS"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
]


class MismatchError(Exception):
    """An example does not do what the page says; the message shows both."""


def run_page(page: Path) -> list[str]:
    """Run every fence of a page; what is wrong, one text for each fence that fails."""
    text = page.read_text(encoding="utf-8")
    with _Session(front_matter(text).get("step")) as session:
        return [
            f"{page.name}, line {fence.line}: {fault}"
            for fence in fences(text)
            if (fault := session.fault_of(fence))
        ]


def normal(text: str) -> str:
    """The text with everything that differs from run to run put the same way."""
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text.strip("\n")


def matches(expected: str, printed: str) -> bool:
    """Whether this was printed; a line `…` of what is expected stands for any lines."""
    lines = (
        "(?:.*\n)*?" if line.strip() == "…" else re.escape(line + "\n")
        for line in normal(expected).split("\n")
    )
    return re.fullmatch("".join(lines), normal(printed) + "\n") is not None


def difference(expected: str, printed: str) -> str:
    """Both texts, line against line."""
    lines = difflib.unified_diff(
        normal(expected).splitlines(),
        normal(printed).splitlines(),
        "the page says",
        "it prints",
        lineterm="",
    )
    return "\n".join(lines)


class _Session:
    """What the fences of one page share. Lives as long as the page is run."""

    def __init__(self, number: int | None) -> None:
        step = catalog.step(number) if number else catalog.steps()[-1]
        self.namespace: dict[str, Any] = {"__name__": "__page__"}
        self.examples = 0
        self.runners: dict[str, Callable[[Fence], None]] = {
            "python": self.run_python,
            "pycon": self.run_pycon,
            "console": self.run_console,
        }
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(_pyqueue_is(step.folder))
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.workspace = Path(folder).resolve() / "workspace"

    def __enter__(self) -> "_Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def fault_of(self, fence: Fence) -> str | None:
        """Run one fence; what is wrong with it, or None."""
        reason = _NORUN.search(fence.attributes)
        if unknown := _ATTRIBUTES.sub("", fence.attributes).strip():
            return f"the fence is shown as plain text because of {unknown!r} in its first line"
        if reason:
            return None if reason["reason"].strip() else 'write norun="the reason"'
        if fence.language in SHOWN:
            return None
        if fence.language not in self.runners:
            known = ", ".join(sorted({*SHOWN, *self.runners}))
            return f"nobody runs a fence of language {fence.language!r}; known are {known}"
        try:
            self.runners[fence.language](fence)
        except MismatchError as fault:
            return str(fault)
        return None

    def run_python(self, fence: Fence) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(self.compiled(fence.body), self.namespace)
        except (Exception, SystemExit) as error:
            raise MismatchError(f"{type(error).__name__}: {error}\n{fence.body}") from error

    def compiled(self, body: str) -> CodeType:
        """Under a name by which tracebacks and `lab.race` find the source of the fence."""
        self.examples += 1
        name = f"<example {self.examples}>"
        linecache.cache[name] = (len(body), None, body.splitlines(keepends=True), name)
        return compile(body, name, "exec")

    def run_pycon(self, fence: Fence) -> None:
        test = doctest.DocTestParser().get_doctest(
            fence.body, self.namespace, "example", None, fence.line
        )
        if not test.examples:
            raise MismatchError("a pycon fence has lines that start with `>>> `")
        test.globs = self.namespace  # get_doctest made a copy of it
        report: list[str] = []
        runner = doctest.DocTestRunner(checker=_Checker(), verbose=False)
        if runner.run(test, out=report.append, clear_globs=False).failed:
            raise MismatchError("".join(report))

    def run_console(self, fence: Fence) -> None:
        before, *parts = _COMMAND.split(fence.body)
        if before.strip() or not parts:
            raise MismatchError("a console fence starts with a line `$ command`")
        for command, expected in zip(parts[::2], parts[1::2], strict=True):
            printed = self.output_of(command)
            if not matches(expected, printed):
                raise MismatchError(f"$ {command}\n{difference(expected, printed)}")

    def output_of(self, command: str) -> str:
        """Everything that a command prints, with the workspace's real place left out."""
        done = subprocess.run(
            arguments_of(command),
            cwd=catalog.ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return done.stdout.replace(str(self.workspace), "workspace")

    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        return {
            **inherited,
            "COLUMNS": "88",
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "PYQUEUE_WORKSPACE": str(self.workspace),
            # As the pages are written: on any platform, and whoever serves the book meanwhile.
            "PYQUEUE_COMMAND": "python3 learn.py",
            "PYQUEUE_BOOK": "not served",
        }


class _Checker(doctest.OutputChecker):
    """doctest's comparison of outputs, replaced by ours."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return matches(want, got)

    def output_difference(self, example: doctest.Example, got: str, optionflags: int) -> str:
        return textwrap.indent(difference(example.want, got), "    ")


def arguments_of(command: str) -> list[str]:
    """The command as it is run here: by this Python, and without a shell.

    `learn.py` only prepares an environment, and this is one. Raises MismatchError for a program
    that nobody promises to be there.
    """
    program, *rest = shlex.split(command)
    if program in _PYTHONS and rest[:1] == ["learn.py"]:
        return [sys.executable, "-m", "lab", *rest[1:]]
    if program in _PYTHONS:
        return [sys.executable, *rest]
    if program in {"pytest", "mkdocs"}:
        return [sys.executable, "-m", program, *rest]
    raise MismatchError(
        f'nobody runs {program!r}; show python, pytest or mkdocs, or write norun="…"'
    )


@contextlib.contextmanager
def _pyqueue_is(folder: Path) -> Iterator[None]:
    """While it lasts, `import pyqueue` gives a fresh copy of the package in the folder."""
    kept = {name: sys.modules.pop(name) for name in _loaded()}
    spec = importlib.util.spec_from_file_location(
        "pyqueue", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["pyqueue"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        yield
    finally:
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(kept)


def _loaded() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "pyqueue"]
