"""What a learner starts a step with, computed from the step and the one before it.

A starter is the package as it stood, plus every public name that the step adds, with its
signature and docstring and `raise NotImplementedError`, and a `# TODO(step N)` on whatever the
step changes. A file that only gets another place has it already. The package as it stood may be
ours or the learner's own: names decide, not lines.
"""

from collections.abc import Mapping

from lab.starter.change import Change, Move
from lab.starter.imports import without_dead_ends
from lab.starter.symbols import symbols

Files = Mapping[str, str]

# The scene is there to be run, not to be written.
_GIVEN = "__main__.py"


def starter(number: int, base: Files, before: Files, after: Files) -> dict[str, str]:
    """The files that step `number` starts with.

    `base` is the package to go on from, `before` our package of the step before (empty for the
    first step), and `after` our package of this step; each by path.
    """
    new_places = relocated(before, after)
    base, before = _at(new_places, base), _at(new_places, before)
    files = dict(base)
    moves = _moves(before, after)
    for name, text in after.items():
        if name == _GIVEN:
            files[name] = text
        elif text != before.get(name):
            change = Change(number, before.get(name, ""), text, moves)
            files[name] = change.begun_in(base.get(name, ""))
    gone = [name for name in before if name not in after and name in files]
    there = without_dead_ends({name: files[name] for name in files if name not in gone}, _GIVEN)
    return {name: there.get(name) or _farewell(number) + files[name] for name in files}


def is_to_go(number: int, text: str) -> bool:
    """Whether a file of a starter is there only to be taken apart."""
    return text.startswith(_farewell(number))


def _farewell(number: int) -> str:
    return f"# TODO(step {number}): take along what you need, then delete this file\n"


def relocated(before: Files, after: Files) -> dict[str, str]:
    """The files that a step moves as a whole: the old path of each, and the new one."""
    places = {}
    for old in before.keys() - after.keys():
        names = symbols(before[old]).keys()
        new = [n for n in after.keys() - before.keys() if names <= symbols(after[n]).keys()]
        if names and len(new) == 1:
            places[old] = new[0]
    return places


def _at(new_places: Mapping[str, str], files: Files) -> Files:
    return {new_places.get(name, name): text for name, text in files.items()}


def _moves(before: Files, after: Files) -> dict[str, Move]:
    moves = {}
    for new_file, text in after.items():
        for name in symbols(text):
            places = [f for f, t in before.items() if f != _GIVEN and name in symbols(t)]
            gone = [f for f in places if name not in symbols(after.get(f, ""))]
            if new_file not in places and gone and new_file != _GIVEN:
                moves[name] = Move(name, gone[0], new_file)
    return moves
