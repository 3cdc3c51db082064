import pytest


@pytest.fixture
def pyqueue(pyqueue, called_without_context):
    """The package under test, called as it was when these promises were made."""
    return called_without_context(pyqueue)
