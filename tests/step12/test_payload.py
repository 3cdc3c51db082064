"""What is submitted is what JSON has: later it will be kept in a file, or sent somewhere."""

from collections import OrderedDict
from datetime import date
from decimal import Decimal
from enum import IntEnum
from math import inf, nan

import pytest

pytestmark = pytest.mark.chapter("payload")

EVERYTHING = {
    "text": "tea",
    "number": 3,
    "price": 3.5,
    "gift": True,
    "coupon": None,
    "items": [{"name": "tea", "tags": []}, [1, 2]],
    "": {},
}


class Size(IntEnum):
    LARGE = 3


async def test_whatever_json_has_is_taken_and_comes_to_the_handler_as_it_was(queue, shipped):
    async with queue:
        await queue.submit_job("parcel", EVERYTHING)

    assert shipped == [EVERYTHING]


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"due": date(2026, 1, 5)}, "payload['due']"),
        ({"items": [{"name": "tea"}, {"price": Decimal("3.50")}]}, "payload['items'][1]['price']"),
        ({"size": (3, 4)}, "payload['size']"),
        ({"tags": {"new"}}, "payload['tags']"),
        ({"photo": b"..."}, "payload['photo']"),
        ({"size": Size.LARGE}, "payload['size']"),
        ({"order": OrderedDict(number=1)}, "payload['order']"),
        ({"weight": nan}, "payload['weight']"),
        ({"limits": [1.0, inf]}, "payload['limits'][1]"),
        ({"prices": {3: 4}}, "payload['prices']"),
        ({"call": print}, "payload['call']"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_json_does_not_have_is_refused_with_the_way_to_it(
    queue, pyqueue, payload, place
):
    with pytest.raises(pyqueue.InvalidPayload) as refused:
        await queue.submit_job("parcel", payload)

    assert str(refused.value).startswith(f"{place} ")


@pytest.mark.parametrize("payload", [None, [], "A-1001", 3])
async def test_a_payload_is_a_dict(queue, pyqueue, payload):
    with pytest.raises(pyqueue.InvalidPayload, match="dict"):
        await queue.submit_job("parcel", payload)


async def test_a_payload_that_contains_itself_is_refused(queue, pyqueue):
    order = {"items": []}
    order["items"].append(order)

    with pytest.raises(pyqueue.InvalidPayload, match="itself"):
        await queue.submit_job("parcel", order)


async def test_a_payload_that_is_nested_too_deep_is_refused(queue, pyqueue):
    order = deepest = {}
    for _ in range(100_000):
        deepest["in"] = deepest = {}

    with pytest.raises(pyqueue.InvalidPayload, match="deep"):
        await queue.submit_job("parcel", order)


async def test_of_what_is_refused_nothing_is_kept(queue, pyqueue):
    for submit in (queue.submit_job, queue.submit_job_nowait):
        with pytest.raises(pyqueue.InvalidPayload):
            await submit("parcel", {"due": date(2026, 1, 5)})

    assert await queue.list_by_status(pyqueue.Status.PENDING) == []


async def test_whoever_submitted_can_go_on_using_the_payload(queue, shipped):
    order = {"items": [{"name": "tea"}]}
    await queue.submit_job("parcel", order)

    order["items"][0]["name"] = "coffee"
    async with queue:
        pass

    assert shipped == [{"items": [{"name": "tea"}]}]


async def test_the_same_thing_in_two_places_is_no_circle(queue, shipped):
    tea = {"name": "tea"}

    async with queue:
        await queue.submit_job("parcel", {"items": [tea, tea]})

    assert shipped == [{"items": [tea, tea]}]
