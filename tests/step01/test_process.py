"""What `process` does: the work first, then the word that it is done."""

import pytest

from lab.testing import retired_after

pytestmark = [
    pytest.mark.chapter("done"),
    retired_after(1, "from step 2 on, process is told which handler does the work"),
]


def email(pyqueue, **payload):
    return pyqueue.Job("email", payload)


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


def test_the_error_of_an_email_without_an_address_comes_through(pyqueue):
    job = email(pyqueue, subject="Welcome")

    with pytest.raises(KeyError):
        pyqueue.process(job)


def test_a_job_whose_work_raised_an_error_is_not_completed(pyqueue):
    job = email(pyqueue, subject="Welcome")

    with pytest.raises(KeyError):
        pyqueue.process(job)

    assert job.status == "pending"
