"""What a job's status can be, and the ways from one to another."""

import pytest

from lab.testing import retired_after

A_SECOND_RUN = "from step 9 on, a job that failed goes back to pending, to be tried again"

# The whole state machine, written down a second time so that the first can be checked.
STATUSES = ["pending", "processing", "completed", "failed"]
ARROWS = [("pending", "processing"), ("processing", "completed"), ("processing", "failed")]
PAIRS = [(start, end) for start in STATUSES for end in STATUSES]
NO_ARROWS = [pair for pair in PAIRS if pair not in ARROWS]

WAYS_TO = {
    "pending": [],
    "processing": ["processing"],
    "completed": ["processing", "completed"],
    "failed": ["processing", "failed"],
}


def job_that_is(pyqueue, status):
    job = pyqueue.Job("payment", {"order": "A-1001"})
    for each in WAYS_TO[status]:
        job.change_status(pyqueue.Status(each))
    return job


def status_at_birth(pyqueue, *arguments, **named):
    """The status of a job that was made like this, or None if it cannot be made like this."""
    try:
        return pyqueue.Job("payment", {"order": "A-1001"}, *arguments, **named).status
    except (pyqueue.PyQueueError, AttributeError, TypeError, ValueError):
        return None


def refused(pyqueue):
    """Whatever says no to a status that makes no sense."""
    return pytest.raises((pyqueue.PyQueueError, AttributeError, TypeError, ValueError))


@pytest.mark.chapter("words")
@pytest.mark.parametrize("word", STATUSES)
def test_every_status_is_equal_to_its_text(pyqueue, word):
    assert pyqueue.Status(word) == word


@pytest.mark.chapter("words")
@pytest.mark.parametrize("word", STATUSES)
def test_a_status_is_printed_as_its_text(pyqueue, word):
    assert f"{pyqueue.Status(word)}" == word


@pytest.mark.chapter("words")
def test_there_are_four_statuses_and_no_more(pyqueue):
    assert sorted(str(status) for status in pyqueue.Status) == sorted(STATUSES)


@pytest.mark.chapter("words")
def test_a_misspelled_word_is_no_status(pyqueue):
    with pytest.raises(ValueError, match="compelted"):
        pyqueue.Status("compelted")


@pytest.mark.chapter("words")
@pytest.mark.parametrize("status", STATUSES)
def test_the_status_of_a_job_is_a_status_and_no_loose_text(pyqueue, status):
    job = job_that_is(pyqueue, status)

    assert type(job.status) is pyqueue.Status


@pytest.mark.chapter("no-way-around")
@pytest.mark.parametrize("word", ["compelted", "Processing", "", None])
def test_a_job_cannot_be_changed_to_what_is_no_status(pyqueue, word):
    job = job_that_is(pyqueue, "pending")

    with refused(pyqueue):
        job.change_status(word)

    assert job.status == "pending"


@pytest.mark.chapter("no-way-around")
@pytest.mark.parametrize("word", ["compelted", "completed"])
def test_the_status_cannot_be_assigned_past_the_state_machine(pyqueue, word):
    job = job_that_is(pyqueue, "pending")

    with refused(pyqueue):
        job.status = word

    assert job.status == "pending"


@pytest.mark.chapter("no-way-around")
@pytest.mark.parametrize("word", ["compelted", "completed"])
def test_no_job_is_born_past_the_state_machine(pyqueue, word):
    by_its_name = [status_at_birth(pyqueue, **{name: word}) for name in ("status", "_status")]
    by_its_place = status_at_birth(pyqueue, "an id", word)

    seen = [*by_its_name, by_its_place]
    assert [status for status in seen if status not in (None, "pending")] == []


@pytest.mark.chapter("no-way-around")
def test_a_status_given_as_text_becomes_a_status_or_is_refused(pyqueue):
    job = job_that_is(pyqueue, "pending")

    try:
        job.change_status("processing")
    except (pyqueue.PyQueueError, TypeError):
        assert job.status == "pending"

    assert type(job.status) is pyqueue.Status


