"""Notice when something was put in place of a part of the test run.

Code that runs beside pytest can replace what decides, such as `pytest.raises`, or a function of a
test. Before a submission is imported, each function and class of the modules that decide is noted;
afterwards each of them must still be the same one.
"""

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

_SEALED = {
    *("__main__", "_pytest", "pytest", "pluggy", "hypothesis", "lab", "tests", "builtins"),
    # Parts of the library that promises and the race explorer stand on.
    *("ast", "contextlib", "copy", "datetime", "gc", "inspect", "json", "operator", "random", "re"),
    *("subprocess", "threading", "_thread", "time", "types", "weakref"),
}
# The hooks of pytest that decide about a promise.
_HOOKS = (
    *("pytest_runtest_protocol", "pytest_runtest_setup", "pytest_runtest_call"),
    *("pytest_runtest_teardown", "pytest_runtest_makereport", "pytest_pyfunc_call"),
    *("pytest_fixture_setup", "pytest_runtest_logreport"),
)
_Place = tuple[Mapping[str, Any], str, object, str]


class Seals:
    """What was there when it was made, to be compared with what is there now."""

    def __init__(self, hooks: Any) -> None:
        modules = [m for name, m in sys.modules.items() if name.partition(".")[0] in _SEALED]
        self._places = [place for module in modules for place in _places(module)]
        # A new global of a test's module would be found before the builtin of that name.
        tests = [vars(m) for m in modules if m.__name__.partition(".")[0] == "tests"]
        self._globals = [(names, set(names)) for names in tests]
        self._hooks = [(getattr(hooks, name), name) for name in _HOOKS]
        self._calls = [_called_by(hook) for hook, _ in self._hooks]

    def broken(self) -> str:
        """What was replaced, in words; empty if nothing was."""
        for holder, name, value, place in self._places:
            if holder.get(name) is not value:
                return f"replaced {place}.{name}"
        for names, before in self._globals:
            if new := names.keys() - before:
                return f"put {min(new)} into {names['__name__']}"
        for (hook, name), called in zip(self._hooks, self._calls, strict=True):
            if _called_by(hook) != called:
                return f"changed who is called for {name}"
        return ""


def _called_by(hook: Any) -> list[int]:
    return [id(implementation) for implementation in hook.get_hookimpls()]


def _places(module: ModuleType) -> Iterator[_Place]:
    name = module.__name__
    for key, value in list(vars(module).items()):
        if callable(value) or isinstance(value, ModuleType):
            yield vars(module), key, value, name
        if isinstance(value, type) and value.__module__ == name:
            yield from (
                (vars(value), method, function, f"{name}.{key}")
                for method, function in list(vars(value).items())
                if callable(function) or isinstance(function, staticmethod | classmethod | property)
            )
