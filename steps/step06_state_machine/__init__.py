"""PyQueue, step 6: a job takes only the ways that its state machine has.

What stands in `__all__` is promised. Where it is defined is nobody's business but ours.
"""

from .errors import HandlerError, InvalidTransition, JobNotFound, PyQueueError
from .handlers import Handler
from .job import Job
from .processing import process
from .status import Status
from .storage import clear_storage, get_job, save_job

__all__ = [
    "Handler",
    "HandlerError",
    "InvalidTransition",
    "Job",
    "JobNotFound",
    "PyQueueError",
    "Status",
    "clear_storage",
    "get_job",
    "process",
    "save_job",
]
