"""Recordings of races, for the fences `schedule` and `scheduler`: made from the real packages.

`python -m lab.book.races` runs the scenarios of the steps that are recorded, and writes
`docs/races/*.json`. A recording says where each thread stands after each line, and what the shared
values are; the source is read from the package when the book is built. Nothing in one depends on
the machine or the day. Those with `step="op"` are made with Python 3.11: bytecodes differ.
"""

import ast
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from lab import catalog
from lab.race.execution import LETTERS, Program
from lab.race.states import End, Function, Graph, Node, Place, Stand, end_of, every_state, states_of
from lab.race.stops import StepKind
from lab.scenarios import Scenario, scenarios_of

RECORDED = catalog.DOCS / "races"
RECORD = "python -m lab.book.races"

_NOT_HERE = "not here"
_ENDED = "ended"

Data = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """What is recorded of one scenario on one package."""

    # As a fence names it: `10/racy counter`.
    package: str
    scenario: str
    # The functions that are shown, as `FILE FUNCTION`: files of the package, or of the repository.
    functions: tuple[str, ...]
    # The shared values that are shown.
    watch: Callable[[Any], Mapping[str, object]]
    # Every state, for the game; else one schedule that goes wrong, for the player.
    game: bool = False
    step: StepKind = "line"
    # What a thread came to that has ended.
    ended: Callable[[Any, str], str] | None = None
    # What must be true in the end, where the scenario's own check is about more than one fault.
    check: Callable[[Any], object] | None = None
    # Those that the program starts itself.
    more_threads: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where it is kept."""
        kind = "game" if self.game else "race"
        return RECORDED / f"{self.package.replace('/', '-')}-{self.scenario}.{kind}.json"

    @property
    def text(self) -> str:
        """The recording, made anew."""
        data = self._game() if self.game else self._race()
        return _pretty(data)

    @cached_property
    def graph(self) -> Graph:
        """Every state that the threads can be in."""
        return every_state(self._program, self.places)

    def end_of(self, moves: str) -> Node:
        """Where these moves lead, tried on the package itself."""
        return end_of(self._program, self.places, moves)

    @cached_property
    def threads(self) -> list[str]:
        """Their names; the first one's letter is A."""
        return [*self._as_it_is.workers, *self.more_threads]

    @cached_property
    def _scenario(self) -> Scenario:
        scenario = self._as_it_is
        return replace(scenario, watch=self._watched, check=self.check or scenario.check)

    @property
    def _as_it_is(self) -> Scenario:
        package = catalog.package(self.package)
        return scenarios_of(package.step, _imported(package))[self.scenario]

    @cached_property
    def places(self) -> list[Function]:
        """The functions, with whole paths, as frames name them."""
        folder = catalog.package(self.package).folder
        pairs = (function.split() for function in self.functions)
        return [(str(_existing(folder, file)), name) for file, name in pairs]

    @property
    def _program(self) -> Program:
        scenario, files = self._scenario, {file for file, _ in self.places}
        only = sorted(files) if self.game else scenario.only
        setup, workers, check = scenario.program
        return Program(setup, workers, check, scenario.watch, only, self.step)

    def _watched(self, state: Any) -> Mapping[str, object]:
        """The shared values, and what came of the threads."""
        names = self.threads if self.ended else []
        results = {_ENDED + name: self.ended(state, name) for name in names if self.ended}
        return {**self.watch(state), **results}

    def _race(self) -> Data:
        failure = self._scenario.explored(self.step, 2).failure
        assert failure is not None, f"{self.package} {self.scenario} does not go wrong"
        nodes = states_of(self._program, self.places, failure.schedule)
        told = [
            (letter, node)
            for letter, node in zip(failure.schedule, nodes, strict=False)
            if not isinstance(node, End) and _is_seen(dict(node.threads)[letter])
        ]
        shown = _Table(self, [*(node for _, node in told), nodes[-1]])
        return {
            **self._head(),
            "schedule": failure.schedule,
            "moves": "".join(letter for letter, _ in told),
            **shown.data(),
        }

    def _game(self) -> Data:
        graph = self.graph
        shown = _Table(self, graph.nodes(), graph)
        counted, once = graph.schedules(), graph.schedules_with(1)
        return {
            **self._head(),
            "ways": [counted.total, counted.wrong],
            "interrupted_once": [once.total, once.wrong],
            "fewest": graph.fewest(),
            **shown.data(),
        }

    def _head(self) -> Data:
        return {
            "package": self.package,
            "scenario": self.scenario,
            "title": self._scenario.title,
            "harm": self._scenario.harm,
            "step": self.step,
            "threads": self.threads,
            "functions": list(self.functions),
        }


