"""Modules with one purpose each, none in a circle, behind one public face."""

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from types import FunctionType, ModuleType

import pytest

from lab.testing import retired_after

CLASSES_FROM_NOW_ON = "from step 7 on, classes do what functions of a module did"


def face(pyqueue):
    """Everything in the public face, by name."""
    return {name: getattr(pyqueue, name) for name in pyqueue.__all__}


def star_imported(pyqueue):
    """Everything that a star import brings, by name."""
    brought = {}
    exec(f"from {pyqueue.__name__} import *", brought)
    del brought["__builtins__"]
    return brought


def visible(pyqueue):
    """What shows through the face, by name: all but the package's own modules and its dunders.

    Python itself puts a module into its package, under the module's name. And what a `from
    __future__ import` leaves behind is not there to be used.
    """
    return {
        name: thing
        for name, thing in vars(pyqueue).items()
        if not name.startswith("__")
        and getattr(thing, "__name__", "") != f"{pyqueue.__name__}.{name}"
        and type(thing).__module__ != "__future__"
    }


def defined(module):
    """The names that a module gives to things of its own: `def`, `class` and `=` at its top."""
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name


def circle(imports):
    """Modules that import each other, from one of them all the way back to it."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


@pytest.mark.chapter("one-purpose")
@retired_after(6, CLASSES_FROM_NOW_ON)
def test_the_job_its_errors_its_storage_and_its_processing_are_modules_of_their_own(pyqueue):
    parts = [pyqueue.Job, pyqueue.PyQueueError, pyqueue.save_job, pyqueue.process]

    assert len({part.__module__ for part in parts}) == 4


@pytest.mark.chapter("one-purpose")
@retired_after(6, CLASSES_FROM_NOW_ON)
def test_saving_finding_and_forgetting_are_one_purpose_and_in_one_module(pyqueue):
    parts = [pyqueue.save_job, pyqueue.get_job, pyqueue.clear_storage]

    assert len({part.__module__ for part in parts}) == 1


@pytest.mark.chapter("one-purpose")
def test_what_the_face_shows_is_defined_in_one_module_and_not_copied(pyqueue, sources):
    places = Counter(name for module in sources.values() for name in set(defined(module)))

    assert [name for name in pyqueue.__all__ if places[name] > 1] == []


@pytest.mark.chapter("no-circle")
def test_no_module_imports_one_that_needs_it_first(imports):
    assert circle(imports) == []


@pytest.mark.chapter("face")
@pytest.mark.parametrize("name", ["Handler", "HandlerError", "Job", "JobNotFound", "PyQueueError"])
def test_the_face_names_what_a_caller_needs(pyqueue, name):
    assert name in pyqueue.__all__


@pytest.mark.chapter("face")
@pytest.mark.parametrize("name", ["process", "save_job", "get_job", "clear_storage"])
@retired_after(6, CLASSES_FROM_NOW_ON)
def test_the_face_names_what_a_caller_can_do(pyqueue, name):
    assert name in pyqueue.__all__


@pytest.mark.chapter("face")
def test_everything_that_the_face_names_is_there(pyqueue):
    assert [name for name in pyqueue.__all__ if not hasattr(pyqueue, name)] == []


@pytest.mark.chapter("face")
def test_the_face_shows_things_and_makes_none(pyqueue):
    made_here = [
        name
        for name, thing in vars(pyqueue).items()
        if isinstance(thing, type | FunctionType) and thing.__module__ == pyqueue.__name__
    ]

    assert made_here == []


@pytest.mark.chapter("leaks")
def test_a_star_import_brings_the_face_and_nothing_else(pyqueue):
    assert sorted(star_imported(pyqueue)) == sorted(pyqueue.__all__)


@pytest.mark.chapter("leaks")
def test_nothing_in_the_face_is_private(pyqueue):
    assert [name for name in pyqueue.__all__ if name.startswith("_")] == []


@pytest.mark.chapter("leaks")
def test_no_module_is_part_of_the_face(pyqueue):
    modules = [name for name, thing in face(pyqueue).items() if isinstance(thing, ModuleType)]

    assert modules == []


@pytest.mark.chapter("leaks")
def test_no_dict_list_or_set_is_part_of_the_face(pyqueue):
    drawers = [
        name for name, thing in face(pyqueue).items() if isinstance(thing, dict | list | set)
    ]

    assert drawers == []


@pytest.mark.chapter("leaks")
def test_nothing_in_the_face_belongs_to_somebody_else(pyqueue):
    borrowed = [
        name
        for name, thing in face(pyqueue).items()
        if isinstance(thing, type | FunctionType)
        and thing.__module__.partition(".")[0] != pyqueue.__name__.partition(".")[0]
    ]

    assert borrowed == []


@pytest.mark.chapter("leaks")
def test_nothing_shows_through_the_face_that_is_not_in_it(pyqueue):
    assert [name for name in visible(pyqueue) if name not in pyqueue.__all__] == []


@pytest.mark.chapter("face")
@retired_after(6, CLASSES_FROM_NOW_ON)
def test_the_shop_needs_nothing_but_the_face(pyqueue):
    shop = star_imported(pyqueue)
    shipped = []
    exec(
        """
job = Job("parcel", {"order": "A-1001"})
save_job(job)
process(get_job(job.id), ship)
""",
        shop | {"ship": shipped.append},
    )

    assert shipped == [{"order": "A-1001"}]
