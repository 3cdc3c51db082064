"""The lab's command line. Each command is a module of `lab.commands`, imported when it is used."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from lab.catalog import LabError
from lab.say import command

# What `--help` lists, in the order in which a learner meets them.
COMMANDS = {
    "status": "where you are, what to do next, and the book (also without any command)",
    "start": "begin a step: your package gets what the step asks you to write",
    "check": "try every promise on your code, once",
    "watch": "check again each time you save",
    "hint": "one more hint for the part that you are at",
    "race": "look for the races of a step in your code, and draw them",
    "diff": "compare your code with ours, or one step with another",
    "solution": "show our version of a step",
    "reset": "put a step back to its beginning; your work is kept as a backup",
    "python": "Python with your queue and our steps at hand, to play with",
    "progress": "which steps are done",
    "book": "read the book, or build it into a folder",
    "doctor": "look for what may be wrong with this machine",
    "carry": "for authors: carry a change of one step into the later ones",
    "slides": "for teachers: a chapter as slides, in one file",
    "handout": "for teachers: the book on paper, as a PDF, or as an e-book",
    "assignment": "for teachers: a repository for each student to begin with",
    "grade": "for teachers: grade a folder of submissions",
    "report": "for teachers: a page about a class, from its grades",
    "test": "run our own tests, all of them or some",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 good, 1 not yet, 2 could not be done."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in COMMANDS:
        # Words that are no command: let argparse say so. None at all: show the status.
        words = _top_level(words)
    name, *rest = words
    module = _module(name)
    parser = argparse.ArgumentParser(prog=command(name), description=module.__doc__)
    module.configure(parser)
    try:
        parsed, unknown = parser.parse_known_args(rest)
        if unknown and not hasattr(parsed, "passed_on"):
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        parsed.passed_on = unknown
        return int(module.run(parsed))
    except LabError as error:
        print(f"{command(name)}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        # A folder that may not be written to, a file where a folder should be, a full disk.
        print(f"{command(name)}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


def _top_level(words: list[str]) -> list[str]:
    width = max(map(len, COMMANDS)) + 2
    parser = argparse.ArgumentParser(
        prog=command(),
        description="Build a job queue, step by step.",
        epilog="commands:\n" + "\n".join(f"  {n:<{width}}{text}" for n, text in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="status", metavar="command")
    return [parser.parse_args(words).command]


def _module(name: str) -> ModuleType:
    return import_module(f"lab.commands.{name}")


if __name__ == "__main__":
    sys.exit(main())
