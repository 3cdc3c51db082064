"""What the page about the examples shows of a server is what a server answers."""

import re
import shlex
import shutil
import subprocess

import pytest

from lab.book.pages import fences
from lab.book.running import difference, matches
from lab.catalog import DOCS
from tests.examples.test_web_app import served

PAGE = (DOCS / "examples.md").read_text(encoding="utf-8")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_prints_what_the_page_says():
    (conversation,) = [fence.body for fence in fences(PAGE) if fence.body.startswith("$ curl")]
    exchanges = re.findall(r"^\$ curl (.*)\n((?:(?!\$ ).*\n)*)", conversation, re.MULTILINE)
    (id_on_page,) = set(ID.findall(conversation))
    id_here = id_on_page

    with served(takes=0) as shop:
        for words, expected in exchanges:
            command = words.replace(":8000", f":{shop.port}").replace(id_on_page, id_here)
            printed = curl(command)
            assert matches(expected, printed), difference(expected, printed)
            if "-d" in words and (match := ID.search(printed)):
                id_here = match[0]
                shop.wait_until(f"/jobs/{id_here}", "completed")

    assert len(exchanges) == 4


def curl(words):
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "10", *shlex.split(words)],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.replace("\r", "")
