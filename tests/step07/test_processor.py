"""A processor tells its storage of each change: after the change, and before anything else."""

import pytest


def payment(pyqueue):
    return pyqueue.Job("payment", {"order": "A-1001"})


def bank_is_silent(payload):
    raise ConnectionError("the bank does not answer")


def process_failing(pyqueue, storage, job, handler=bank_is_silent):
    with pytest.raises(pyqueue.HandlerError):
        pyqueue.JobProcessor(storage).process_job(job, handler)


@pytest.mark.chapter("told")
def test_the_storage_hears_that_the_work_begins_and_that_it_is_done(pyqueue, ledger):
    pyqueue.JobProcessor(ledger).process_job(payment(pyqueue), len)

    assert ledger.entries == ["processing", "completed"]


@pytest.mark.chapter("told")
def test_the_storage_hears_that_the_work_begins_and_that_it_failed(pyqueue, ledger):
    process_failing(pyqueue, ledger, payment(pyqueue))

    assert ledger.entries == ["processing", "failed"]


@pytest.mark.chapter("told")
def test_while_a_handler_works_the_storage_knows(pyqueue, ledger):
    job = payment(pyqueue)
    seen = []

    pyqueue.JobProcessor(ledger).process_job(
        job, lambda payload: seen.append(ledger.get_job(job.id).status)
    )

    assert seen == ["processing"]


@pytest.mark.chapter("told")
def test_the_storage_hears_of_an_end_only_when_the_work_has_ended(pyqueue, ledger):
    seen = []

    pyqueue.JobProcessor(ledger).process_job(
        payment(pyqueue), lambda payload: seen.extend(ledger.entries)
    )

    assert seen == ["processing"]


@pytest.mark.chapter("told")
def test_the_storage_keeps_why_a_job_failed(pyqueue, ledger):
    job = payment(pyqueue)

    process_failing(pyqueue, ledger, job)

    assert "the bank does not answer" in ledger.get_job(job.id).error


@pytest.mark.chapter("told")
def test_the_job_in_our_hand_changes_along_with_the_one_in_the_storage(pyqueue, ledger):
    job = payment(pyqueue)
    ledger.save_job(job)

    pyqueue.JobProcessor(ledger).process_job(job, len)

    assert (job.status, ledger.get_job(job.id).status) == ("completed", "completed")


@pytest.mark.chapter("told")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_of_a_job_that_was_stopped_midway_the_storage_knows_that_it_began(pyqueue, ledger, stop):
    def handler(payload):
        raise stop

    with pytest.raises(stop):
        pyqueue.JobProcessor(ledger).process_job(payment(pyqueue), handler)

    assert ledger.entries == ["processing"]


@pytest.mark.chapter("told")
def test_of_what_is_not_a_handler_the_storage_hears_nothing(pyqueue, ledger):
    with pytest.raises(TypeError):
        pyqueue.JobProcessor(ledger).process_job(payment(pyqueue), None)

    assert ledger.entries == []


@pytest.mark.chapter("told")
def test_of_a_job_that_is_refused_the_storage_hears_nothing(pyqueue, ledger):
    job = payment(pyqueue)
    pyqueue.JobProcessor(pyqueue.MemoryStorage()).process_job(job, len)

    with pytest.raises(pyqueue.InvalidTransition):
        pyqueue.JobProcessor(ledger).process_job(job, len)

    assert ledger.entries == []


class FullDisk:
    """A storage that cannot save a job of one status."""

    def __init__(self, ledger, status):
        self._ledger, self._status = ledger, status

    def save_job(self, job):
        if job.status == self._status:
            raise OSError("no space left on the disk")
        self._ledger.save_job(job)

    def get_job(self, job_id):
        return self._ledger.get_job(job_id)


@pytest.mark.chapter("not-the-handler")
@pytest.mark.parametrize("status", ["processing", "completed"])
def test_an_error_of_the_storage_is_not_blamed_on_the_handler(pyqueue, ledger, status):
    with pytest.raises(OSError, match="no space left"):
        pyqueue.JobProcessor(FullDisk(ledger, status)).process_job(payment(pyqueue), len)


@pytest.mark.chapter("not-the-handler")
def test_work_that_cannot_be_noted_is_not_begun(pyqueue, ledger):
    charged = []

    with pytest.raises(OSError, match="no space left"):
        pyqueue.JobProcessor(FullDisk(ledger, "processing")).process_job(
            payment(pyqueue), charged.append
        )

    assert charged == []


@pytest.mark.chapter("not-the-handler")
def test_work_that_was_done_does_not_count_as_failed_because_it_could_not_be_noted(pyqueue, ledger):
    job = payment(pyqueue)

    with pytest.raises(OSError, match="no space left"):
        pyqueue.JobProcessor(FullDisk(ledger, "completed")).process_job(job, len)

    assert (job.status, ledger.entries) == ("completed", ["processing"])


@pytest.mark.chapter("not-the-handler")
def test_a_failure_that_cannot_be_noted_is_an_error_of_the_storage(pyqueue, ledger):
    with pytest.raises(OSError, match="no space left"):
        pyqueue.JobProcessor(FullDisk(ledger, "failed")).process_job(
            payment(pyqueue), bank_is_silent
        )


@pytest.mark.chapter("not-the-handler")
def test_a_handler_that_looks_for_a_job_in_vain_has_failed(pyqueue, ledger):
    job = payment(pyqueue)

    process_failing(pyqueue, ledger, job, lambda payload: ledger.get_job("a lost slip"))

    assert ledger.get_job(job.id).status == "failed"
