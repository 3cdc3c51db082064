"""PyQueue, step 8: a queue that knows which handler does the work of which type of job.

What stands in `__all__` is promised. Where it is defined is nobody's business but ours.
"""

from .entity.errors import (
    HandlerAlreadyRegistered,
    HandlerError,
    HandlerNotFound,
    InvalidTransition,
    JobNotFound,
    PyQueueError,
)
from .entity.handler import Handler
from .entity.job import Job
from .entity.status import Status
from .handler.registry import Registry
from .queue import Queue
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .usecase.job_processor import JobProcessor

__all__ = [
    "Handler",
    "HandlerAlreadyRegistered",
    "HandlerError",
    "HandlerNotFound",
    "InvalidTransition",
    "Job",
    "JobNotFound",
    "JobProcessor",
    "JobStorage",
    "MemoryStorage",
    "PyQueueError",
    "Queue",
    "Registry",
    "Status",
]
