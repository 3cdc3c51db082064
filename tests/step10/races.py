"""What the threads of a shop do at the same time, and what must be true of it afterwards."""

import sys
from datetime import UTC, datetime

from lab.scenarios import Scenario

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ORDER = {"order": "A-1001"}


def scenarios(pyqueue):
    """In the order of the chapter."""
    return [
        registry(pyqueue),
        listing(pyqueue),
        counter(pyqueue),
        claim(pyqueue),
        charge(pyqueue),
        half_updated(pyqueue),
        stop(pyqueue),
    ]


class Shop:
    """What the threads of a program share, and what each of them got."""

    def __init__(self, pyqueue):
        self.ctx = pyqueue.background()
        self.storage = pyqueue.MemoryStorage()
        self.job = pyqueue.Job("payment", ORDER, "A-1001")
        self.got = {}

    def tried(self, name, act):
        """What came of it: a result, or the error's kind."""
        try:
            self.got[name] = act()
        except (AttributeError, NotImplementedError):
            raise  # Not written yet: that is no answer.
        except Exception as error:
            self.got[name] = type(error).__name__

    def with_a_saved_job(self):
        self.storage.save_job(self.ctx, self.job)
        return self


def home(thing):
    """The module in which a class of the package is."""
    return sys.modules[thing.__module__]


def parts_that_change_a_job(pyqueue):
    return [home(part) for part in (pyqueue.JobProcessor, pyqueue.Job, pyqueue.MemoryStorage)]


def registry(pyqueue):
    def setup():
        shop = Shop(pyqueue)
        shop.registry = pyqueue.Registry()
        return shop

    def registering(name):
        def send_email(ctx, payload):
            """What is registered."""

        return lambda shop: shop.tried(
            name, lambda: shop.registry.register_handler("email", send_email)
        )

    return Scenario(
        "registry",
        "two threads register a handler for one type of job",
        "one of the two handlers is gone, and nobody was told",
        setup,
        {"Ada": registering("Ada"), "Grace": registering("Grace")},
        lambda shop: sorted(map(str, shop.got.values())) == ["HandlerAlreadyRegistered", "None"],
        watch=lambda shop: {"refused": [n for n, got in shop.got.items() if got is not None]},
        only=[home(pyqueue.Registry)],
    )


def listing(pyqueue):
    def save(shop):
        shop.storage.save_job(shop.ctx, pyqueue.Job("parcel", {}, "A-1002"))

    def look(shop):
        pending = pyqueue.Status.PENDING
        shop.tried("listed", lambda: len(shop.storage.list_by_status(shop.ctx, pending)))

    return Scenario(
        "list",
        "one thread lists the jobs while another saves one",
        "looking is an error, now and then, for no fault of whoever looks",
        lambda: Shop(pyqueue).with_a_saved_job(),
        {"look": look, "save": save},
        lambda shop: shop.got["listed"] in (1, 2),
        watch=lambda shop: {"listed": shop.got.get("listed", "…")},
        only=[home(pyqueue.MemoryStorage)],
    )


def counter(pyqueue):
    def count(stats):
        stats.count(pyqueue.Status.COMPLETED)

    return Scenario(
        "counter",
        "two workers count what they have finished",
        "two jobs are done, and the number says one",
        pyqueue.Stats,
        {"worker 1": count, "worker 2": count},
        lambda stats: stats.snapshot() == {pyqueue.Status.COMPLETED: 2},
        watch=lambda stats: {"counted": sum(stats.snapshot().values())},
        only=[home(pyqueue.Stats)],
    )


def claim(pyqueue):
    def claiming(name):
        return lambda shop: shop.tried(
            name, lambda: shop.storage.claim_job(shop.ctx, shop.job.id, NOW).attempts
        )

    return Scenario(
        "claim",
        "two workers claim one job",
        "both are told that the job is theirs",
        lambda: Shop(pyqueue).with_a_saved_job(),
        {"worker 1": claiming("worker 1"), "worker 2": claiming("worker 2")},
        lambda shop: sorted(map(str, shop.got.values())) == ["1", "InvalidTransition"],
        watch=lambda shop: {"got": dict(shop.got)},
        only=[home(pyqueue.MemoryStorage), home(pyqueue.Job)],
        # With two, a right claim that takes no lock and looks twice needs a quarter of a minute.
        preemptions=1,
    )


def charge(pyqueue):
    def setup():
        shop = Shop(pyqueue).with_a_saved_job()
        shop.charged = 0
        shop.processor = pyqueue.JobProcessor(shop.storage)
        return shop

    def charging(name):
        def work(shop):
            def charge_card(ctx, payload):
                shop.charged += 1

            process = shop.processor.process_job
            shop.tried(name, lambda: process(shop.ctx, shop.job, charge_card))

        return work

    return Scenario(
        "charge",
        "two workers are given the same payment",
        "the customer is charged twice",
        setup,
        {"worker 1": charging("worker 1"), "worker 2": charging("worker 2")},
        lambda shop: shop.charged == 1,
        watch=lambda shop: {"charged": shop.charged},
        only=parts_that_change_a_job(pyqueue),
        preemptions=1,
    )


def half_updated(pyqueue):
    def fail(shop):
        def charge_card(ctx, payload):
            raise ConnectionError("the bank does not answer")

        processor = pyqueue.JobProcessor(shop.storage)
        shop.tried("", lambda: processor.process_job(shop.ctx, shop.job, charge_card))

    def look(shop):
        job = shop.storage.get_job(shop.ctx, shop.job.id)
        shop.got["seen"] = (str(job.status), job.attempts, bool(job.error))

    states = [("pending", 0, False), ("processing", 1, False), ("failed", 1, True)]
    return Scenario(
        "half-updated",
        "a customer looks at a job while a worker changes it",
        "the job has failed, and the reason is missing",
        lambda: Shop(pyqueue).with_a_saved_job(),
        {"worker": fail, "customer": look},
        lambda shop: shop.got["seen"] in states,
        watch=lambda shop: {"seen": shop.got.get("seen", "…")},
        only=parts_that_change_a_job(pyqueue),
        preemptions=1,
    )


def stop(pyqueue):
    def setup():
        shop = Shop(pyqueue)
        registry = pyqueue.Registry()
        registry.register_handler("payment", lambda ctx, payload: None)
        shop.pool = pyqueue.WorkerPool(shop.storage, registry)
        shop.pool.start(1)
        return shop

    def submit(shop):
        shop.tried("taken", lambda: shop.pool.submit(shop.ctx, shop.job))

    def check(shop):
        shop.pool.stop()
        completed, pending = (
            len(shop.storage.list_by_status(shop.ctx, pyqueue.Status(word)))
            for word in ("completed", "pending")
        )
        was_refused = shop.got["taken"] == "QueueStopped"
        return (completed, pending) == ((0, 0) if was_refused else (1, 0))

    return Scenario(
        "stop",
        "a job is submitted while the pool is being stopped",
        "the job was taken, and nobody will ever do it",
        setup,
        {"submit": submit, "stop": lambda shop: shop.pool.stop()},
        check,
        watch=lambda shop: {"taken": shop.got.get("taken", "…")},
        # The others are explored above: here, threads are stopped in the pool alone.
        only=[home(pyqueue.WorkerPool)],
        preemptions=1,
    )
