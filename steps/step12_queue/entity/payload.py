"""What a payload can be made of: what JSON has, so that any storage can keep it."""

from collections.abc import Iterator
from copy import deepcopy
from math import isfinite
from typing import Any

from .errors import InvalidPayload

# What needs no copy. A subclass, such as an enum's member, would come back from a storage as
# something else, so it is none of these.
_PLAIN = frozenset({str, int, bool, type(None)})


def copy_payload(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy with nothing in common that could change.

    Raises InvalidPayload, naming the place, for what JSON does not have: a date, a tuple, a number
    that is not finite, a key that is no text, something that contains itself.
    """
    if type(payload) is not dict:
        raise InvalidPayload(f'a payload is a dict such as {{"order": "A-1001"}}, not {payload!r}')
    try:
        return {_key(key): _copy(value) for key, value in payload.items()}
    except (TypeError, RecursionError):
        raise InvalidPayload(_complaint(payload)) from None


def fresh_copy(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy to do with as one likes; also of what is no payload by the rules above."""
    try:
        return {key: _copy(value) for key, value in payload.items()}
    except (TypeError, RecursionError):
        return deepcopy(payload)


def _key(key: Any) -> str:
    if type(key) is not str:
        raise TypeError
    return key


def _copy(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN or (kind is float and isfinite(value)):
        return value
    if kind is list:
        return [_copy(item) for item in value]
    if kind is dict:
        return {_key(key): _copy(item) for key, item in value.items()}
    raise TypeError


# Only from here on does it matter where the mistake is, and so nothing above has to remember.


def _complaint(payload: dict[str, Any]) -> str:
    place, what = next(_mistakes(payload, "payload", ()), ("payload", "is nested too deep"))
    return (
        f"{place} {what}; a payload has what JSON has: text, finite numbers, True, False, None, "
        "lists, and dicts whose keys are text"
    )


def _mistakes(value: Any, place: str, around: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Each place that is not as in JSON, and what is wrong there. `around` are what it is in."""
    kind = type(value)
    if kind in (list, dict):
        if id(value) in around:
            yield place, "contains itself"
            return
        if len(around) > 100:
            yield place, "is nested more than 100 deep"
            return
        items = value.items() if kind is dict else enumerate(value)
        for key, item in items:
            if kind is dict and type(key) is not str:
                yield place, f"has the key {key!r}, which is {_a(key)}"
            yield from _mistakes(item, f"{place}[{key!r}]", (*around, id(value)))
    elif kind is float and not isfinite(value):
        yield place, f"is {value!r}"
    elif kind not in _PLAIN and kind is not float:
        yield place, f"is {value!r}, {_a(value)}"


def _a(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
