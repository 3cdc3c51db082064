import pytest


@pytest.fixture
def pyqueue(pyqueue, called_with_live_jobs):
    """The package under test, with the jobs that these promises were made of."""
    return called_with_live_jobs(pyqueue)
