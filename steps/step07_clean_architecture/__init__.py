"""PyQueue, step 7: layers, each of which knows those below it and none above.

What stands in `__all__` is promised. Where it is defined is nobody's business but ours.
"""

from .entity.errors import HandlerError, InvalidTransition, JobNotFound, PyQueueError
from .entity.handler import Handler
from .entity.job import Job
from .entity.status import Status
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .usecase.job_processor import JobProcessor

__all__ = [
    "Handler",
    "HandlerError",
    "InvalidTransition",
    "Job",
    "JobNotFound",
    "JobProcessor",
    "JobStorage",
    "MemoryStorage",
    "PyQueueError",
    "Status",
]
