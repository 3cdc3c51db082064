"""Every state of a program, and how many schedules lead through them."""

from pathlib import Path

import pytest

from lab.race import explore
from lab.race.execution import Program
from lab.race.states import End, State, end_of, every_state, states_of
from tests.race import cases
from tests.race.cases import FIXED, RACES

FILE = str(Path(cases.__file__))


class Till:
    """Two customers pay, each in two lines."""

    def __init__(self):
        self.paid = 0

    def pay(self):
        seen = self.paid
        self.paid = seen + 1


PAY = [(str(Path(__file__)), "Till.pay")]
TILL = Program(Till, [Till.pay, Till.pay], lambda till: till.paid == 2)


@pytest.fixture(scope="module")
def graph():
    return every_state(TILL, PAY)


def test_all_interleavings_are_counted_and_those_that_go_wrong(graph):
    """Of the six ways to shuffle two lines and two lines, the two without overlap go well."""
    counted = graph.schedules()

    assert (counted.total, counted.wrong) == (6, 4)


@pytest.mark.parametrize(
    ("preemptions", "total", "wrong"), [(0, 2, 0), (1, 2, 2), (2, 2, 2), (3, 0, 0)]
)
def test_schedules_are_counted_by_their_preemptions(graph, preemptions, total, wrong):
    counted = graph.schedules_with(preemptions)

    assert (counted.total, counted.wrong) == (total, wrong)


def test_the_shortest_story_has_as_few_preemptions_as_any(graph):
    assert graph.fewest() == "ABBA"


def test_every_way_through_the_graph_ends_as_the_program_does(graph):
    def ways(node, moves=""):
        if isinstance(node, End):
            yield moves, node
        for name, after in graph.ways_from(node):
            yield from ways(after, moves + name)

    found = dict(ways(graph.start))

    assert len(found) == 6
    assert {moves: end_of(TILL, PAY, moves) for moves in found} == found


def test_a_lock_that_is_held_is_waited_for_and_its_holder_is_named():
    case = FIXED[0]
    program = Program(case.setup, case.workers, case.check, only=[FILE])

    graph = every_state(program, [(FILE, "Registry.register")])

    waits = {s.waits for n in graph.nodes() if isinstance(n, State) for _, s in n.threads}
    assert waits == {"", "for a lock that A holds", "for a lock that B holds"}
    assert graph.schedules().wrong == 0
    assert graph.fewest() is None


def test_a_schedule_goes_through_a_state_before_each_of_its_letters():
    case = RACES[0]
    failure = explore(case.setup, case.workers, case.check, only=[FILE]).failure
    program = Program(case.setup, case.workers, case.check, only=[FILE])

    nodes = states_of(program, [(FILE, "RacyRegistry.register")], failure.schedule)

    assert len(nodes) == len(failure.schedule) + 1
    assert nodes[-1] == End(tuple(failure.final.items()), failure.error)