class _Table:
    """States as rows of numbers, which lead into a list of the places that occur."""

    def __init__(self, recording: Recording, nodes: list[Node], graph: Graph | None = None) -> None:
        self._recording = recording
        self._nodes = nodes
        self._graph = graph
        self._paths: dict[tuple[Place, ...], int] = {}
        self._numbers = {node: number for number, node in enumerate(nodes)}

    def data(self) -> Data:
        rows = [self._row(node) for node in self._nodes]
        values = [name for name, _ in self._nodes[-1].shared if not name.startswith(_ENDED)]
        return {
            "values": values,
            "paths": [[self._numbered(place) for place in path] for path in self._paths],
            "states": rows,
        }

    def _row(self, node: Node) -> Data:
        shared = {name: _unquoted(value) for name, value in node.shared}
        stands = {} if isinstance(node, End) else dict(node.threads)
        letters = LETTERS[: len(self._recording.threads)]
        row: Data = {
            "at": [self._at(stands.get(letter, Stand(done=True))) for letter in letters],
            "shared": [value for name, value in shared.items() if not name.startswith(_ENDED)],
        }
        if any(stand.waits for stand in stands.values()):
            row["waits"] = [self._named(stand.waits) for stand in stands.values()]
        results = [shared.get(_ENDED + name, "") for name in self._recording.threads]
        if any(results):
            row["came_of"] = results
        if isinstance(node, End):
            row["error"] = node.error
        elif self._graph:
            row["next"] = {n: self._numbers[after] for n, after in self._graph.ways_from(node)}
        return row

    def _named(self, words: str) -> str:
        """The words with the threads' names in place of their letters."""
        names = dict(zip(LETTERS, self._recording.threads, strict=False))
        return re.sub(r"\b[A-Z]\b", lambda letter: names.get(letter[0], letter[0]), words)

    def _at(self, stand: Stand) -> int | str:
        if stand.done:
            return _ENDED
        if not stand.path:
            return _NOT_HERE
        return self._paths.setdefault(stand.path, len(self._paths))

    def _numbered(self, place: Place) -> list[int]:
        return [self._recording.places.index(place.function), place.line, *(place.columns or ())]


def _is_seen(stand: Stand) -> bool:
    return bool(stand.path) and not stand.elsewhere


def _unquoted(value: str) -> str:
    """A text without its quotation marks."""
    return str(ast.literal_eval(value)) if value[:1] in "'\"" else value


def _imported(package: catalog.Package) -> ModuleType:
    parts = package.folder.relative_to(catalog.ROOT).parts
    return importlib.import_module(".".join(parts))


def _existing(folder: Path, file: str) -> Path:
    return folder / file if (folder / file).exists() else catalog.ROOT / file


