"""What a job is. It knows nothing about where it is kept or who does its work."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


@dataclass
class Job:
    """One piece of work: what kind it is, what it needs to know, how far it has come."""

    # What kind of work, such as "email".
    type: str
    # What the work needs to know. No two jobs share one by accident.
    payload: dict[str, Any] = field(default_factory=dict)
    # Different from that of every other job, whichever program made it and whenever: chance,
    # because counters begin again and clocks stand still or are set back.
    id: str = field(default_factory=lambda: str(uuid4()))
    # "pending", then "processing" while a handler works, then "completed" or "failed".
    status: str = "pending"
