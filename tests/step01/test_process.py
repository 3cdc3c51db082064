"""What `process` does: the work first, then the word that it is done."""

import io
from contextlib import redirect_stdout

import pytest

from lab.testing import retired_after

pytestmark = [
    pytest.mark.chapter("done"),
    retired_after(1, "from step 2 on, process is told which handler does the work"),
]


def email(pyqueue, **payload):
    return pyqueue.Job("email", payload)


def process_failing(pyqueue, job):
    with pytest.raises((LookupError, ValueError)):
        pyqueue.process(job)


class Mailbox(io.StringIO):
    """Takes what is printed, and notes the status that the job has when an email comes in."""

    def __init__(self, job):
        super().__init__()
        self.job, self.address = job, job.payload["to"]
        self.seen = []

    def write(self, text):
        if self.address in text:
            self.seen.append(self.job.status)
        return super().write(text)


def test_processing_an_email_job_sends_the_email(pyqueue, capsys):
    job = email(pyqueue, to="ada@example.com", subject="Welcome")

    pyqueue.process(job)

    assert "ada@example.com" in capsys.readouterr().out


def test_the_email_has_the_subject_that_the_job_asks_for(pyqueue, capsys):
    job = email(pyqueue, to="grace@example.com", subject="Your receipt")

    pyqueue.process(job)

    assert "Your receipt" in capsys.readouterr().out


def test_one_job_sends_one_email(pyqueue, capsys):
    job = email(pyqueue, to="ada@example.com", subject="Welcome")

    pyqueue.process(job)

    assert capsys.readouterr().out.count("ada@example.com") == 1


def test_a_processed_job_is_completed(pyqueue):
    job = email(pyqueue, to="ada@example.com", subject="Welcome")

    pyqueue.process(job)

    assert job.status == "completed"


def test_processing_one_job_leaves_the_others_pending(pyqueue):
    welcome = email(pyqueue, to="ada@example.com", subject="Welcome")
    receipt = email(pyqueue, to="ada@example.com", subject="Your receipt")

    pyqueue.process(welcome)

    assert receipt.status == "pending"


def test_a_job_is_still_pending_while_its_email_goes_out(pyqueue):
    job = email(pyqueue, to="ada@example.com", subject="Welcome")
    mailbox = Mailbox(job)

    with redirect_stdout(mailbox):
        pyqueue.process(job)

    assert mailbox.seen == ["pending"]


def test_processing_a_job_leaves_its_payload_as_it_was(pyqueue):
    job = email(pyqueue, to="ada@example.com", subject="Welcome")

    pyqueue.process(job)

    assert job.payload == {"to": "ada@example.com", "subject": "Welcome"}


def test_the_error_of_an_email_without_an_address_comes_through(pyqueue):
    job = email(pyqueue, subject="Welcome")

    with pytest.raises((LookupError, ValueError)):
        pyqueue.process(job)


def test_a_job_whose_work_raised_an_error_is_not_completed(pyqueue):
    job = email(pyqueue, subject="Welcome")

    process_failing(pyqueue, job)

    assert job.status == "pending"


def test_a_job_that_is_still_pending_can_be_mended_and_processed(pyqueue):
    job = email(pyqueue, subject="Welcome")
    process_failing(pyqueue, job)

    job.payload["to"] = "ada@example.com"
    pyqueue.process(job)

    assert job.status == "completed"
