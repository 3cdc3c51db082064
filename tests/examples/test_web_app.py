"""The web app: a real server on a free port of this machine, asked by HTTP."""

import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any

import pytest

from tests.examples.conftest import IN_TIME, REQUESTS, ended, running

ORDER = {"customer": "ada@example.com", "card": "4242"}


@dataclass
class Answer:
    """What the server said."""

    code: int
    headers: Message
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Shop:
    """A server that runs, and how to ask it."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=IN_TIME) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())

    def order(self, order=ORDER):
        return self.ask("/orders", json.dumps(order).encode())

    def wait_until(self, place, *statuses):
        """The job at this place, once it has one of these statuses."""
        give_up = time.monotonic() + IN_TIME
        while (job := self.ask(place).json)["status"] not in statuses:
            assert time.monotonic() < give_up, job
            time.sleep(0.02)
        return job

    def ask_to_end(self, request=REQUESTS[-1]):
        self.process.send_signal(request)


@contextmanager
def served(**options: object) -> Iterator[Shop]:
    words = [word for name, value in options.items() for word in (f"--{name}", f"{value}")]
    with running("examples.web_app", "--port", "0", *words) as process:
        for line in process.stderr:
            if match := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                yield Shop(process, int(match[1]))
                return
        pytest.fail("the server did not start")


@pytest.fixture(scope="module")
def shop():
    """A server that nobody ends, whose work takes no time."""
    with served(takes=0) as shop:
        yield shop


def test_an_order_is_taken_at_once_and_completed_later(shop):
    answer = shop.order()

    assert (answer.code, answer.json["status"]) == (202, "pending")
    assert answer.headers["Location"] == f"/jobs/{answer.json['id']}"
    job = shop.wait_until(answer.headers["Location"], "completed", "failed")
    assert (job["status"], job["attempts"], job["error"]) == ("completed", 1, "")


@pytest.mark.slow
def test_an_order_that_fails_is_tried_again_and_the_page_shows_its_error_as_text(shop):
    answer = shop.order({"card": "<script>alert(1)</script>"})

    job = shop.wait_until(answer.headers["Location"], "completed", "failed")

    assert (job["status"], job["attempts"]) == ("failed", 3)
    assert "no bank knows the card '<script>" in job["error"]
    page = shop.ask("/").body
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "an order is sent as JSON: Expecting value"),
        (b'{"card": ', "an order is sent as JSON: Expecting value"),
        (b'{"card": "\xff"}', "an order is sent as JSON: 'utf-8' codec"),
        (b"[" * 50_000, "an order is sent as JSON: "),
        (b'["4242"]', "a payload is a dict such as"),
        (b'{"prices": [1, NaN]}', "payload['prices'][1] is nan"),
        (b'{"price": 1e999}', "payload['price'] is inf"),
    ],
)
def test_what_is_no_order_is_refused_with_the_reason(shop, body, why):
    answer = shop.ask("/orders", body)

    assert answer.code == 400
    assert why in answer.json["error"]


def test_an_order_that_is_too_large_is_not_read_to_its_end(shop):
    answer = shop.ask("/orders", b'"' + b"a" * 1_000_000)

    assert (answer.code, answer.json["error"]) == (413, "an order has 65536 bytes at most")


def test_a_job_that_nobody_knows_is_not_found(shop):
    answer = shop.ask("/jobs/job-1")

    assert (answer.code, answer.json["error"]) == (404, "no job is saved under the id 'job-1'")


def test_the_page_counts_the_orders_and_links_to_the_latest(shop):
    place = shop.order().headers["Location"]
    shop.wait_until(place, "completed")

    page = shop.ask("/").body

    assert re.search(r"0 processing, [1-9]\d* completed", page)
    assert f'href="{place}"' in page


def test_the_page_asks_nobody_else_for_anything(shop):
    answer = shop.ask("/")

    assert re.findall(r"https?:|//|\bsrc=|@import|url\(", answer.body) == []
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_full_queue_says_when_to_come_again():
    with served(workers=1, buffer=1, takes=60, drain=0) as shop:
        at_work = shop.order()
        shop.wait_until(at_work.headers["Location"], "processing")
        waits = shop.order()
        refused = shop.order()

        assert [answer.code for answer in (at_work, waits, refused)] == [202, 202, 503]
        assert refused.headers["Retry-After"] == "1"
        assert "no place is free" in refused.json["error"]


@pytest.mark.parametrize("request_to_end", REQUESTS)
def test_a_request_to_end_finishes_what_was_taken(request_to_end):
    with served(workers=1, takes=0.3) as shop:
        places = [shop.order().headers["Location"] for _ in range(3)]
        shop.wait_until(places[0], "processing")
        shop.ask_to_end(request_to_end)
        status, out, err = ended(shop.process)

    assert (status, "Traceback" in err) == (0, False)
    assert "Orders completed: 3, failed: 0, lost: 0" in out


def test_after_the_deadline_it_ends_and_says_what_is_lost():
    with served(workers=1, takes=60, drain=0.2) as shop:
        first = shop.order().headers["Location"]
        shop.order()
        shop.wait_until(first, "processing")
        shop.ask_to_end()
        status, out, err = ended(shop.process)

    assert (status, "Traceback" in err) == (0, False)
    assert "Orders completed: 0, failed: 0, lost: 2" in out


def test_a_server_without_work_ends_when_it_is_asked_to():
    with served() as shop:
        shop.ask_to_end()
        status, out, _ = ended(shop.process)

    assert status == 0
    assert "Orders completed: 0, failed: 0, lost: 0" in out


@pytest.mark.slow
def test_a_client_that_never_finishes_its_request_does_not_hold_up_the_end():
    with served(takes=0) as shop, socket.create_connection(("127.0.0.1", shop.port)) as client:
        client.sendall(b"POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 99\r\n\r\n{")
        order = shop.order()  # By now the server has begun with the first.
        shop.wait_until(order.headers["Location"], "completed")
        shop.ask_to_end()
        status, out, _ = ended(shop.process)

    assert status == 0
    assert "Orders completed: 1, failed: 0, lost: 0" in out
