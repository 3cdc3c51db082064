"""A repository for each student to begin with: one step, its promises, its chapter, no solution.

What is in it is what `check` needs and no more: the modules of the lab that it imports, found by
following imports, and the tests that hold at the step.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.catalog import ROOT, TESTS, LabError, Step, given, package_files, steps
from lab.chapter import read_chapter
from lab.handout.paper import document
from lab.starter import starter

_TEMPLATE = Path(__file__).parent / "template"
# What the template's learn.py calls.
_CALLED = (
    "lab.cli",
    "lab.check.child",
    "lab.classroom",
    "lab.commands.check",
    "lab.commands.hint",
    "lab.commands.watch",
)
# What these import that is not part of Python; versions are those of pyproject.toml.
_INSTALLED = ("hypothesis", "pytest", "rich")
# The parser of front matter comes to us with the site's builder.
_ALSO_INSTALLED = "pyyaml>=6"


def write_assignment(step: Step, out: Path) -> None:
    """Fill a new or an empty folder. Raises LabError, and writes nothing, if it is neither."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LabError(f"{out} is not empty; give a new or an empty folder")
    files = dict(_files(step))
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _files(step: Step) -> Iterator[tuple[str, str]]:
    """Every file of the repository: its path, and what is in it."""
    yield from _explained(step)
    yield from (("pyqueue/" + name, text) for name, text in _starter(step).items())
    tests = list(_tests(step))
    for path in [*tests, *_modules([*_CALLED, *_imported_by(tests)])]:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for each in steps():
        if each.number <= step.number:
            # The lab counts the steps by their folders.
            yield f"steps/{each.folder.name}/.gitkeep", ""
    yield step.address(), _page(step)
    yield f"docs/steps/{step.page}.md", _hints(step)


def _explained(step: Step) -> Iterator[tuple[str, str]]:
    said = read_chapter(step).front_matter
    readme = (_TEMPLATE / "README.md").read_text(encoding="utf-8")
    for name, value in {
        "NUMBER": step.number,
        "TITLE": said["title"],
        "SUMMARY": said["summary"],
    }.items():
        readme = readme.replace(f"@{name}@", str(value))
    yield "README.md", readme
    yield "learn.py", (_TEMPLATE / "learn.py").read_text(encoding="utf-8")
    yield ".gitignore", (_TEMPLATE / "gitignore").read_text(encoding="utf-8")
    yield (
        ".github/workflows/classroom.yml",
        (_TEMPLATE / "classroom.yml").read_text(encoding="utf-8"),
    )
    yield "requirements.txt", "\n".join([*_requirements(), _ALSO_INSTALLED, ""])
    yield "pyproject.toml", _pytest_settings()
    for name in ("LICENSE", "LICENSE-docs"):
        yield name, (ROOT / name).read_text(encoding="utf-8")


def _starter(step: Step) -> dict[str, str]:
    base = given(step)
    return starter(step.number, base, base, package_files(step.folder))


def _tests(step: Step) -> Iterator[Path]:
    """The promises up to the step and what they stand on, without wrong and right solutions."""
    yield from (p for p in sorted(TESTS.glob("*.py")) if not p.name.startswith("test_"))
    for each in steps():
        if each.number <= step.number:
            yield from sorted(each.tests.glob("*.py"))


def _modules(names: Iterable[str]) -> list[Path]:
    """The files of these modules of the lab, and of all that they import from it."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting += [*_imported_by([path]), name.rpartition(".")[0]]
    return sorted(found.values())


def _file_of(name: str) -> Path | None:
    place = ROOT.joinpath(*name.split("."))
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if name and path.is_file()), None)


def _imported_by(paths: Iterable[Path]) -> Iterator[str]:
    """What they import of the lab. `from lab.book import pages` may name a module or a thing."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    taken = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    taken = [module, *(f"{module}.{alias.name}" for alias in names)]
                case ast.Constant(value=str(text)) if text.isascii() and "lab." in text[:4]:
                    taken = [text]  # a plugin of pytest's, named by a string
                case _:
                    continue
            yield from (name for name in taken if name.partition(".")[0] == "lab")


def _requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted: list[str] = project["optional-dependencies"]["dev"]
    return [line for line in wanted if line.partition(">")[0] in _INSTALLED]


def _pytest_settings() -> str:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    _, heading, rest = text.partition("[tool.pytest.ini_options]\n")
    return heading + rest.partition("\n[")[0].rstrip() + "\n"


def _page(step: Step) -> str:
    """The chapter as one file, with the anchors that `check` names."""
    prefix = f"steps-{step.page}-"
    html = document([step], solutions=False)
    return html.replace(f'id="{prefix}', 'id="').replace(f'href="#{prefix}', 'href="#')


def _hints(step: Step) -> str:
    """Of the chapter's source, what the lab reads: its sections and their hints."""
    chapter = read_chapter(step)
    parts = [f"---\ntitle: {chapter.title}\nstep: {step.number}\n---\n\n# {chapter.title}\n"]
    for section in chapter.sections:
        parts.append(f"## {section.title} {{#{section.anchor}}}\n")
        for level, hint in enumerate(section.hints, 1):
            indented = "\n".join(f"    {line}".rstrip() for line in hint.splitlines())
            parts.append(f'??? hint "Hint {level}"\n{indented}\n')
    return "\n".join(parts)