def _pretty(data: Data) -> str:
    """One line for each state."""
    lines = [f'  "{name}": {_lines(value)}' for name, value in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value or not isinstance(value[0], dict | list):
        return json.dumps(value, ensure_ascii=False)
    rows = (f"    {json.dumps(row, ensure_ascii=False)}" for row in value)
    return "[\n" + ",\n".join(rows) + "\n  ]"


def _job(shop: Any) -> Any:
    return shop.storage._jobs[shop.job.id]


def _payment(shop: Any) -> dict[str, object]:
    job = _job(shop)
    return {"status": str(job.status), "attempts": job.attempts, "charged": shop.charged}


def _refused(shop: Any, name: str) -> str:
    """The racy processor returns nothing, the other one the job; either may refuse."""
    got = shop.got.get(name, "")
    return got if isinstance(got, str) else "done"


def _look_at(shop: Any) -> dict[str, object]:
    job = _job(shop)
    seen = shop.got.get("seen")
    return {
        "status": str(job.status),
        "attempts": job.attempts,
        "error": job.error or "none",
        "seen": "nothing yet" if seen is None else f"{seen[0]}, {'an' if seen[2] else 'no'} error",
    }


_CLAIM = (
    "usecase/job_processor.py JobProcessor._run",
    "entity/job.py Job.mark_running",
    "entity/job.py Job._change",
    "entity/job.py Job.change_status",
)

RECORDINGS = (
    Recording(
        "10/racy",
        "registry",
        ("handler/registry.py Registry.register_handler",),
        lambda shop: {
            "registered": ", ".join(shop.registry._handlers) or "nothing",
            "refused": ", ".join(n for n, got in shop.got.items() if got) or "nobody",
        },
    ),
    Recording(
        "10/racy",
        "list",
        (
            "storage/memory.py MemoryStorage.list_by_status",
            "storage/memory.py MemoryStorage.save_job",
        ),
        lambda shop: {
            "jobs saved": len(shop.storage._jobs),
            "listed": shop.got.get("listed", "nothing yet"),
        },
        step="op",
    ),
    Recording(
        "10/racy",
        "counter",
        ("worker/stats.py Stats.count",),
        lambda stats: {"counted": sum(stats._counts.values())},
        step="op",
    ),
    Recording("10/racy", "charge", _CLAIM, _payment, ended=_refused),
    Recording(
        "10/racy",
        "half-updated",
        (
            "entity/job.py Job.mark_running",
            "entity/job.py Job.mark_failed",
            "entity/job.py Job._change",
            "entity/job.py Job.change_status",
            "storage/memory.py MemoryStorage.get_job",
            "tests/step10/races.py half_updated.look",
        ),
        _look_at,
        check=lambda shop: shop.got["seen"] != ("failed", 1, False),
    ),
    Recording(
        "10/racy",
        "stop",
        (
            "worker/pool.py WorkerPool.submit",
            "worker/pool.py WorkerPool.stop",
            "worker/pool.py WorkerPool._work",
        ),
        lambda shop: {
            "stopped": shop.pool._ctx.done,
            "waiting jobs": len(shop.pool._waiting),
            "submitted": {None: "and taken"}.get(shop.got.get("taken", ""), "not yet"),
        },
        more_threads=("the worker",),
    ),
    Recording("10/racy", "charge", _CLAIM, _payment, game=True, ended=_refused),
    Recording(
        "10",
        "charge",
        ("usecase/job_processor.py JobProcessor._run", "storage/memory.py MemoryStorage.claim_job"),
        _payment,
        game=True,
        ended=_refused,
    ),
)


def came_of(row: Data, thread: int) -> str:
    """What a state's row says of a thread that has ended: `done`, the name of an error, or ""."""
    return str(row.get("came_of", {thread: ""})[thread])


def outdated() -> Iterator[Path]:
    """The recordings that are not what the packages do now, and files that are none.

    Those of bytecodes are compared on Python 3.11 only.
    """
    for recording in RECORDINGS:
        if recording.step == "op" and sys.version_info >= (3, 12):
            continue
        there = recording.path.read_text(encoding="utf-8") if recording.path.exists() else ""
        if there != recording.text:
            yield recording.path
    yield from sorted(set(RECORDED.iterdir()) - {recording.path for recording in RECORDINGS})


def main() -> int:
    """Record all races anew."""
    if sys.version_info >= (3, 12):
        print("record with Python 3.11: some of the recordings tell its bytecodes", file=sys.stderr)
        return 1
    RECORDED.mkdir(exist_ok=True)
    for path in RECORDED.glob("*.json"):
        path.unlink()
    for recording in RECORDINGS:
        recording.path.write_text(recording.text, encoding="utf-8", newline="\n")
        print(recording.path.relative_to(catalog.ROOT).as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main())
