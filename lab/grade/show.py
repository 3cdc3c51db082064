"""Grading, as a teacher sees it in a terminal."""

import argparse
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lab.grade.grading import grade
from lab.grade.rows import Row, Status
from lab.grade.submissions import submissions
from lab.say import console

_STYLES = {Status.NOT_GRADED: "yellow", Status.NOT_BELIEVED: "bold red"}


def graded_with_progress(arguments: argparse.Namespace) -> list[Row]:
    """Grade, and in a terminal show how far it is."""
    total = len(submissions(arguments.folder)) * max(1, len(arguments.step))
    with Progress(
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}", markup=False),
        console=console(),
        transient=True,
        disable=not console().is_terminal,
    ) as progress:
        bar = progress.add_task("grading", total=total, last="")

        def told(row: Row) -> None:
            progress.update(bar, advance=1, last=f"{row.name} {row.percent:g} %")

        return grade(
            arguments.folder,
            arguments.step,
            workers=arguments.workers,
            each=arguments.timeout,
            on_row=told,
        )


def show(rows: Sequence[Row]) -> None:
    """A table of all rows, and below it what a person should look at."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, right in (("name", False), ("step", True), ("points", True), ("of", True)):
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    table.add_column("%", justify="right")
    table.add_column("note", overflow="fold")
    for row in rows:
        cells = (
            row.name,
            "" if row.step is None else str(row.step),
            f"{row.points:g}",
            f"{row.of:g}",
            f"{row.percent:g}",
            row.note if row.status is Status.GRADED else f"{row.status}: {row.note}",
        )
        table.add_row(*map(Text, cells), style=_STYLES.get(row.status, ""))
    console().print(table, soft_wrap=False)
    console().print()
    console().print(_summary(rows))
    for row in rows:
        for what in row.look_at:
            console().print(Text(f"look at {row.name}, step {row.step}: it {what}"))


def _summary(rows: Sequence[Row]) -> str:
    graded = [row for row in rows if row.status is Status.GRADED]
    full = sum(row.points == row.of for row in graded)
    text = f"{len(graded)} of {len(rows)} graded, {full} with every point"
    doubted = sum(row.status is Status.NOT_BELIEVED for row in rows)
    return text + (f", {doubted} not believed" if doubted else "")
