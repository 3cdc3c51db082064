"""Try the promises of a step on a learner's package, and say in plain words how it went.

`runner` starts a process (`child`) in which the learner's code runs; the child turns failures
into plain words (`explain`) and reports them one by one; `report` is what comes out, and `show`
prints it.
"""

from lab.check.report import CannotCheck, Detail, Promise, Report
from lab.check.runner import Trial, check

__all__ = ["CannotCheck", "Detail", "Promise", "Report", "Trial", "check"]
