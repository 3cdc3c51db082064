"""What a learner starts a step with."""

import textwrap

import pytest

from lab.catalog import given, package_files, steps
from lab.check import check
from lab.starter import starter


def started(before, after, *, mine=None, number=4):
    """The starter of one file."""
    before, after = textwrap.dedent(before), textwrap.dedent(after)
    base = before if mine is None else textwrap.dedent(mine)
    files = starter(number, {"a.py": base}, {"a.py": before}, {"a.py": after})
    return files["a.py"]


BEFORE = '''\
    """Step 3."""

    import os


    def old(a: int) -> int:
        """Old."""
        return a
    '''


def starter_of(step):
    return starter(step.number, given(step), given(step), package_files(step.folder))


def write(files, workspace):
    for name, text in files.items():
        path = workspace / "pyqueue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def statements(files):
    """The lines that do the work, wherever they stand: a step may move them."""
    lines = (
        line.strip() for n, text in files.items() if n != "__main__.py" for line in text.split("\n")
    )
    return {line for line in lines if line.startswith(("raise ", "return ", "job.", "self."))} - {
        "raise NotImplementedError"
    }


@pytest.mark.slow
@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_a_starter_can_be_imported_and_breaks_promises_of_its_step(step, tmp_path):
    write(starter_of(step), tmp_path)

    report = check(step.number, tmp_path)

    assert [p for p in report.broken if p.step == step.number] != []
    assert "importing your package fails" not in report.broken[0].message


@pytest.mark.slow
@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_the_solution_of_a_starter_is_the_step(step, tmp_path):
    write(package_files(step.folder), tmp_path)

    report = check(step.number, tmp_path)

    assert report.broken == []


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_a_starter_has_no_body_that_the_step_adds(step):
    bodies = statements(package_files(step.folder)) - statements(given(step))

    assert bodies & statements(starter_of(step)) == set()


def test_a_new_function_is_a_stub_with_its_signature_and_docstring():
    after = (
        BEFORE
        + '''

    def new(b: str = "x") -> str:
        """New."""
        return b
    '''
    )

    assert (
        'def new(b: str = "x") -> str:\n    """New."""\n'
        "    # TODO(step 4)\n    raise NotImplementedError\n"
    ) in started(BEFORE, after)


def test_a_new_function_on_one_line_is_a_stub_like_any_other():
    after = BEFORE + "\n\n    def new() -> None: print()\n"

    assert "def new() -> None:\n    # TODO(step 4)\n    raise" in started(BEFORE, after)


def test_a_new_private_function_is_left_to_the_learner():
    after = BEFORE + "\n\n    def _helper() -> None: ...\n"

    assert "_helper" not in started(BEFORE, after)


def test_a_changed_function_keeps_its_body_and_says_what_it_should_become():
    after = BEFORE.replace("a: int) -> int", "a: int, b: int) -> int").replace(
        "return a", "return b"
    )

    assert (
        "# TODO(step 4): change it to\n#     def old(a: int, b: int) -> int:\n"
        'def old(a: int) -> int:\n    """Old."""\n    return a\n'
    ) in started(BEFORE, after)


def test_a_function_whose_signature_and_promise_change_says_both():
    after = BEFORE.replace("a: int)", "a: str)").replace("Old.", "New.")

    assert (
        "# TODO(step 4): change it to\n#     def old(a: str) -> int:\n"
        '#         """New."""\ndef old(a: int)'
    ) in started(BEFORE, after)


def test_a_function_that_goes_is_marked():
    after = '    """Step 4."""\n'

    assert "# TODO(step 4): old is not needed any more\ndef old(" in started(BEFORE, after)


def test_a_change_of_a_comment_only_is_taken_over():
    before = "    # Before.\n    LIMIT = 3\n"
    after = "    # After.\n    LIMIT = 3\n"

    assert started(before, after) == "# After.\nLIMIT = 3\n"


def test_a_learners_own_version_of_a_comment_stays():
    before = "    # Before.\n    LIMIT = 3\n"
    after = "    # After.\n    LIMIT = 3\n"

    assert started(before, after, mine="    # Mine.\n    LIMIT = 3\n") == "# Mine.\nLIMIT = 3\n"


def test_a_new_class_has_its_public_methods_as_stubs_and_its_fields_as_things_to_do():
    after = (
        BEFORE
        + '''

    class Shop(Base):
        """A shop."""

        name: str
        open: bool = True

        def sell(self) -> None:
            """Sell."""
            self._till += 1

        def _count(self) -> int:
            return self._till
    '''
    )

    assert textwrap.dedent('''\
        class Shop(Base):
            """A shop."""

            # TODO(step 4): name
            # TODO(step 4): open

            def sell(self) -> None:
                """Sell."""
                # TODO(step 4)
                raise NotImplementedError
    ''') in started(BEFORE, after)


SHOP = '''\
    class Shop:
        """A shop."""

        name: str

        def sell(self) -> None:
            """Sell."""
            print("sold")
    '''


def test_a_class_that_gains_a_field_and_a_method_keeps_what_it_has():
    after = (
        SHOP.replace("    name: str\n", "    name: str\n        city: str\n")
        + '''
        def close(self) -> None:
            """Close."""
            print("closed")
    '''
    )

    assert started(SHOP, after) == textwrap.dedent('''\
        class Shop:
            """A shop."""

            name: str
            # TODO(step 4): city

            def sell(self) -> None:
                """Sell."""
                print("sold")

            def close(self) -> None:
                """Close."""
                # TODO(step 4)
                raise NotImplementedError
    ''')


