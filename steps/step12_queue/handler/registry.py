"""Which handler is for which type of job."""

from threading import Lock
from typing import NamedTuple

from ..entity.errors import HandlerAlreadyRegistered, HandlerNotFound
from ..entity.handler import Handler, Kind, kind_of, require_handler


class Entry(NamedTuple):
    """A handler, and where it runs."""

    handler: Handler
    kind: Kind


class Registry:
    """Handlers by type of job. A new one is empty, and no two share a handler.

    Its methods may be called from any thread.
    """

    def __init__(self) -> None:
        # Held from looking whether a type is taken until it is: the two are one act.
        self._lock = Lock()
        # What was registered first stays: no handler is ever replaced or taken out.
        self._entries: dict[str, Entry] = {}

    def register_handler(self, job_type: str, handler: Handler, *, cpu_bound: bool = False) -> None:
        """From now on, let this handler do the work of jobs of this type.

        One that is `cpu_bound` runs in another process. Raises HandlerAlreadyRegistered if the type
        has a handler, be it this very one, and TypeError if the type is not text, the handler not
        a function, or CPU-bound and async or without a name in a module. Then nothing changes.
        """
        if not isinstance(job_type, str):
            raise TypeError(f'a job type must be text such as "email", not {job_type!r}')
        require_handler(handler)
        entry = Entry(handler, kind_of(handler, cpu_bound=cpu_bound))
        with self._lock:
            if job_type not in self._entries:
                self._entries[job_type] = entry
                return
            taken = self._entries[job_type].handler
        raise HandlerAlreadyRegistered(f'"{job_type}" has a handler already: {taken!r}')

    def get_handler(self, job_type: str) -> Handler:
        """The handler for this type. Raises HandlerNotFound, naming the types that have one."""
        return self.get_entry(job_type).handler

    def get_entry(self, job_type: str) -> Entry:
        """As `get_handler`, and where the handler runs."""
        # To look once into a dict is one act, and needs no lock.
        entry = self._entries.get(job_type)
        if entry is None:
            with self._lock:
                known = ", ".join(sorted(self._entries)) or "none"
            raise HandlerNotFound(f'no handler for "{job_type}"; registered: {known}')
        return entry
