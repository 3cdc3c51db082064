"""A shop's web server with the queue inside it: it takes an order at once, and works on it later.

    python -m examples.web_app

`POST /orders` answers 202 and says where to look; `GET /jobs/ID` tells how far the order has come;
`/` is a page for whoever runs the shop. Ctrl-C, or SIGTERM, ends it: no new orders, but those that
were taken are finished, as far as the time allows.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from uvicorn.server import HANDLED_SIGNALS

from steps.step12_queue import (
    Context,
    Handler,
    InvalidPayload,
    Job,
    JobNotFound,
    Queue,
    QueueFull,
    QueueStopped,
    Status,
)

# Bytes of the largest order that is read. More than that is no order.
LARGEST_ORDER = 64 * 1024
# How often an order is tried in all.
RUNS = 3
# Seconds that answers under way may take once the server is to end. Then the queue is stopped.
LAST_ANSWERS = 2
# How many orders the page shows.
SHOWN = 20

# What the client is told when the queue says no.
STATUS_CODES: dict[type[Exception], int] = {
    InvalidPayload: 400,
    JobNotFound: 404,
    QueueFull: 503,
    QueueStopped: 503,
}


def make_app(queue: Queue, drain: float) -> Starlette:
    """The shop as an ASGI application, for any server.

    The queue starts and ends with the server; at the end it gets `drain` seconds to finish.
    """
    desk = Desk(queue)
    return Starlette(
        routes=[
            Route("/", desk.show_page),
            Route("/orders", desk.take_order, methods=["POST"]),
            Route("/jobs/{job_id}", desk.tell_status, name="job"),
        ],
        exception_handlers={
            **dict.fromkeys(STATUS_CODES, refuse),
            HTTPException: refuse,
            ClientDisconnect: refuse,
        },
        lifespan=lambda app: working(queue, drain),
    )


class Desk:
    """Where the shop's customers ask. Each method answers one kind of request."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def take_order(self, request: Request) -> Response:
        """202, and where to ask about the order. The work has not even begun."""
        order = await read_json(request)
        # Not `submit_job`: whoever waits for a place keeps a connection open. Better to say no
        # while it is cheap, and let the client come back.
        job = await self._queue.submit_job_nowait("order", order, max_retry=RUNS)
        place = request.url_for("job", job_id=job.id).path
        return JSONResponse(described(job), status_code=202, headers={"Location": place})

    async def tell_status(self, request: Request) -> Response:
        """How far one order has come."""
        job = await self._queue.get_job(request.path_params["job_id"])
        return JSONResponse(described(job))

    async def show_page(self, request: Request) -> Response:
        """How the shop is doing, for people."""
        jobs = [job for status in Status for job in await self._queue.list_by_status(status)]
        return HTMLResponse(page(jobs), headers={"Content-Security-Policy": PAGE_MAY})


@asynccontextmanager
async def working(queue: Queue, drain: float) -> AsyncIterator[None]:
    """The queue at work for as long as the server is up."""
    # Should the server be torn down, this block ends by an error, and the queue at once.
    async with queue:
        yield
        # The server hears nobody any more, so nothing comes in. Finish what there is.
        await queue.stop(drain)
        ended = queue.stats()
        done, failed = (ended.get(status, 0) for status in (Status.COMPLETED, Status.FAILED))
        # They are kept in memory: what is left is lost.
        lost = len(await queue.list_by_status(Status.PENDING))
        print(f"Orders completed: {done}, failed: {failed}, lost: {lost}", flush=True)


async def read_json(request: Request) -> Any:
    """What the client sent. Raises InvalidPayload if that is not JSON."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_ORDER:
            raise HTTPException(413, f"an order has {LARGEST_ORDER} bytes at most")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidPayload(f"an order is sent as JSON: {error}") from error


def refuse(request: Request, error: Exception) -> Response:
    """The answer to a request that cannot be met: why, in words, and when to try again."""
    code, why, headers = STATUS_CODES.get(type(error), 400), str(error), {}
    if isinstance(error, HTTPException):
        code, why, headers = error.status_code, error.detail, dict(error.headers or {})
    if code == 503:
        headers["Retry-After"] = "1"
    return JSONResponse({"error": why}, status_code=code, headers=headers)


def described(job: Job) -> dict[str, Any]:
    """What a customer may know about a job."""
    return {"id": job.id, "status": job.status, "attempts": job.attempts, "error": job.error}


# The page asks nobody for anything, and nothing that stands on it is run.
PAGE_MAY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>The shop's orders</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 1rem }}
td, th {{ padding: 0 1.5rem 0 0; text-align: left; vertical-align: top }}
</style>
</head>
<body>
<h1>The shop's orders</h1>
<p>{counts}</p>
<table>
<thead><tr><th>Order<th>Status<th>Attempts<th>Error</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
"""


def page(jobs: list[Job]) -> str:
    """How many orders are where, and the latest ones."""
    counts = ", ".join(f"{sum(job.status is status for job in jobs)} {status}" for status in Status)
    latest = sorted(jobs, key=lambda job: job.created_at, reverse=True)[:SHOWN]
    return PAGE.format(counts=counts, rows="\n".join(map(row, latest)))


def row(job: Job) -> str:
    # An error may quote what a customer wrote, and that may be anything.
    link = f'<a href="/jobs/{escape(job.id)}">{escape(job.id[:8])}</a>'
    return f"<tr><td>{link}<td>{job.status}<td>{job.attempts}<td>{escape(job.error)}</tr>"


def fulfil(seconds: float) -> Handler:
    """A handler that asks the bank, and books a parcel; which takes so long."""

    async def fulfil_order(ctx: Context, order: dict[str, Any]) -> None:
        await asyncio.sleep(seconds)
        card = str(order.get("card", ""))
        if not card.isdigit():
            raise ValueError(f"no bank knows the card {card!r}")

    return fulfil_order


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the shop on this machine, for this machine alone, until somebody ends it."""
    options = parser().parse_args(arguments)
    queue = Queue(worker_count=options.workers, buffer_size=options.buffer)
    queue.register_handler("order", fulfil(options.takes))
    # While it is up, the server listens to these itself, and when all is done it raises again what
    # it heard. Then, as before it is up, a request to end is no reason to fail.
    for number in HANDLED_SIGNALS:
        signal.signal(number, lambda number, frame: sys.exit())
    uvicorn.run(
        make_app(queue, options.drain),
        host="127.0.0.1",
        port=options.port,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )


def parser() -> argparse.ArgumentParser:
    says = argparse.ArgumentParser(prog="python -m examples.web_app", description="A shop.")
    says.add_argument("--port", type=int, default=8000, help="where to serve; 0 is any free one")
    says.add_argument("--workers", type=int, default=4, help="orders worked on at a time")
    says.add_argument("--buffer", type=int, default=20, help="orders that may wait for a worker")
    says.add_argument("--takes", type=float, default=1.0, help="seconds that an order takes")
    says.add_argument("--drain", type=float, default=10.0, help="seconds to finish at the end")
    return says


if __name__ == "__main__":
    main()
