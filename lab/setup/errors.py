"""What can go wrong while setting up."""


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do about it."""


class NoNetworkError(SetupError):
    """The package index could not be reached."""
