"""The commands for teachers, as somebody types them."""

from pathlib import Path

from lab.book import browser as browsers


def test_slides_are_written_where_one_is_or_where_one_says(learn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert learn("slides", "3").stdout == "The slides of step 3 are in slides-03.html\n"
    learn("slides", "3", "--out", "three.html")

    deck = Path("three.html").read_text(encoding="utf-8")
    assert deck == Path("slides-03.html").read_text(encoding="utf-8")
    assert "<title>3 · When a handler fails · slides</title>" in deck


def test_slides_of_a_step_that_is_not_there_are_refused(learn):
    done = learn("slides", "99")

    assert done.returncode == 2
    assert "there is no step 99" in done.stderr


def test_slides_cannot_be_written_into_a_folder_that_is_not_there(learn, tmp_path):
    done = learn("slides", "1", "--out", str(tmp_path / "nowhere" / "slides.html"))

    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_a_handout_has_the_chapters_that_one_asks_for(learn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = learn("handout", "2", "1", "--html", "two.html", "--epub", "two.epub")

    assert done.returncode == 0
    assert done.stdout == "Chapters 1, 2: two.html\nChapters 1, 2: two.epub\n"
    html = Path("two.html").read_text(encoding="utf-8")
    assert html.index('id="steps-01-first-job"') < html.index('id="steps-02-handlers"')
    assert "steps-03" not in html
    assert "For the instructor" not in html


def test_a_teacher_gets_the_notes(learn, tmp_path):
    learn("handout", "1", "--for-teachers", "--html", str(tmp_path / "one.html"))

    assert "For the instructor" in (tmp_path / "one.html").read_text(encoding="utf-8")


def test_a_handout_as_nothing_is_refused(learn):
    done = learn("handout", "1")

    assert done.returncode == 2
    assert "Say --pdf, --epub or --html, such as python3 learn.py handout --pdf" in done.stderr


def test_a_handout_does_not_replace_a_folder(learn, tmp_path):
    done = learn("handout", "1", "--epub", str(tmp_path))

    assert done.returncode == 2
    assert "is a folder" in done.stderr


def test_where_there_is_no_browser_the_other_forms_are_written_all_the_same(
    learn, tmp_path, monkeypatch
):
    monkeypatch.setattr(browsers.shutil, "which", lambda name: None)

    html, pdf = tmp_path / "one.html", tmp_path / "one.pdf"
    done = learn("handout", "1", "--pdf", str(pdf), "--html", str(html))

    assert done.returncode == 2
    assert "install one" in done.stderr
    assert html.exists()
    assert not pdf.exists()
