"""Which handler is for which type of job."""

from threading import Lock

from ..entity.errors import HandlerAlreadyRegistered, HandlerNotFound
from ..entity.handler import Handler, require_handler


class Registry:
    """Handlers by type of job. A new one is empty, and no two share a handler.

    Its methods may be called from any thread.
    """

    def __init__(self) -> None:
        # Held from looking whether a type is taken until it is: the two are one act.
        self._lock = Lock()
        # What was registered first stays: no handler is ever replaced or taken out.
        self._handlers: dict[str, Handler] = {}

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """From now on, let this handler do the work of jobs of this type.

        Raises HandlerAlreadyRegistered if the type has a handler, be it this very one, and
        TypeError if the type is not text or the handler not a function. Then nothing changes.
        """
        if not isinstance(job_type, str):
            raise TypeError(f'a job type must be text such as "email", not {job_type!r}')
        require_handler(handler)
        with self._lock:
            if job_type not in self._handlers:
                self._handlers[job_type] = handler
                return
            taken = self._handlers[job_type]
        raise HandlerAlreadyRegistered(f'"{job_type}" has a handler already: {taken!r}')

    def get_handler(self, job_type: str) -> Handler:
        """The handler for this type. Raises HandlerNotFound, naming the types that have one."""
        with self._lock:
            handler = self._handlers.get(job_type)
            known = ", ".join(sorted(self._handlers)) or "none"
        if handler is None:
            raise HandlerNotFound(f'no handler for "{job_type}"; registered: {known}')
        return handler
