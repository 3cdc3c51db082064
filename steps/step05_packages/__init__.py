"""PyQueue, step 5: modules with one purpose each, and a public face.

What stands in `__all__` is promised. Where it is defined is nobody's business but ours.
"""

from .errors import HandlerError, JobNotFound, PyQueueError
from .handlers import Handler
from .job import Job
from .processing import process
from .storage import clear_storage, get_job, save_job

__all__ = [
    "Handler",
    "HandlerError",
    "Job",
    "JobNotFound",
    "PyQueueError",
    "clear_storage",
    "get_job",
    "process",
    "save_job",
]
