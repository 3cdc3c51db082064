from importlib import import_module

import pytest


@pytest.fixture
def pyqueue(pyqueue, called_as_functions):
    """The package under test, called as it was when these promises were made."""
    return called_as_functions(pyqueue)


@pytest.fixture
def emails(pyqueue):
    """The shop's email handlers, in the package under test."""
    return import_module(f"{pyqueue.__name__}.emails")
