"""A report in the order of the lesson, each broken promise with the part to reread."""

from dataclasses import replace

from lab.book.address import place_in_book
from lab.catalog import LabError, step
from lab.chapter import Chapter, read_chapter
from lab.check.report import UNWRITTEN, Detail, Promise, Report


def in_lesson_order(report: Report) -> Report:
    """Sort the promises as the chapters teach them, and say what to reread for the broken ones.

    The first broken promise is then the one to work on.
    """
    chapters = _chapters(report)
    ordered = sorted(
        report.promises,
        key=lambda promise: (_waits(promise, report.step), *_place(promise, chapters)),
    )
    return replace(report, promises=[_with_reading(p, chapters) for p in ordered])


def _waits(promise: Promise, number: int) -> bool:
    """Whether an earlier promise is broken for want of something that this step is about.

    It comes after the promises of the step, whose order is that of the tasks.
    """
    needs_more = bool(promise.details) and promise.details[0].label in UNWRITTEN
    return promise.step < number and not promise.ok and needs_more


def _chapters(report: Report) -> dict[int, Chapter]:
    chapters = {}
    for number in {promise.step for promise in report.promises}:
        try:
            chapters[number] = read_chapter(step(number))
        except LabError:
            continue  # a course may use the tests without the book
    return chapters


def _place(promise: Promise, chapters: dict[int, Chapter]) -> tuple[int, int]:
    chapter = chapters.get(promise.step)
    anchors = [section.anchor for section in chapter.sections] if chapter else []
    known = promise.section in anchors
    return promise.step, anchors.index(str(promise.section)) if known else len(anchors)


def _with_reading(promise: Promise, chapters: dict[int, Chapter]) -> Promise:
    chapter = chapters.get(promise.step)
    if promise.ok or chapter is None or promise.cannot_be_imported:
        return promise
    for section in chapter.sections:
        if section.anchor == promise.section:
            link = place_in_book(chapter.step, section.anchor)
            reading = Detail("reread", f"step {promise.step}, {section.title}\n{link}")
            return replace(promise, details=(*promise.details, reading))
    return promise
