"""Print a report for the learner whose code it is about."""

from rich.text import Text

from lab.catalog import step, step_after
from lab.chapter import title_of
from lab.check.report import Promise, Report
from lab.say import command, console

# A step that changes how everything is called breaks all that was promised before, for a while.
_MOST_OF_EARLIER_STEPS = 10


def show(report: Report, *, everything: bool = False) -> None:
    """Print every verdict of the step, why the first broken promise is broken, and what is next.

    With `everything`, why each of them is.
    """
    _heading(report)
    if report.broken and report.broken[0].cannot_be_imported:
        _explain(report.broken[0])
        console().print("\nUntil it can be, no promise is kept.", style="bold red")
        return
    current = [promise for promise in report.promises if promise.step == report.step]
    for promise in current:
        _line(promise)
    _earlier([promise for promise in report.promises if promise.step < report.step])
    for promise in report.broken if everything else report.broken[:1]:
        _explain(promise)
    _summary(report, everything=everything)


def _heading(report: Report) -> None:
    console().print(Text(f"Step {report.step} · {title_of(step(report.step))}", style="bold"))


def _line(promise: Promise) -> None:
    mark = ("  ok  ", "green") if promise.ok else ("  --  ", "bold red")
    console().print(Text.assemble(mark, promise.promise))


def _earlier(promises: list[Promise]) -> None:
    """One line for what the earlier steps promised, and one for each of it that broke."""
    if not promises:
        return
    kept = sum(promise.ok for promise in promises)
    style = "green" if kept == len(promises) else "bold red"
    console().print(Text(f"  and of earlier steps, {kept} of {len(promises)} kept", style=style))
    broken = [promise for promise in promises if not promise.ok]
    for promise in broken[:_MOST_OF_EARLIER_STEPS]:
        mark = ("  --  ", "bold red")
        console().print(Text.assemble(mark, f"{promise.promise} (step {promise.step})"))
    if len(broken) > _MOST_OF_EARLIER_STEPS:
        console().print(f"      and {len(broken) - _MOST_OF_EARLIER_STEPS} more")


def _explain(promise: Promise) -> None:
    words = "Your package cannot be imported" if promise.cannot_be_imported else promise.promise
    console().print()
    console().print(Text(words, style="bold red"))
    width = max(len("your code"), *(len(detail.label) for detail in promise.details)) + 2
    for label, text in promise.details:
        for number, line in enumerate(text.splitlines() or [""]):
            shown = label if number == 0 else ""
            console().print(Text.assemble((f"  {shown:<{width}}", "dim"), line))


def _summary(report: Report, *, everything: bool) -> None:
    console().print()
    counts = (
        f"{len(report.kept)} of {len(report.promises)} promises kept, in {report.seconds:.2f} s"
    )
    console().print(Text(counts, style="bold red" if report.broken else "bold green"))
    if not report.broken:
        console().print(_after(report.step))
    elif not everything and len(report.broken) > 1:
        console().print(f"Begin with the one above; {command('check --all')} explains the others.")


def _after(number: int) -> str:
    following = step_after(number)
    if following is None:
        return f"Step {number} is done, and it is the last one there is so far."
    return f"Step {number} is done. Next: {command(f'start {following.number}')}"
