"""Who goes on? A strategy answers at every step, and decides which schedules are tried.

It is given letters: `free` are those that may go on at no cost, `paid` those that would take the
turn away from a thread that could go on (a preemption). Where nobody has the turn, all are free.
"""

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from lab.race.traces import Diverged

Letters = Sequence[str]


class Strategy(ABC):
    """A series of schedules: `begin` each, answer its `choose`s, ask for `more`."""

    # True for a strategy that leaves out no schedule within its bound.
    exhaustive = False
    # Whether it wants to know what a schedule leads to, and not only whether it fails.
    looks = False
    # In the current schedule, so far.
    preemptions = 0

    def begin(self) -> None:
        """A new schedule starts."""
        self.preemptions = 0

    def choose(self, free: Letters, paid: Letters, at: Hashable) -> str:
        """The letter that goes on. `at` is where the one who asks stands, in any form."""
        name = self.pick(free, paid, at)
        if name in paid:
            self.preemptions += 1
        return name

    def keeps(self, name: str, at: Hashable) -> bool:
        """Whether `name`, who has the turn, keeps it whoever else could go on: a short cut."""
        return False

    @abstractmethod
    def pick(self, free: Letters, paid: Letters, at: Hashable) -> str: ...

    @abstractmethod
    def more(self) -> bool:
        """Whether another schedule should be run."""


@dataclass(slots=True)
class _Branch:
    """A schedule yet to be run: the first `depth` choices of an earlier one, then `name`."""

    earlier: list[str]
    depth: int
    name: str
    # What the earlier schedule had seen up to there. To see anything else is to diverge.
    seen: int


class Bounded(Strategy):
    """Every schedule with at most `bound` preemptions, those with fewest first.

    Iterative context bounding, from CHESS (Musuvathi and Qadeer, PLDI 2007): each schedule follows
    an earlier one up to a branch, goes another way there, and then on without preemptions. What it
    passes by becomes a branch: a free one of this level, a paid one of the next.
    """

    exhaustive = True

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._levels: list[deque[_Branch]] = [deque() for _ in range(bound + 1)]
        self._levels[0].append(_Branch([], -1, "", 0))

    def begin(self) -> None:
        super().begin()
        self._branch = next(level for level in self._levels if level).popleft()
        self._picked: list[str] = []
        self._seen = 0

    def more(self) -> bool:
        return any(self._levels)

    def keeps(self, name: str, at: Hashable) -> bool:
        """On the way to the branch, if the earlier one did; and when no preemption is left."""
        depth, branch = len(self._picked), self._branch
        if depth < branch.depth:
            keeps = branch.earlier[depth] == name
        else:
            keeps = depth > branch.depth and self.preemptions == self._bound
        if keeps:
            self._seen = hash((self._seen, at))
            self._picked.append(name)
        return keeps

    def pick(self, free: Letters, paid: Letters, at: Hashable) -> str:
        self._seen = hash((self._seen, at))
        if len(self._picked) <= self._branch.depth:
            name = self._follow(free, paid)
        else:
            name = free[0]
            self._remember(free[1:], self.preemptions)
            self._remember(paid, self.preemptions + 1)
        self._picked.append(name)
        return name

    def _follow(self, free: Letters, paid: Letters) -> str:
        branch, depth = self._branch, len(self._picked)
        at_branch = depth == branch.depth
        name = branch.name if at_branch else branch.earlier[depth]
        if name not in [*free, *paid] or (at_branch and self._seen != branch.seen):
            raise Diverged(
                f"step {depth + 1} of the same schedule was another one this time; setup() must "
                "make everything new, and the program may depend on nothing but the schedule (a "
                "set of objects has its order from their addresses)"
            )
        return name

    def _remember(self, names: Letters, level: int) -> None:
        if level <= self._bound:
            depth = len(self._picked)
            self._levels[level].extend(_Branch(self._picked, depth, n, self._seen) for n in names)


class Random(Strategy):
    """`runs` schedules by chance, the same ones for the same seed. Proves nothing, scales well."""

    def __init__(self, seed: int, runs: int = 1000) -> None:
        self.chance = random.Random(seed)
        self.left = runs

    def begin(self) -> None:
        super().begin()
        self.left -= 1

    def more(self) -> bool:
        return self.left > 0

    def pick(self, free: Letters, paid: Letters, at: Hashable) -> str:
        return self.chance.choice([*free, *paid])


class PCT(Random):
    """Random priorities; the highest goes on, and loses it at `depth - 1` random steps.

    Finds a bug that needs `depth` orderings with a known least probability in every run
    (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010).
    """

    def __init__(self, seed: int, runs: int = 1000, depth: int = 3) -> None:
        super().__init__(seed, runs)
        self.depth = depth
        self._step = 0
        self._longest = 20

    def begin(self) -> None:
        super().begin()
        self._longest = max(self._longest, self._step)
        self._step = 0
        self._priority: dict[str, float] = {}
        self._drops = {self.chance.randrange(self._longest) for _ in range(self.depth - 1)}

    def pick(self, free: Letters, paid: Letters, at: Hashable) -> str:
        names = [*free, *paid]
        for name in names:
            self._priority.setdefault(name, self.chance.random())
        highest = max(names, key=self._priority.__getitem__)
        if self._step in self._drops:
            self._priority[highest] = -self._step
            highest = max(names, key=self._priority.__getitem__)
        self._step += 1
        return highest


class Script(Strategy):
    """One given schedule, such as `AABBA`, and from its end on without preemptions."""

    def __init__(self, schedule: str) -> None:
        self._schedule = schedule

    def begin(self) -> None:
        super().begin()
        self._step = 0

    def more(self) -> bool:
        return False

    def pick(self, free: Letters, paid: Letters, at: Hashable) -> str:
        wanted = self._schedule[self._step : self._step + 1]
        self._step += 1
        if wanted and wanted not in free and wanted not in paid:
            able = ", ".join([*free, *paid])
            raise Diverged(
                f"step {self._step} of {self._schedule!r} is {wanted}, but only {able} can go on"
            )
        return wanted or free[0]
