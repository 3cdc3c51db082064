"""PyQueue, step 12: a job queue, whole.

What stands in `__all__` is promised. Where it is defined is nobody's business but ours.
"""

from .entity.clock import Clock, SystemClock
from .entity.context import CancelFunc, Context, background
from .entity.errors import (
    Cancelled,
    ContextEnded,
    DeadlineExceeded,
    HandlerAlreadyRegistered,
    HandlerError,
    HandlerNotFound,
    InvalidPayload,
    InvalidTransition,
    JobNotFinished,
    JobNotFound,
    PyQueueError,
    QueueFull,
    QueueStopped,
)
from .entity.handler import Handler
from .entity.job import Job
from .entity.status import Status
from .handler.registry import Registry
from .queue import Queue
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .usecase.job_processor import JobProcessor
from .worker.pool import WorkerPool
from .worker.stats import Stats

__all__ = [
    "CancelFunc",
    "Cancelled",
    "Clock",
    "Context",
    "ContextEnded",
    "DeadlineExceeded",
    "Handler",
    "HandlerAlreadyRegistered",
    "HandlerError",
    "HandlerNotFound",
    "InvalidPayload",
    "InvalidTransition",
    "Job",
    "JobNotFinished",
    "JobNotFound",
    "JobProcessor",
    "JobStorage",
    "MemoryStorage",
    "PyQueueError",
    "Queue",
    "QueueFull",
    "QueueStopped",
    "Registry",
    "Stats",
    "Status",
    "SystemClock",
    "WorkerPool",
    "background",
]
