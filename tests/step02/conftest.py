from importlib import import_module

import pytest

from tests.older_calls import emails_without_context


@pytest.fixture
def pyqueue(pyqueue, called_as_functions):
    """The package under test, called as it was when these promises were made."""
    return called_as_functions(pyqueue)


@pytest.fixture
def emails(pyqueue, step_number):
    """The shop's email handlers, in the package under test, called as they were then."""
    module = import_module(f"{pyqueue.__name__}.emails")
    return emails_without_context(module, pyqueue, step_number)
