import pytest


@pytest.fixture
def pyqueue(pyqueue, called_as_functions):
    """The package under test, called as it was when these promises were made."""
    return called_as_functions(pyqueue)