def test_what_python_calls_by_itself_breaks_nothing_before_it_is_written():
    after = SHOP.replace(
        "    def sell",
        '''    def __post_init__(self) -> None:
            """Refuse a shop without a name."""
            if not self.name:
                raise ValueError

        def sell''',
    )

    assert textwrap.dedent("""\
        class Shop:
            \"\"\"A shop.\"\"\"

            name: str

            # TODO(step 4): add
            #     def __post_init__(self) -> None:
            #         \"\"\"Refuse a shop without a name.\"\"\"

            def sell(self) -> None:
    """) in started(SHOP, after)


def test_a_changed_method_is_marked_inside_its_class():
    after = SHOP.replace("Sell.", "Sell one.").replace('print("sold")', 'print("sold one")')

    note = "    # TODO(step 4): change what it does to\n    #     Sell one.\n"
    assert note in started(SHOP, after)


def test_a_learners_own_code_in_another_order_gets_the_same_stubs():
    mine = '''\
        """My queue."""

        def helper():
            return 1

        def old(a):
            return a + helper()
    '''
    after = (
        BEFORE
        + '''

    def new() -> None:
        """New."""
        print("new")
    '''
    )

    text = started(BEFORE, after, mine=mine)

    assert 'return a + helper()\n\n\ndef new() -> None:\n    """New."""\n' in text


def test_a_learners_own_file_gets_the_imports_that_the_stubs_need():
    after = BEFORE.replace("import os\n", "import os\n    from typing import Any, Self\n")

    text = started(BEFORE, after, mine='    """Mine."""\n\n    from typing import Any\n')

    assert text == '"""Mine."""\n\nfrom typing import Any\nimport os\nfrom typing import Self\n'


def test_an_import_that_the_old_code_still_needs_stays():
    after = BEFORE.replace("import os\n", "import sys\n").replace("return a", "return a + 1")

    assert '"""Step 3."""\n\nimport sys\nimport os\n' in started(BEFORE, after)


def test_what_moves_to_another_file_is_left_for_the_learner_to_move():
    before = {"a.py": "A: int = 1\n_b = 2\n"}
    after = {"a.py": "from .b import A\n", "b.py": '"""B."""\n\nA: int = 1\n_b = 2\n'}

    assert starter(4, before, before, after) == {
        "a.py": (
            "# TODO(step 4): A moves to b.py\nA: int = 1\n"
            "# TODO(step 4): _b moves to b.py\n_b = 2\n"
        ),
        "b.py": (
            '"""B."""\n\n# TODO(step 4): A moves here from a.py\n'
            "# TODO(step 4): _b moves here from a.py\n"
        ),
    }


def test_the_scene_is_given_and_not_to_be_written():
    scene = {"__main__.py": "print('hello')\n"}

    assert starter(4, {}, {}, scene) == scene


def test_a_file_that_the_step_removes_is_marked():
    files = starter(4, {"a.py": "A = 1\n"}, {"a.py": "A = 1\n"}, {})

    note = "# TODO(step 4): take along what you need, then delete this file\n"
    assert files == {"a.py": note + "A = 1\n"}


def test_a_file_that_gets_another_place_is_moved_with_what_the_learner_wrote():
    before = {"a.py": "A = 1\n"}
    after = {"b/c.py": "A = 1\n"}

    assert starter(4, {"a.py": "A = 1  # mine\n"}, before, after) == {"b/c.py": "A = 1  # mine\n"}


def test_a_file_that_moves_and_changes_is_marked_at_its_new_place():
    before = {"a.py": "A: int = 1\n"}
    after = {"b/c.py": "A: int = 2\n"}

    moved = {"b/c.py": "# TODO(step 4): A changes\nA: int = 1\n"}
    assert starter(4, before, before, after) == moved


def test_an_import_of_what_is_still_to_be_written_is_left_to_the_learner():
    before = {"a.py": "", "c.py": "C = 1\n"}
    after = {"a.py": "from .b import B\nfrom .c import C\n", "b.py": "B = 1\n", "c.py": "C = 1\n"}

    assert starter(4, before, before, after)["a.py"] == "from .c import C\n"


def test_an_import_from_a_file_that_goes_is_left_out():
    before = {"__init__.py": "from .a import f\n", "a.py": "def f() -> None: ...\n"}
    after = {
        "__init__.py": "from .b.c import G\n",
        "b/__init__.py": "",
        "b/c.py": 'class G:\n    """G."""\n',
    }

    assert starter(4, before, before, after)["__init__.py"] == "from .b.c import G\n"


def test_an_import_from_the_packages_face_stays():
    before = {"__init__.py": "from .a import A\n", "a.py": "A = 1\n"}
    after = {**before, "b/c.py": "from .. import A\nfrom .d import D\n", "b/d.py": "D = A = 1\n"}

    assert "from .. import A\n" in starter(4, before, before, after)["b/c.py"]


def test_a_function_that_keeps_its_promise_is_marked_as_working_in_another_way():
    after = BEFORE.replace("return a", "return a + 0")

    assert "# TODO(step 4): old works in another way; what it promises stays\ndef old(" in started(
        BEFORE, after
    )


def test_a_field_that_becomes_a_property_says_what_it_becomes():
    before = """\
        class Shop:
            open: bool = True
        """
    after = '''\
        class Shop:
            @property
            def open(self) -> bool:
                """Whether it is."""
                return self._open
        '''

    assert (
        "    # TODO(step 4): change it to\n    #     @property\n    #     def open(self) -> bool:\n"
        '    #         """Whether it is."""\n    open: bool = True\n'
    ) in started(before, after)


def test_a_learners_file_of_their_own_stays():
    files = starter(4, {"notes.py": "# mine\n"}, {}, {"a.py": "A = 1\n"})

    assert files["notes.py"] == "# mine\n"
