"""Turn what pytest knows about a failure into what a learner needs to know.

In our tests `assert seen == expected` holds throughout; that is what makes this possible.
"""

import ast
import inspect
import linecache
import re
import sys
import textwrap
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.check.places import Place, Trail, in_stack, in_traceback
from lab.check.report import MISSING, THE_IMPORT, TO_DO, Detail
from lab.say import shown

Details = Sequence[Detail]

_LONGEST_TEXT = 500
_MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two sides of a comparison in an `assert` that failed."""

    operator: str
    left: object
    right: object


def explain_failure(
    error: BaseException,
    *,
    comparison: Comparison | None,
    trail: Trail,
    test: pytest.Item,
    printed: str,
) -> Details:
    """Why a promise was broken: what was expected and seen, and where."""
    asserted = in_traceback(error.__traceback__, test.path)
    details = _what_happened(error, comparison, asserted, trail.folder)
    if asserted is not None:
        details.append(Detail("the test", str(asserted)))
    details += _your_code(error, trail, test)
    details += _story(error)
    if printed.strip():
        details.append(Detail("printed", _cut(printed.strip())))
    return details


def _your_code(error: BaseException, trail: Trail, test: pytest.Item) -> list[Detail]:
    """The best that is known about where it went wrong, under a word that says how it is known."""
    raised = in_traceback(error.__traceback__, trail.folder) or _blamed(error, trail.folder)
    if raised is not None:
        return [Detail("your code", str(raised))]
    if str(trail):
        return [Detail("it ran", str(trail))]
    defined = _definition(test, trail.folder)
    return [Detail("your code", str(defined))] if defined is not None else []


def _story(error: BaseException) -> list[Detail]:
    """What Hypothesis notes on an error: the shortest way that leads to it, step by step.

    Rules have arguments. Invariants have none and are asked after each; the last one failed.
    """
    notes = [note.removeprefix("state.") for note in getattr(error, "__notes__", [])]
    if not notes or not notes[0].startswith("Failing test case"):
        return []
    steps = [note for note in notes[1:] if not note.startswith(("state =", "teardown"))]
    told = [step for step in steps[:-1] if not step.endswith("()")] + steps[-1:]
    return [Detail("the story", _cut("\n".join(told)))]


def explain_import(error: BaseException, package: Path) -> Details:
    """Why the package could not be imported."""
    if isinstance(error, SyntaxError):
        return _syntax_error(error, package)
    place = in_traceback(error.__traceback__, package)
    details = [Detail(THE_IMPORT, f"importing your package fails: {_say(error)}")]
    if isinstance(error, SystemExit):
        details = [Detail(THE_IMPORT, f"your package ends Python while it is imported: {error!r}")]
    if place is not None:
        details.append(Detail("your code", str(place)))
    return details


def explain_time_out(frame: object, package: Path, limit: float) -> Details:
    """What was still running when time was up."""
    place = in_stack(frame, package) if inspect.isframe(frame) else None
    others = _places_of_other_threads(package)
    guess = "threads that wait for each other?" if others else "a loop without an end?"
    details = [Detail("time limit", f"still running after {limit:g} s: {guess}")]
    if place is not None:
        details.append(Detail("your code", str(place)))
    return details + [Detail("a thread", other) for other in others]


def _places_of_other_threads(package: Path) -> list[str]:
    """Where in the package the other threads are, each place once."""
    me = threading.get_ident()
    frames = [frame for thread, frame in sys._current_frames().items() if thread != me]
    places = [str(place) for frame in frames if (place := in_stack(frame, package)) is not None]
    return list(dict.fromkeys(places))


def _what_happened(
    error: BaseException, comparison: Comparison | None, asserted: Place | None, package: Path
) -> list[Detail]:
    match error:
        case AssertionError() if comparison is not None:
            return _compared(comparison)
        case AssertionError() if "Regex pattern did not match" in str(error):
            return _other_message(str(error))
        case AssertionError() if asserted is not None and _is_last(error, asserted):
            return [Detail("expected", _statement(asserted)), *_reasons(str(error))]
        case pytest.fail.Exception():
            return _not_raised(str(error))
        case NotImplementedError() if in_traceback(error.__traceback__, package):
            return [Detail(TO_DO, f"{_innermost_function(error)} is not written yet")]
        case AttributeError(name=str(name), obj=obj) if inspect.ismodule(obj):
            return [Detail(MISSING, f"there is no {name} in {_module_file(obj.__name__)}")]
        case ModuleNotFoundError(name=str(name)) if name.startswith(f"{package.name}."):
            return [Detail(MISSING, f"there is no file {_module_file(name)}")]
        case SystemExit():
            return [Detail("raised", f"your code asks Python to end: {error!r}")]
        case OSError() if "reading from stdin" in str(error):
            return [Detail("raised", "your code waits for the keyboard: is there an input()?")]
        case _:
            return [Detail("raised", _say(error))]


def _compared(comparison: Comparison) -> list[Detail]:
    left, right = _repr(comparison.left), _repr(comparison.right)
    expected, seen = {
        "==": (right, left),
        "is": (f"the very object {right}", left),
        "!=": (f"anything but {right}", left),
        "in": (f"{left} in it", right),
        "not in": (f"no {left} in it", right),
    }.get(comparison.operator, (f"{comparison.operator} {right}", left))
    return [Detail("expected", expected), Detail("seen", seen)]


def _reasons(message: str) -> list[Detail]:
    """pytest's own account of an assertion: ` +  where False = isinstance(1, str)`."""
    lines = [line.strip().removeprefix("+").strip() for line in message.splitlines()[1:]]
    reasons = [line.removeprefix("where ").removeprefix("and   ") for line in lines if line]
    return [Detail("seen", _cut("\n".join(reasons)))] if reasons else []


