"""What a job is: a record that starts pending, with an id and a payload of its own."""

import datetime
import time

import pytest

from lab.testing import retired_after

NOON = datetime.datetime(2026, 1, 1, 12)
WELCOME = {"to": "ada@example.com", "subject": "Welcome"}


@pytest.fixture
def stopped_clock(pyqueue, monkeypatch):
    """Every clock that a package may have imported says noon."""

    class Stopped(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return NOON

    clocks = {name: lambda: 1 for name in ("time", "time_ns", "monotonic", "perf_counter")}
    for module, replacements in [(time, clocks), (datetime, {"datetime": Stopped})]:
        for name, stopped in replacements.items():
            if getattr(pyqueue, name, None) is getattr(module, name):
                monkeypatch.setattr(pyqueue, name, stopped)
            monkeypatch.setattr(module, name, stopped)


@pytest.mark.chapter("a-job")
def test_a_job_knows_what_kind_of_work_it_is(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    assert job.type == "email"


@pytest.mark.chapter("a-job")
def test_a_job_carries_what_its_work_needs_to_know(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    assert job.payload == {"to": "ada@example.com", "subject": "Welcome"}


@pytest.mark.chapter("a-job")
def test_a_new_job_is_pending(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    assert job.status == "pending"


@pytest.mark.chapter("own-payload")
def test_a_job_without_a_payload_has_an_empty_one(pyqueue):
    job = pyqueue.Job("email")

    assert job.payload == {}


@pytest.mark.chapter("own-payload")
def test_what_one_job_puts_in_its_payload_no_other_job_sees(pyqueue):
    welcome = pyqueue.Job("email")
    receipt = pyqueue.Job("email")

    welcome.payload["to"] = "ada@example.com"

    assert receipt.payload == {}


@pytest.mark.chapter("own-id")
def test_every_job_has_an_id_of_its_own(pyqueue):
    ids = [pyqueue.Job("email").id for _ in range(1_000)]

    assert len(set(ids)) == 1_000


@pytest.mark.chapter("own-id")
def test_jobs_for_the_same_work_have_different_ids(pyqueue):
    order = {"to": "ada@example.com", "subject": "We have your order"}

    first = pyqueue.Job("email", order)
    second = pyqueue.Job("email", order)

    assert first.id != second.id


@pytest.mark.chapter("own-id")
def test_jobs_of_different_kinds_have_different_ids(pyqueue):
    # Kinds of which nobody has made a job before.
    first_refund = pyqueue.Job("refund")
    first_reminder = pyqueue.Job("reminder")

    assert first_refund.id != first_reminder.id


@pytest.mark.chapter("own-id")
@pytest.mark.usefixtures("stopped_clock")
def test_jobs_made_at_the_same_moment_have_different_ids(pyqueue):
    first = pyqueue.Job("email")
    second = pyqueue.Job("email")

    assert first.id != second.id


@pytest.mark.chapter("own-id")
def test_a_job_keeps_its_id(pyqueue):
    job = pyqueue.Job("email")

    first_look, second_look = job.id, job.id

    assert second_look == first_look


@pytest.mark.chapter("own-id")
@retired_after(5, "from step 6 on, a status is not assigned but changed")
def test_a_job_keeps_its_id_whatever_its_status(pyqueue):
    job = pyqueue.Job("email")
    first_look = job.id

    job.status = "completed"

    assert job.id == first_look


@pytest.mark.chapter("own-id")
def test_a_job_keeps_its_id_when_its_payload_is_mended(pyqueue):
    job = pyqueue.Job("email", {"to": "ada@example"})
    first_look = job.id

    job.payload["to"] = "ada@example.com"

    assert job.id == first_look


@pytest.mark.chapter("own-id")
def test_an_id_is_text(pyqueue):
    job = pyqueue.Job("email")

    assert isinstance(job.id, str)
