"""The page about a class in a real browser, in light and dark."""

import re
from pathlib import Path

import axe_core_python
import pytest

from lab.catalog import step
from lab.check.report import Detail, Promise
from lab.grade.misconceptions import Misconception
from lab.grade.report import page
from lab.grade.rows import Row, Status

pytestmark = pytest.mark.browser

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
TEST = "tests/step01/test_job.py::test_a_new_job_is_pending"
LOST = Promise(TEST, "A new job is pending", 1, "done", False, (Detail("seen", "nothing"),))
KNOWN = Misconception("late", "a job is done when it is made", frozenset({TEST}))
CLASS = page(
    [
        Row("ada", 1, Status.GRADED, 1, 2, "first broken: A new job is pending", (LOST,)),
        Row("mallory", 1, Status.NOT_BELIEVED, 0, 2, "replaced pytest.raises", (LOST,)),
        Row("nobody", None, Status.NOT_GRADED, note="is neither a folder nor a zip"),
    ],
    {step(1).number: [KNOWN]},
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_the_page_about_a_class(browser, tmp_path, scheme):
    # The page forbids scripts, and axe is one.
    (tmp_path / "class.html").write_text(re.sub(r"<meta http-equiv.*", "", CLASS), "utf-8")
    shown = browser.new_page(color_scheme=scheme)
    shown.goto((tmp_path / "class.html").as_uri())
    shown.add_script_tag(path=AXE)

    found = shown.evaluate("axe.run()")["violations"]

    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


def test_the_page_runs_nothing_even_if_somebody_gets_a_script_into_it(browser, tmp_path):
    text = CLASS.replace("</main>", "<script>document.title = 'taken'</script></main>")
    (tmp_path / "class.html").write_text(text, "utf-8")
    shown = browser.new_page()

    shown.goto((tmp_path / "class.html").as_uri())

    assert shown.title() == "The class"
