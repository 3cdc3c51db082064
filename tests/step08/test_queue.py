"""A queue takes in jobs by type; whoever submits one knows no handler."""

from decimal import Decimal

import pytest

from lab.testing import retired_after

AT_ONCE = "from step 10 on, submit_job returns at once, and the work is done by others"
IN_A_LOOP = "from step 11 on, submitting and looking up is awaited"

EMAIL = {"to": "ada@example.com", "subject": "We have your order"}
ORDER = {"order": "A-1001"}


def bank_is_silent(payload):
    raise ConnectionError("the bank does not answer")


@pytest.mark.chapter("route")
@pytest.mark.parametrize(
    "name", ["Queue", "Registry", "HandlerNotFound", "HandlerAlreadyRegistered"]
)
def test_the_face_names_the_queue_and_what_can_go_wrong_with_it(pyqueue, name):
    assert name in pyqueue.__all__


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_submitted_job_is_done_by_the_handler_for_its_type(pyqueue):
    queue = pyqueue.Queue()
    emailed, shipped = [], []
    queue.register_handler("email", emailed.append)
    queue.register_handler("parcel", shipped.append)

    queue.submit_job("parcel", ORDER)
    queue.submit_job("email", EMAIL)

    assert (emailed, shipped) == ([EMAIL], [ORDER])


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_submitting_a_job_gives_the_job(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", len)

    job = queue.submit_job("parcel", ORDER)

    assert (job.type, job.payload) == ("parcel", ORDER)


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_submitted_job_is_done_by_the_time_it_is_given_back(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", len)

    assert queue.submit_job("parcel", ORDER).status == "completed"


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_the_same_work_submitted_twice_is_two_jobs(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", len)

    first, second = queue.submit_job("parcel", ORDER), queue.submit_job("parcel", ORDER)

    assert first.id != second.id


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_what_is_registered_later_works_from_then_on(pyqueue):
    queue = pyqueue.Queue()
    with pytest.raises(pyqueue.HandlerNotFound):
        queue.submit_job("parcel", ORDER)
    shipped = []

    queue.register_handler("parcel", shipped.append)
    queue.submit_job("parcel", ORDER)

    assert shipped == [ORDER]


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_handler_can_submit_a_job(pyqueue):
    queue = pyqueue.Queue()
    emailed = []
    queue.register_handler("email", emailed.append)
    queue.register_handler("payment", lambda payload: queue.submit_job("email", EMAIL))

    queue.submit_job("payment", ORDER)

    assert emailed == [EMAIL]


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_each_submitter_is_given_its_own_job(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("email", len)
    queue.register_handler("payment", lambda payload: queue.submit_job("email", EMAIL))

    job = queue.submit_job("payment", ORDER)

    assert (job.type, job.status) == ("payment", "completed")


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_handler_is_given_what_was_submitted(pyqueue):
    queue = pyqueue.Queue()
    charged = []
    queue.register_handler("payment", lambda payload: charged.append(dict(payload)))

    queue.submit_job("payment", {"order": "A-1001", "amount": Decimal("25.00")})

    assert charged == [{"order": "A-1001", "amount": Decimal("25.00")}]


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_the_submitters_payload_is_left_as_it_was(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", len)
    payload = {"order": "A-1001"}

    queue.submit_job("payment", payload)

    assert payload == {"order": "A-1001"}


@pytest.mark.chapter("route")
@pytest.mark.parametrize("mistake", [None, "ship_parcel"])
def test_a_queue_refuses_what_cannot_be_called(pyqueue, mistake):
    with pytest.raises(TypeError):
        pyqueue.Queue().register_handler("parcel", mistake)


@pytest.mark.chapter("route")
def test_a_queue_refuses_a_type_that_is_not_text(pyqueue):
    with pytest.raises(TypeError):
        pyqueue.Queue().register_handler(len, "parcel")
    with pytest.raises(TypeError):
        pyqueue.Queue().register_handler(42, len)


@pytest.mark.chapter("route")
def test_a_queue_refuses_a_second_handler_for_a_type(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", len)

    with pytest.raises(pyqueue.HandlerAlreadyRegistered):
        queue.register_handler("parcel", len)


@pytest.mark.chapter("twice")
@retired_after(9, AT_ONCE)
def test_after_the_refusal_the_first_handler_does_the_work(pyqueue):
    queue = pyqueue.Queue()
    first, second = [], []
    queue.register_handler("parcel", first.append)
    with pytest.raises(pyqueue.HandlerAlreadyRegistered):
        queue.register_handler("parcel", second.append)

    queue.submit_job("parcel", ORDER)

    assert (first, second) == ([ORDER], [])


@pytest.mark.chapter("decorator")
@retired_after(9, AT_ONCE)
def test_a_decorated_function_is_the_handler(pyqueue):
    queue = pyqueue.Queue()
    shipped = []

    @queue.handler("parcel")
    def ship(payload):
        shipped.append(payload)

    queue.submit_job("parcel", ORDER)

    assert shipped == [ORDER]


@pytest.mark.chapter("decorator")
def test_a_decorated_function_stays_what_it_was(pyqueue):
    queue = pyqueue.Queue()

    def ship(payload):
        pass

    assert queue.handler("parcel")(ship) is ship


@pytest.mark.chapter("decorator")
def test_decorating_a_function_does_not_call_it(pyqueue):
    shipped = []

    pyqueue.Queue().handler("parcel")(shipped.append)

    assert shipped == []


@pytest.mark.chapter("decorator")
@retired_after(9, AT_ONCE)
def test_two_decorators_give_one_function_two_types(pyqueue):
    queue = pyqueue.Queue()
    shipped = []

    @queue.handler("parcel")
    @queue.handler("letter")
    def ship(payload):
        shipped.append(payload["order"])

    queue.submit_job("parcel", {"order": "A-1001"})
    queue.submit_job("letter", {"order": "A-1002"})

    assert shipped == ["A-1001", "A-1002"]


@pytest.mark.chapter("decorator")
def test_a_decorator_without_a_type_is_refused_on_the_spot(pyqueue):
    queue = pyqueue.Queue()

    with pytest.raises(TypeError):

        @queue.handler
        def ship(payload):
            pass


@pytest.mark.chapter("decorator")
@pytest.mark.parametrize("mistake", [None, "ship_parcel"])
def test_a_decorator_refuses_what_cannot_be_called(pyqueue, mistake):
    with pytest.raises(TypeError):
        pyqueue.Queue().handler("parcel")(mistake)


@pytest.mark.chapter("decorator")
@retired_after(9, AT_ONCE)
def test_a_decorated_function_can_fail_like_any_other_handler(pyqueue):
    queue = pyqueue.Queue()
    queue.handler("payment")(bank_is_silent)

    assert queue.submit_job("payment", ORDER).status == "failed"


@pytest.mark.chapter("decorator")
def test_a_decorator_gives_no_type_a_second_handler(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", len)

    with pytest.raises(pyqueue.HandlerAlreadyRegistered):

        @queue.handler("parcel")
        def ship(payload):
            pass


@pytest.mark.chapter("refuse-first")
@retired_after(10, IN_A_LOOP)
def test_a_job_of_an_unknown_type_is_refused(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("email", len)

    with pytest.raises(pyqueue.HandlerNotFound):
        queue.submit_job("emial", EMAIL)


@pytest.mark.chapter("refuse-first")
@retired_after(10, IN_A_LOOP)
def test_of_a_job_that_is_refused_nothing_is_kept(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("email", len)

    with pytest.raises(pyqueue.HandlerNotFound):
        queue.submit_job("emial", EMAIL)

    assert ledger.entries == []


@pytest.mark.chapter("refuse-first")
@retired_after(10, IN_A_LOOP)
def test_the_submitter_reads_which_types_there_are(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("email", len)
    queue.register_handler("sms", len)

    with pytest.raises(pyqueue.HandlerNotFound) as refusal:
        queue.submit_job("emial", EMAIL)

    message = str(refusal.value)
    words = ["emial", "email", "sms"]
    assert [word for word in words if word in message] == words


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_a_handler_that_submits_an_unknown_type_has_failed_itself(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", lambda payload: queue.submit_job("emial", EMAIL))

    job = queue.submit_job("payment", ORDER)

    assert "emial" in job.error


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_a_handler_that_fails_is_not_thrown_at_the_submitter(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", bank_is_silent)

    job = queue.submit_job("payment", ORDER)

    assert job.status == "failed"


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_why_a_job_failed_stands_on_the_job(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", bank_is_silent)

    job = queue.submit_job("payment", ORDER)

    assert "the bank does not answer" in job.error


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_whoever_looks_later_finds_that_a_job_failed_and_why(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", bank_is_silent)

    found = queue.get_job(queue.submit_job("payment", ORDER).id)

    assert found.status == "failed"
    assert "the bank does not answer" in found.error


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_the_job_that_is_given_back_and_the_one_that_is_found_say_the_same(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", bank_is_silent)

    job = queue.submit_job("payment", ORDER)

    found = queue.get_job(job.id)
    assert (job.status, job.error) == (found.status, found.error)


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_a_job_fails_once(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", bank_is_silent)

    queue.submit_job("payment", ORDER)

    assert ledger.entries == ["pending", "processing", "failed"]


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_after_a_failure_the_next_job_is_done_as_ever(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", bank_is_silent)
    queue.register_handler("email", len)
    queue.submit_job("payment", ORDER)

    assert queue.submit_job("email", EMAIL).status == "completed"


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_a_handler_that_failed_is_given_the_next_job_of_its_type(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", lambda payload: 1 / payload["amount"])
    queue.submit_job("payment", {"amount": 0})

    assert queue.submit_job("payment", {"amount": 25}).status == "completed"


@pytest.mark.chapter("on-the-job")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
@retired_after(9, AT_ONCE)
def test_an_order_to_stop_reaches_whoever_submitted(pyqueue, ledger, stop):
    def charge_card(payload):
        raise stop

    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", charge_card)

    with pytest.raises(stop):
        queue.submit_job("payment", ORDER)

    assert ledger.entries[-1] == "processing"


class OutOfOrder:
    """A storage that cannot save a job of one status, nor find any."""

    def __init__(self, ledger, status, error):
        self._ledger, self._status, self._error = ledger, status, error

    def save_job(self, job):
        if job.status == self._status:
            raise self._error
        self._ledger.save_job(job)

    def get_job(self, job_id):
        raise self._error


@pytest.mark.chapter("on-the-job")
@pytest.mark.parametrize("status", ["pending", "processing", "completed"])
@retired_after(9, AT_ONCE)
def test_a_storage_that_is_out_of_order_is_no_failure_of_the_job(pyqueue, ledger, status):
    queue = pyqueue.Queue(OutOfOrder(ledger, status, OSError("no space left on the disk")))
    queue.register_handler("payment", len)

    with pytest.raises(OSError, match="no space left"):
        queue.submit_job("payment", ORDER)


@pytest.mark.chapter("on-the-job")
@retired_after(9, AT_ONCE)
def test_only_what_stands_on_the_job_is_kept_from_the_submitter(pyqueue, ledger):
    queue = pyqueue.Queue(OutOfOrder(ledger, "completed", pyqueue.PyQueueError("no connection")))
    queue.register_handler("payment", len)

    with pytest.raises(pyqueue.PyQueueError, match="no connection"):
        queue.submit_job("payment", ORDER)


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_a_storage_that_is_out_of_order_is_not_mistaken_for_one_without_the_job(pyqueue, ledger):
    queue = pyqueue.Queue(OutOfOrder(ledger, "", OSError("the disk is gone")))

    with pytest.raises(OSError, match="the disk is gone"):
        queue.get_job("a slip")


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_job_is_kept_before_its_work_begins(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", len)

    queue.submit_job("payment", ORDER)

    assert ledger.entries == ["pending", "processing", "completed"]


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_submitted_job_is_found_by_its_id(pyqueue):
    queue = pyqueue.Queue()
    queue.register_handler("payment", len)

    job = queue.submit_job("payment", ORDER)

    found = queue.get_job(job.id)
    assert (found.id, found.type, found.payload) == (job.id, "payment", ORDER)


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_an_id_that_the_queue_never_gave_is_an_error(pyqueue):
    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.Queue().get_job("a slip from another shop")


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_a_queue_keeps_its_jobs_in_the_storage_that_it_was_given(pyqueue, ledger):
    queue = pyqueue.Queue(ledger)
    queue.register_handler("payment", len)

    job = queue.submit_job("payment", ORDER)

    assert ledger.get_job(job.id).status == "completed"


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_two_queues_without_a_storage_share_no_job(pyqueue):
    shop, test = pyqueue.Queue(), pyqueue.Queue()
    shop.register_handler("payment", len)

    job = shop.submit_job("payment", ORDER)

    with pytest.raises(pyqueue.JobNotFound):
        test.get_job(job.id)


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_two_queues_share_no_handler(pyqueue):
    shop, test = pyqueue.Queue(), pyqueue.Queue()
    shop.register_handler("payment", len)

    with pytest.raises(pyqueue.HandlerNotFound):
        test.submit_job("payment", ORDER)


@pytest.mark.chapter("route")
@retired_after(9, AT_ONCE)
def test_two_queues_with_one_storage_find_each_others_jobs(pyqueue, ledger):
    shop, office = pyqueue.Queue(ledger), pyqueue.Queue(ledger)
    shop.register_handler("payment", len)

    job = shop.submit_job("payment", ORDER)

    assert office.get_job(job.id).status == "completed"


@pytest.mark.chapter("route")
@retired_after(10, IN_A_LOOP)
def test_jobs_of_two_queues_with_one_storage_do_not_take_each_others_place(pyqueue, ledger):
    shop, office = pyqueue.Queue(ledger), pyqueue.Queue(ledger)
    shop.register_handler("payment", len)
    office.register_handler("invoice", len)

    payment, invoice = shop.submit_job("payment", ORDER), office.submit_job("invoice", ORDER)

    found = [shop.get_job(job.id).type for job in (payment, invoice)]
    assert found == ["payment", "invoice"]
