"""What `process` does from step 2 on: it passes the payload to whatever handler it is given."""

import pytest

from lab.testing import retired_after

WELCOME = {"to": "ada@example.com", "subject": "Welcome"}


def do_nothing(payload):
    pass


@pytest.mark.chapter("pass-it-in")
def test_the_handler_gets_the_payload_of_the_job(pyqueue):
    delivered = []

    pyqueue.process(pyqueue.Job("email", WELCOME), delivered.append)

    assert delivered == [WELCOME]


@pytest.mark.chapter("pass-it-in")
def test_the_handler_that_is_passed_in_does_the_work_whatever_the_type(pyqueue):
    shipped = []

    pyqueue.process(pyqueue.Job("parcel", {"order": "A-1001"}), shipped.append)

    assert shipped == [{"order": "A-1001"}]


@pytest.mark.chapter("pass-it-in")
def test_a_handler_is_called_once_for_a_job(pyqueue):
    calls = []

    pyqueue.process(pyqueue.Job("email", WELCOME), calls.append)

    assert len(calls) == 1


@pytest.mark.chapter("pass-it-in")
def test_two_jobs_can_have_two_handlers(pyqueue):
    emailed, shipped = [], []

    pyqueue.process(pyqueue.Job("email", {"to": "ada@example.com"}), emailed.append)
    pyqueue.process(pyqueue.Job("parcel", {"order": "A-1001"}), shipped.append)

    assert (emailed, shipped) == ([{"to": "ada@example.com"}], [{"order": "A-1001"}])


@pytest.mark.chapter("pass-it-in")
def test_any_callable_object_can_be_a_handler(pyqueue):
    class Outbox(list):
        def __call__(self, payload):
            self.append(payload)

    outbox = Outbox()

    pyqueue.process(pyqueue.Job("email", WELCOME), outbox)

    assert outbox == [WELCOME]


@pytest.mark.chapter("pass-it-in")
def test_a_job_is_completed_once_its_handler_returns(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    pyqueue.process(job, do_nothing)

    assert job.status == "completed"


@pytest.mark.chapter("pass-it-in")
def test_what_a_handler_returns_does_not_matter(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    pyqueue.process(job, lambda payload: False)

    assert job.status == "completed"


@pytest.mark.chapter("payload-only")
def test_the_job_is_not_completed_while_the_handler_works(pyqueue):
    job = pyqueue.Job("email", WELCOME)
    seen = []

    pyqueue.process(job, lambda payload: seen.append(job.status))

    assert "completed" not in seen


@pytest.mark.chapter("payload-only")
def test_a_handler_needs_no_argument_but_the_payload(pyqueue):
    received = []

    def handler(*arguments, **named):
        received.append((arguments, named))

    pyqueue.process(pyqueue.Job("email", WELCOME), handler)

    assert received == [((WELCOME,), {})]


@pytest.mark.chapter("pass-it-in")
@retired_after(2, "from step 3 on, a failing handler raises HandlerError and the job is failed")
def test_the_error_of_a_handler_comes_through_and_the_job_stays_pending(pyqueue):
    job = pyqueue.Job("payment", {"order": "A-1001"})

    def charge_card(payload):
        raise ConnectionError("the bank does not answer")

    with pytest.raises(ConnectionError):
        pyqueue.process(job, charge_card)

    assert job.status == "pending"


@pytest.mark.chapter("not-called")
@pytest.mark.parametrize(
    "mistake",
    [None, "send_email", {"to": "ada@example.com"}],
    ids=["what a handler returned", "the name of a handler", "a payload"],
)
def test_what_cannot_be_called_is_refused_with_a_type_error(pyqueue, mistake):
    with pytest.raises(TypeError, match="handler"):
        pyqueue.process(pyqueue.Job("email", WELCOME), mistake)


@pytest.mark.chapter("not-called")
def test_the_refusal_shows_what_was_passed_instead_of_a_handler(pyqueue):
    with pytest.raises(TypeError) as refusal:
        pyqueue.process(pyqueue.Job("email", WELCOME), "send_email")

    assert "handler must be a function, not 'send_email'" in str(refusal.value)


@pytest.mark.chapter("not-called")
@retired_after(2, "from step 3 on, a TypeError inside a handler is a failure like any other")
def test_a_type_error_inside_a_handler_is_not_blamed_on_the_caller(pyqueue):
    mistake = TypeError("can only concatenate str, not int")

    def count_parcels(payload):
        raise mistake

    with pytest.raises(TypeError) as error:
        pyqueue.process(pyqueue.Job("parcel", {"order": "A-1001"}), count_parcels)

    assert error.value is mistake


@pytest.mark.chapter("not-called")
def test_a_job_with_a_handler_that_cannot_be_called_is_left_alone(pyqueue):
    job = pyqueue.Job("email", WELCOME)

    with pytest.raises(TypeError, match="handler"):
        pyqueue.process(job, None)

    assert job.status == "pending"
