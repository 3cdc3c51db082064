"""How much of the machine a submission's process may use. Windows has no such limits."""

import contextlib
import math
import os
import sys
from pathlib import Path

# Bytes of memory and of a file that is written; files open at once; processes and threads.
MEMORY = 1_000_000_000
FILE_SIZE = 4_000_000
OPEN_FILES = 128
TASKS = 100


def limit_all(seconds: float, tasks: int) -> None:
    """Limit this process and all that it starts; `seconds` are of the processor.

    `tasks` is how many processes and threads the user may have, all together.
    """
    if sys.platform == "win32":
        return
    import resource

    whole = math.ceil(seconds) + 1
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NPROC, tasks),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # macOS refuses some of these, and then they are not limited there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


def limit_next(seconds: float) -> None:
    """From here on the process may use so many seconds of the processor, and is ended after."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard), hard))


def cores() -> list[int | None]:
    """The processor's cores that we may use, where the system tells; else None, for any."""
    if sys.platform != "linux":
        return [None]
    return [*sorted(os.sched_getaffinity(0))]


def tasks_allowed() -> int:
    """As many processes and threads as this user has now, and a few more."""
    if sys.platform != "linux":
        return 2_000
    mine = os.getuid()
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == mine:
                count += len(os.listdir(process / "task"))
    return count + TASKS
