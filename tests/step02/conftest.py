from importlib import import_module

import pytest


@pytest.fixture
def emails(pyqueue):
    """The shop's email handlers, in the package under test."""
    return import_module(f"{pyqueue.__name__}.emails")
