"""Python imports this by itself, first of all, in every process that a graded promise starts."""

import os
import sys

# Whoever starts it wants no bytecode beside the sources; the library's own is there to be used.
sys.pycache_prefix = None
sys.dont_write_bytecode = True

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))

sys.path.insert(0, _ROOT)
from lab.grade.guard import install  # noqa: E402 (the lab is found only now)

sys.path.remove(_ROOT)
install(os.environ["PYQUEUE_GRADED_IN"], lambda what: None)
