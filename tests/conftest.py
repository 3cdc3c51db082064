"""Every test of a step takes the package that it tries from the `pyqueue` fixture."""

from lab.testing import (  # noqa: F401  (hooks and fixtures: pytest finds them here by name)
    pyqueue,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
)

pytest_plugins = ["lab.race.pytest_plugin"]
