"""A registry knows which handler is for which type of job, and says so when it knows none."""

import re

import pytest


def send_email(payload):
    pass


def send_sms(payload):
    pass


@pytest.mark.chapter("register")
def test_a_registered_handler_is_found_by_its_type(pyqueue):
    registry = pyqueue.Registry()

    registry.register_handler("email", send_email)

    assert registry.get_handler("email") is send_email


@pytest.mark.chapter("register")
def test_each_type_has_its_own_handler(pyqueue):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)
    registry.register_handler("sms", send_sms)

    found = [registry.get_handler("email"), registry.get_handler("sms")]

    assert found == [send_email, send_sms]


@pytest.mark.chapter("register")
def test_a_handler_that_counts_as_false_is_a_handler(pyqueue):
    class Outbox(list):
        def __call__(self, payload):
            self.append(payload)

    registry, empty = pyqueue.Registry(), Outbox()
    registry.register_handler("email", empty)

    assert registry.get_handler("email") is empty


@pytest.mark.chapter("register")
def test_a_new_registry_knows_no_handler(pyqueue):
    pyqueue.Registry().register_handler("email", send_email)

    with pytest.raises(pyqueue.HandlerNotFound):
        pyqueue.Registry().get_handler("email")


@pytest.mark.chapter("register")
@pytest.mark.parametrize("mistake", [None, "send_email", {"to": "ada@example.com"}])
def test_what_cannot_be_called_is_refused_when_it_is_registered(pyqueue, mistake):
    with pytest.raises(TypeError):
        pyqueue.Registry().register_handler("email", mistake)


@pytest.mark.chapter("register")
def test_after_a_refusal_the_type_can_still_get_a_handler(pyqueue):
    registry = pyqueue.Registry()
    with pytest.raises(TypeError):
        registry.register_handler("email", None)

    registry.register_handler("email", send_email)

    assert registry.get_handler("email") is send_email


@pytest.mark.chapter("register")
@pytest.mark.parametrize("mistake", [None, 42, send_sms])
def test_a_type_that_is_not_text_is_refused(pyqueue, mistake):
    with pytest.raises(TypeError):
        pyqueue.Registry().register_handler(mistake, send_email)


@pytest.mark.chapter("register")
@pytest.mark.parametrize("job_type", ["emial", "Email", "email ", "e", ""])
def test_a_type_that_is_not_registered_letter_for_letter_has_no_handler(pyqueue, job_type):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)

    with pytest.raises(pyqueue.HandlerNotFound):
        registry.get_handler(job_type)


@pytest.mark.chapter("register")
def test_the_error_names_the_type_and_those_that_would_have_been_right(pyqueue):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)
    registry.register_handler("sms", send_sms)

    with pytest.raises(pyqueue.HandlerNotFound) as error:
        registry.get_handler("emial")

    message = str(error.value)
    assert re.findall("emial|email|sms", message) == ["emial", "email", "sms"]


@pytest.mark.chapter("register")
@pytest.mark.parametrize("name", ["HandlerNotFound", "HandlerAlreadyRegistered"])
def test_a_wrong_registration_is_an_error_of_the_queue_and_no_handler_that_failed(pyqueue, name):
    error = getattr(pyqueue, name)

    assert issubclass(error, pyqueue.PyQueueError)
    assert not issubclass(error, pyqueue.HandlerError)


@pytest.mark.chapter("twice")
@pytest.mark.parametrize("second", [send_sms, send_email], ids=["another", "the same"])
def test_a_type_cannot_get_a_second_handler(pyqueue, second):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)

    with pytest.raises(pyqueue.HandlerAlreadyRegistered):
        registry.register_handler("email", second)


@pytest.mark.chapter("twice")
def test_the_handler_that_was_registered_first_stays(pyqueue):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)

    with pytest.raises(pyqueue.HandlerAlreadyRegistered):
        registry.register_handler("email", send_sms)

    assert registry.get_handler("email") is send_email


@pytest.mark.chapter("twice")
def test_the_error_says_which_type_has_a_handler_already(pyqueue):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)

    with pytest.raises(pyqueue.HandlerAlreadyRegistered) as error:
        registry.register_handler("email", send_sms)

    assert "email" in str(error.value)


@pytest.mark.chapter("twice")
def test_one_handler_can_be_for_two_types(pyqueue):
    registry = pyqueue.Registry()
    registry.register_handler("email", send_email)

    registry.register_handler("newsletter", send_email)

    assert registry.get_handler("newsletter") is send_email


@pytest.mark.chapter("register")
@pytest.mark.parametrize("name", ["JobProcessor", "MemoryStorage", "Queue"])
def test_a_registry_does_not_know_what_its_handlers_are_used_for(pyqueue, imports, name):
    known = imports[pyqueue.Registry.__module__]

    assert getattr(pyqueue, name).__module__ not in known
