"""A job that is told anything, in any order, stays within its state machine.

The other tests try what we thought of. Here Hypothesis makes up whole lives of jobs, and shortens
the first one that goes wrong until nothing can be left out of it.
"""

from contextlib import suppress

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

# What we believe, in the plainest form: where a job goes from where.
ARROWS = {"pending": ["processing"], "processing": ["completed", "failed"]}

# A walk is the same each time: a promise is kept or broken, and not now and then.
WALKS = settings(
    max_examples=40,
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)


def returns(payload):
    pass


def fails(payload):
    raise ConnectionError("the bank does not answer")


def is_interrupted(payload):
    raise KeyboardInterrupt


LEAVES = {returns: "completed", fails: "failed", is_interrupted: "processing"}


@pytest.mark.chapter("walk")
def test_no_walk_leads_out_of_the_state_machine(pyqueue):
    statuses = st.sampled_from(["pending", "processing", "completed", "failed"])
    words = st.sampled_from(["compelted", "", "pending", "processing", "completed", "failed"])

    class Walk(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.job = pyqueue.Job("payment", {"order": "A-1001"})
            self.expected = "pending"

        @rule(status=statuses)
        def change(self, status):
            with suppress(pyqueue.InvalidTransition):
                self.job.change_status(pyqueue.Status(status))
            if status in ARROWS.get(self.expected, []):
                self.expected = status

        @rule(handler=st.sampled_from(list(LEAVES)))
        def process(self, handler):
            with suppress(pyqueue.PyQueueError, KeyboardInterrupt):
                pyqueue.process(self.job, handler)
            if self.expected == "pending":
                self.expected = LEAVES[handler]

        @rule(word=words)
        def assign(self, word):
            with suppress(AttributeError, TypeError, ValueError, pyqueue.PyQueueError):
                self.job.status = word
                # Whoever allows an assignment has it take the same ways.
                if word in ARROWS.get(self.expected, []):
                    self.expected = word

        @invariant()
        def is_where_it_should_be(self):
            assert self.job.status == self.expected

        @invariant()
        def is_at_the_end_where_no_arrow_leads_on(self):
            assert self.job.status.is_terminal == (self.expected not in ARROWS)

        @invariant()
        def never_says_why_it_failed_unless_it_did(self):
            assert self.expected == "failed" or self.job.error == ""

    run_state_machine_as_test(Walk, settings=WALKS)