@pytest.mark.chapter("table")
@pytest.mark.parametrize(("start", "end"), ARROWS)
def test_where_there_is_an_arrow_a_job_can_go(pyqueue, start, end):
    job = job_that_is(pyqueue, start)

    job.change_status(pyqueue.Status(end))

    assert job.status == end


@pytest.mark.chapter("table")
@pytest.mark.parametrize(("start", "end"), NO_ARROWS)
@retired_after(8, A_SECOND_RUN)
def test_where_there_is_no_arrow_a_job_cannot_go(pyqueue, start, end):
    job = job_that_is(pyqueue, start)

    with pytest.raises(pyqueue.InvalidTransition):
        job.change_status(pyqueue.Status(end))


@pytest.mark.chapter("table")
@pytest.mark.parametrize(("start", "end"), NO_ARROWS)
@retired_after(8, A_SECOND_RUN)
def test_a_job_that_was_refused_stays_where_it_is(pyqueue, start, end):
    job = job_that_is(pyqueue, start)

    with pytest.raises(pyqueue.InvalidTransition):
        job.change_status(pyqueue.Status(end))

    assert job.status == start


@pytest.mark.chapter("table")
def test_a_job_keeps_its_id_whatever_its_status(pyqueue):
    job = job_that_is(pyqueue, "pending")
    first_look = job.id

    job.change_status(pyqueue.Status.PROCESSING)

    assert job.id == first_look


@pytest.mark.chapter("table")
def test_one_job_that_moves_on_moves_no_other(pyqueue):
    charged, waiting = job_that_is(pyqueue, "pending"), job_that_is(pyqueue, "pending")

    charged.change_status(pyqueue.Status.PROCESSING)

    assert waiting.status == "pending"


@pytest.mark.chapter("table")
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_is_terminal_if_no_arrow_leads_on(pyqueue, status):
    leads_on = any(start == status for start, _ in ARROWS)

    assert pyqueue.Status(status).is_terminal == (not leads_on)


@pytest.mark.chapter("table")
def test_a_refusal_is_an_error_of_the_queue(pyqueue):
    assert issubclass(pyqueue.InvalidTransition, pyqueue.PyQueueError)


@pytest.mark.chapter("table")
@pytest.mark.parametrize("other", ["HandlerError", "JobNotFound"])
def test_a_refusal_is_not_mistaken_for_another_error_of_the_queue(pyqueue, other):
    assert not issubclass(pyqueue.InvalidTransition, getattr(pyqueue, other))


@pytest.mark.chapter("table")
@pytest.mark.parametrize("other", ["HandlerError", "JobNotFound"])
def test_no_other_error_of_the_queue_is_mistaken_for_a_refusal(pyqueue, other):
    assert not issubclass(getattr(pyqueue, other), pyqueue.InvalidTransition)


@pytest.mark.chapter("table")
def test_a_refusal_says_which_job_from_where_and_to_where(pyqueue):
    job = job_that_is(pyqueue, "completed")

    with pytest.raises(pyqueue.InvalidTransition) as refusal:
        job.change_status(pyqueue.Status.PENDING)

    message = str(refusal.value)
    assert [word for word in (job.id, "completed", "pending") if word not in message] == []


def named_in_the_refusal(pyqueue, start, end):
    """The statuses besides these two that the refusal speaks of."""
    job = job_that_is(pyqueue, start)
    with pytest.raises(pyqueue.InvalidTransition) as refusal:
        job.change_status(pyqueue.Status(end))
    others = [word for word in STATUSES if word not in (start, end)]
    return [word for word in others if word in str(refusal.value)]


@pytest.mark.chapter("table")
def test_a_refusal_says_what_would_have_been_right(pyqueue):
    assert named_in_the_refusal(pyqueue, "pending", "completed") == ["processing"]


@pytest.mark.chapter("table")
@retired_after(8, A_SECOND_RUN)
def test_a_refusal_in_the_middle_says_both_ways_that_would_have_been_right(pyqueue):
    assert named_in_the_refusal(pyqueue, "processing", "pending") == ["completed", "failed"]
