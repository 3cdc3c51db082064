"""The page about a class, and how a mistake is guessed from what it breaks."""

import re
from html.parser import HTMLParser

import pytest

from lab.catalog import step
from lab.check.report import Detail, Promise
from lab.grade.files import write_json
from lab.grade.misconceptions import (
    Misconception,
    Sureness,
    broken_by,
    guesses,
    known_misconceptions,
)
from lab.grade.report import page
from lab.grade.rows import Row, Status
from lab.solutions import wrong_solutions

COPY = Misconception("a_copy", "a copy is as good", frozenset({"a", "b", "c", "d"}))
SHARED = Misconception("shared", "one <dict> for all", frozenset({"x"}))
TWIN = Misconception("twin", "another reason", frozenset({"x"}))


def promise(name, *, ok=False, section="done"):
    details = () if ok else (Detail("seen", "nothing"),)
    return Promise(f"tests/step01/test_job.py::{name}", name, 1, section, ok, details)


def row(name, **verdicts):
    promises = tuple(promise(test, ok=ok) for test, ok in verdicts.items())
    points = sum(verdicts.values())
    return Row(name, 1, Status.GRADED, points, len(promises), promises=promises)


@pytest.mark.parametrize(
    ("broken", "known", "found"),
    [
        ("", [COPY], []),
        ("abcd", [COPY, SHARED], [("a_copy", Sureness.SURE)]),
        ("x", [SHARED, TWIN], [("shared", Sureness.LIKELY), ("twin", Sureness.LIKELY)]),
        ("abc", [COPY, SHARED], [("a_copy", Sureness.LIKELY)]),
        ("abcde", [COPY, SHARED], [("a_copy", Sureness.LIKELY)]),
        ("xyz", [COPY, SHARED], [("shared", Sureness.POSSIBLE)]),
        ("xyzuvw", [COPY, SHARED], []),
        ("uvw", [COPY, SHARED], []),
    ],
)
def test_a_mistake_is_guessed_from_what_is_broken(broken, known, found):
    guessed = guesses(broken, known)

    assert [(guess.misconception.name, guess.sureness) for guess in guessed] == found


def test_code_that_cannot_be_imported_says_nothing_about_its_author():
    lost = Promise("a", "A", 1, None, details=(Detail("the import", "no"),))

    assert broken_by(Row("ada", 1, Status.GRADED, 0, 1, promises=(lost,))) == []


@pytest.mark.slow
def test_what_a_wrong_solution_breaks_is_measured_once_and_names_its_test(tmp_path):
    measured, again = [], []

    known = known_misconceptions(step(1), cache=tmp_path, on_row=measured.append)
    same = known_misconceptions(step(1), cache=tmp_path, on_row=again.append)

    named = {solution.path.stem: solution.caught_by for solution in wrong_solutions(step(1))}
    missed = [m.name for m in known if not any(named[m.name] in test for test in m.breaks)]
    assert (missed, same == known, len(measured), again) == ([], True, len(named), [])


# The page


@pytest.fixture
def text():
    rows = [
        row("ada", a=True, b=True),
        row("<script>grace</script>", x=False, a=True),
        row("linus", x=False, a=False),
        Row("mallory", 1, Status.NOT_BELIEVED, 0, 2, "replaced pytest.raises"),
        Row("nobody", None, Status.NOT_GRADED, note="is neither a folder nor a zip"),
    ]
    known = Misconception("shared", "one <dict> for all", frozenset({promise("x").test}))
    return page(rows, {1: [known]})


class Tags(HTMLParser):
    """What a page is made of."""

    VOID = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.seen, self.attributes, self.open, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_every_tag_is_closed(text):
    assert Tags(text).open == []


def test_it_asks_nothing_of_another_place_and_runs_nothing(text):
    tags = Tags(text)

    assert {"script", "link", "img", "iframe"}.isdisjoint(tags.seen)
    assert [a for a in tags.attributes if a[1] in ("src", "href") and a[2][0] != "#"] == []
    assert re.search(r"url\(|@import", text) is None


def test_a_name_is_only_text(text):
    assert "<script>grace</script>" in Tags(text).words


def test_everybody_is_in_it(text):
    words = " ".join(Tags(text).words)

    assert [n for n in ("ada", "linus", "mallory", "nobody") if n not in words] == []


def test_it_counts_who_broke_a_promise(text):
    assert "2 of 3" in text


def test_it_names_the_mistake_behind_it_and_how_sure_that_is(text):
    assert "sure: one &lt;dict&gt; for all" in text


def test_it_says_whose_run_is_not_believed(text):
    assert "3 of 5 submissions graded, 1 could not be, and 1 not believed" in text


def test_every_column_and_line_of_its_tables_is_named(text):
    assert text.count("<table>") == text.count("<caption>")
    assert 'scope="col"' in text
    assert text.count("<tr>") == text.count("<thead>") + text.count('scope="row"')


def test_a_class_without_a_fault_has_a_page_as_well():
    assert "Nobody broke a promise." in page([row("ada", a=True)], {})


def test_the_command_makes_a_page_of_what_grade_wrote(learn, tmp_path):
    write_json([row("ada", a=True)], tmp_path / "grades.json")

    done = learn(
        "report",
        str(tmp_path / "grades.json"),
        "--points-only",
        "--to",
        str(tmp_path / "class.html"),
    )

    assert (done.returncode, "ada" in (tmp_path / "class.html").read_text("utf-8")) == (0, True)


def test_what_grade_did_not_write_is_refused(learn, tmp_path):
    (tmp_path / "grades.json").write_text("{}", encoding="utf-8")

    done = learn("report", str(tmp_path / "grades.json"))

    assert (done.returncode, "is not what grade --json writes" in done.stderr) == (2, True)
