"""What the queue expects of the functions that do the work."""

from collections.abc import Callable
from typing import Any

# A function that does the work of one kind of job, given the job's payload.
Handler = Callable[[dict[str, Any]], None]