def _not_raised(message: str) -> list[Detail]:
    """pytest says DID NOT RAISE <class 'KeyError'>, or DID NOT RAISE any of (KeyError, …).

    `lab.race` says by the same way that it has found a race.
    """
    if message.startswith("race found"):
        error, _, drawn = message.partition("\n")[2].partition("\n")
        return [Detail("seen", f"threads can do this: {error}"), Detail("how", drawn)]
    if "DID NOT RAISE" not in message:
        return [Detail("seen", message)]
    names = re.findall(r"[\w.]*(?:Error|Exception|Exit|Interrupt|[A-Z]\w+)\b", message[13:])
    expected = " or ".join(name.rpartition(".")[2] for name in names)
    return [Detail("expected", f"{expected} to be raised"), Detail("seen", "nothing was raised")]


def _other_message(message: str) -> list[Detail]:
    """`pytest.raises(…, match=…)` found the right error with the wrong words."""
    wanted = re.search(r"(?:Expected regex|Regex): (.*)", message)
    seen = re.search(r"(?:Actual message|Input): (.*)", message)
    return [
        Detail("expected", f"a message in which {wanted[1] if wanted else 'more'} is found"),
        Detail("seen", f"the message {seen[1] if seen else message}"),
    ]


def _syntax_error(error: SyntaxError, package: Path) -> list[Detail]:
    if error.filename is None:  # what Python has to say of null bytes
        files = [file for file in package.rglob("*.py") if b"\0" in file.read_bytes()]
        return [
            Detail(THE_IMPORT, f"Python cannot read your file: {error.msg}; is it UTF-8?"),
            *(Detail("your code", shown(file)) for file in files),
        ]
    where = f"{shown(Path(error.filename))}:{error.lineno or 1}"
    source = (error.text or "").rstrip("\n")
    if len(source) > _LONGEST_TEXT:
        source = ""
    caret = " " * max((error.offset or 1) - 1, 0) + "^"
    return [
        Detail(THE_IMPORT, f"Python cannot read your file: {error.msg}"),
        Detail("your code", "\n".join([where, source, caret] if source else [where])),
    ]


def _blamed(error: BaseException, package: Path) -> Place | None:
    """Where the function is defined that was called in a way that it does not take."""
    called = re.match(r"(\w+)(?:\.__init__)?\(\) ", str(error))
    return _find(called[1], package) if isinstance(error, TypeError) and called else None


def _definition(test: pytest.Item, package: Path) -> Place | None:
    """Where the learner defines the first name that the test takes from their package."""
    function = getattr(test, "function", None)
    if function is None:
        return None
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        match node:
            case ast.Attribute(value=ast.Name(id="pyqueue"), attr=name):
                return _find(name, package)
    return None


def _find(name: str, package: Path) -> Place | None:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if not Path(file).is_relative_to(package):
            continue
        for node in _statements(Path(file)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                return Place(file, node.lineno)
    return None


def _statements(file: Path) -> list[ast.stmt]:
    try:
        return ast.parse(file.read_bytes()).body
    except (OSError, ValueError, SyntaxError):  # gone, or half saved, since it was imported
        return []


def _statement(place: Place) -> str:
    return linecache.getline(place.file, place.line).strip().removeprefix("assert ")


def _is_last(error: BaseException, place: Place) -> bool:
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return (frame.f_code.co_filename, line) == place


def _innermost_function(error: BaseException) -> str:
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_qualname


def _module_file(name: str) -> str:
    if "." not in name or name.startswith("steps."):
        return "your pyqueue"
    return name.replace(".", "/") + ".py"


def _say(error: BaseException) -> str:
    return _cut("".join(traceback.format_exception_only(error)).strip())


def _repr(thing: object) -> str:
    try:
        return thing.__name__ if isinstance(thing, type) else _cut(repr(thing))
    except Exception as error:
        return f"<a {type(thing).__name__} whose repr() raises {type(error).__name__}>"


def _cut(text: str) -> str:
    """So much of it as can be read, without what a terminal obeys or cannot encode."""
    short = "\n".join(text[: _LONGEST_TEXT + 1].split("\n")[:_MOST_LINES])[:_LONGEST_TEXT]
    readable = "".join(c if c.isprintable() or c in "\n\t" else _escaped(c) for c in short)
    return readable if len(short) == len(text) else readable + " …"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
