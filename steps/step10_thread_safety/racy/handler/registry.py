"""Which handler is for which type of job."""

from ..entity.errors import HandlerAlreadyRegistered, HandlerNotFound
from ..entity.handler import Handler, require_handler


class Registry:
    """Handlers by type of job. A new one is empty, and no two share a handler."""

    def __init__(self) -> None:
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
        if job_type in self._handlers:
            raise HandlerAlreadyRegistered(
                f'"{job_type}" has a handler already: {self._handlers[job_type]!r}'
            )
        self._handlers[job_type] = handler

    def get_handler(self, job_type: str) -> Handler:
        """The handler for this type. Raises HandlerNotFound, naming the types that have one."""
        try:
            return self._handlers[job_type]
        except KeyError:
            known = ", ".join(sorted(self._handlers)) or "none"
            raise HandlerNotFound(f'no handler for "{job_type}"; registered: {known}') from None
