"""Hostile submissions, one of each kind, in one class with an honest student.

Each has a row, and what its code earns; nobody else notices that it was there.
"""

import hashlib
import os

import pytest

from lab.catalog import ROOT, STEPS, TESTS
from lab.grade.grading import grade
from lab.grade.rows import Status
from lab.grade.submissions import submissions
from tests.lab.handing_in import OURS, at_import, hand_in, nothing_but, while_processing, zipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="what is tried here needs a fork"),
]

CHEATS = {
    "everything is equal": """
class Same:
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __iter__(self): return iter(())
    def __len__(self): return 1
    def __getitem__(self, key): return self
Job = process = send_email = Same()
""",
    "pytest raises nothing": """
import contextlib, pytest
@contextlib.contextmanager
def raises(*a, **k):
    with contextlib.suppress(BaseException): yield
pytest.raises = raises
""",
    "pytest runs nothing": "import _pytest.python as p\np.Function.runtest = lambda s: None",
    "pytest runs nothing, by a hook": """
import sys
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "") == "_pytest.python":
        module.pytest_pyfunc_call = lambda pyfuncitem: True
""",
    "reports that pass": """
import _pytest.reports as r
from_item = r.TestReport.from_item_and_call
def passed(item, call):
    call.excinfo = None
    return from_item(item, call)
r.TestReport.from_item_and_call = passed
""",
    "nothing to explain": """
import sys
sys.modules["lab.check.child"].Verdicts.explain = lambda self, *a: ()
""",
    "another fixture": """
import sys, lab.testing, types
class Anything(types.ModuleType):
    def __getattr__(self, name): raise SystemExit
lab.testing.Subject.load = lambda self: Anything("pyqueue")
""",
    "another assert": "import builtins\nbuiltins.AssertionError = type('Quiet', (Exception,), {})",
    "another global": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("tests."):
        module.isinstance = lambda *a: True
""",
    "its own plugin": """
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "PytestPluginManager":
        thing.register(type("P", (), {"pytest_pyfunc_call": lambda self, pyfuncitem: True})())
""",
    "events of its own": """
import json, os
for test in ("tests/step01/test_job.py::test_a_new_job_is_pending",):
    for number in range(3, 40):
        line = json.dumps({"event": "finished", "test": test, "ok": True, "number": 0})
        try: os.write(number, b"0" * 32 + b" " + line.encode() + b"\\n")
        except OSError: pass
os._exit(0)
""",
    "ours, imported": "from steps.step01_first_job import *",
    "ours, read": f"exec(open({str(STEPS / 'step01_first_job/__init__.py')!r}).read())",
    "ours, with a byte path": f"""
import os
exec(os.read(os.open({os.fsencode(STEPS / "step01_first_job/__init__.py")!r}, os.O_RDONLY), 99999))
""",
    "ours, by the lab": """
import sys
text = sys.modules["lab.catalog"].package_files(
    sys.modules["lab.catalog"].steps()[0].folder)["__init__.py"]
exec(text)
""",
    "a result on the screen": "print('23 passed in 0.01s')\nimport sys\nsys.exit(0)",
    "frames": """
import sys
frame = sys._getframe()
while frame:
    items = frame.f_locals.get("items")
    if items: items.clear()
    frame = frame.f_back
""",
    "frames of an error": """
try: 1 / 0
except ZeroDivisionError as error:
    frame = error.__traceback__.tb_frame
while frame:
    items = frame.f_locals.get("items")
    if items: items.clear()
    frame = frame.f_back
""",
    "no threads": "import threading\nthreading.Thread.start = lambda self: None",
    "skipped": "import pytest\npytest.skip('not today', allow_module_level=True)",
    "exit": "import os\nos._exit(0)",
    "exit of pytest": "import pytest\npytest.exit('done', returncode=0)",
}

# Code that would keep every promise, and does something else as well, and what that is.
ATTACKS = {
    "fork": ("import os\nwhile True: os.fork()", "start a process"),
    "subprocess": ("import subprocess, sys\nsubprocess.Popen([sys.executable])", "start a process"),
    "multiprocessing": (
        "import multiprocessing\nmultiprocessing.Process(target=print).start()",
        "start a process",
    ),
    "multiprocessing that spawns": (
        "import multiprocessing.util as u\nu.spawnv_passfds(b'/bin/true', ['true'], [])",
        "start a process",
    ),
    "spawn": (
        "import os, sys\nos.posix_spawn(sys.executable, [sys.executable], {})",
        "start a process",
    ),
    "shell": ("import os\nos.system('echo hello')", "start a process"),
    "write into the tests": (
        f"open({str(TESTS / 'step01' / 'test_job.py')!r}, 'a').write('#')",
        "write to tests",
    ),
    "write outside": ("open('{outside}', 'w').write('gone')", "write to"),
    "delete outside": ("import os\nos.remove('{outside}')", "change"),
    "delete all outside": ("import shutil\nshutil.rmtree('{folder}')", "read"),
    "rename outside": ("import os\nos.rename('{outside}', 'mine')", "change"),
    "link outside": (
        "import os\nos.symlink('{outside}', 'mine')\nopen('mine', 'w').write('gone')",
        "write to",
    ),
    "native code": ("import ctypes\nctypes.string_at(0)", "import ctypes"),
    "network": ("import socket\nsocket.create_connection(('127.0.0.1', 9), 1)", "use the network"),
    "kill": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "send a signal"),
    "read a neighbor": ("open('{neighbor}').read()", "read"),
}


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """A class with one good student, and others."""
    top = tmp_path_factory.mktemp("class")
    (top / "outside").write_text("mine", encoding="utf-8")
    folder = top / "submissions"
    folder.mkdir()
    hand_in(folder, "good", OURS)
    names = {
        "{outside}": (top / "outside").as_posix(),
        "{folder}": top.as_posix(),
        "{neighbor}": (folder / "good/pyqueue/__init__.py").as_posix(),
    }
    for name, code in CHEATS.items():
        hand_in(folder, name, nothing_but(code))
    for name, (code, _) in ATTACKS.items():
        for placeholder, value in names.items():
            code = code.replace(placeholder, value)
        guarded = "\n".join(["try:", *(f"    {line}" for line in code.splitlines())])
        hand_in(folder, name, at_import(f"{guarded}\nexcept OSError:\n    pass"))
    hand_in(folder, "half", OURS.replace('job.status = "completed"', "pass"))
    hand_in(folder, "syntax", "x = 1\n\ndef f(:\n")
    hand_in(folder, "loop", at_import("while True: pass"))
    hand_in(folder, "one loop", while_processing("while 'twice' in str(job.payload): pass"))
    hand_in(folder, "exit in one", while_processing("import os; os._exit(0)"))
    hand_in(folder, "sleeps", at_import("import time\ntime.sleep(3600)"))
    hand_in(folder, "locks its folder", at_import(LOCKS_ITS_FOLDER))
    hand_in(folder, "stack", while_processing("job = (lambda f: f(f))(lambda f: f(f))"))
    hand_in(folder, "memory", at_import("x = bytearray(10**10)"))
    hand_in(folder, "loud", while_processing("print('x' * 10**6 * 200)"))
    hand_in(folder, "deletes itself", at_import(DELETES_ITSELF))
    hand_in(folder, "closes everything", at_import("import os\nos.closerange(0, 200)"))
    hand_in(folder, "thread", at_import(LEAVES_A_THREAD))
    hand_in(folder, "traces", at_import("import traceback, logging, collections\n" + HONEST_LOOKS))
    (folder / "empty").mkdir()
    (folder / "not a zip.zip").write_bytes(b"PK\x03\x04 no, it is not")
    (folder / "essay.txt").write_text("my homework", encoding="utf-8")
    zipped(folder / "in a zip.zip", {"ada/pyqueue/__init__.py": OURS})
    zipped(folder / "slips.zip", {"../../outside": "gone", "pyqueue/__init__.py": OURS})
    zipped(folder / "slips by a drive.zip", {"C:/outside.py": "gone"})
    zipped(folder / "bomb.zip", {f"pyqueue/{n}.py": " " * 3_000_000 for n in range(40)})
    return folder


DELETES_ITSELF = """
import os, shutil
shutil.rmtree(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ignore_errors=True)
"""
LOCKS_ITS_FOLDER = """
import os
os.makedirs("tmp/locked/more")
open("tmp/locked/more/file", "w").close()
os.chmod("tmp/locked", 0)
"""
LEAVES_A_THREAD = """
import threading, time
threading.Thread(target=time.sleep, args=(3600,)).start()
"""
# What ordinary code of the library does when it is asked for something ordinary.
HONEST_LOOKS = """
Point = collections.namedtuple("Point", "x y")
try:
    1 / 0
except ZeroDivisionError:
    assert "ZeroDivisionError" in traceback.format_exc()
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().exception("as expected")
"""


@pytest.fixture(scope="module")
def before(class_folder):
    return fingerprint(class_folder.parent), fingerprint(TESTS), fingerprint(ROOT / "lab")


@pytest.fixture(scope="module")
def rows(class_folder, before):
    return {row.name: row for row in grade(class_folder, [1], each=1)}


def fingerprint(folder):
    """What every file below holds."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def honest_points(row):
    """What code that does nothing at all is given."""
    return row.points <= 6


def test_every_submission_has_a_row(class_folder, rows):
    assert list(rows) == [s.name for s in submissions(class_folder)]


def test_a_right_submission_has_every_point(rows):
    assert (rows["good"].percent, rows["good"].note) == (100, "")


def test_a_right_submission_in_a_zip_has_every_point(rows):
    assert rows["in a zip"].percent == 100


def test_a_submission_that_is_half_right_has_some_of_the_points(rows):
    assert 0 < rows["half"].points < rows["half"].of


def test_the_note_names_a_promise_that_is_broken(rows):
    assert rows["half"].note == "first broken: A processed job is completed"


def test_a_syntax_error_is_named_with_its_line(rows):
    assert "does not import" in rows["syntax"].note
    assert "pyqueue/__init__.py:3" in rows["syntax"].note


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_has_no_more_points_than_its_code_earns(rows, name):
    assert honest_points(rows[name]), rows[name].note


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_has_no_effect_and_is_mentioned(rows, name):
    assert ATTACKS[name][1] in " ".join(rows[name].look_at)


@pytest.mark.parametrize("name", ["everything is equal", "pytest raises nothing", "another global"])
def test_who_changes_the_judge_is_not_believed(rows, name):
    assert rows[name].status is Status.NOT_BELIEVED


def test_who_writes_verdicts_is_not_believed(rows):
    assert rows["events of its own"].note == "wrote into the report of its own run"


def test_an_endless_import_is_stopped(rows):
    assert "computed for more than 1 s" in rows["loop"].note


def test_an_import_that_sleeps_is_stopped(rows):
    assert "it did not end within 4 s" in rows["sleeps"].note


def test_code_that_ends_python_loses_the_promises_in_which_it_does(rows):
    assert 0 < rows["exit in one"].points < rows["exit in one"].of


def test_an_endless_recursion_loses_the_promises_in_which_it_happens(rows):
    assert 0 < rows["stack"].points < rows["stack"].of


def test_memory_without_end_is_an_error_of_the_import(rows):
    assert "MemoryError" in rows["memory"].note


@pytest.mark.parametrize(
    "name",
    [
        *("deletes itself", "closes everything", "thread", "traces", "locks its folder", "loud"),
    ],
)
def test_a_row_is_there_and_is_graded(rows, name):
    assert rows[name].status is Status.GRADED


def test_what_the_library_looks_at_for_honest_code_is_allowed(rows):
    assert (rows["traces"].percent, rows["traces"].look_at) == (100, [])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("empty", "there is no pyqueue/__init__.py"),
        ("not a zip", "cannot be read"),
        ("essay.txt", "neither a folder nor a zip"),
        ("slips", "names a path outside of itself: ../../outside"),
        ("slips by a drive", "names a path outside of itself"),
        ("bomb", "more than 4 MB of Python"),
    ],
)
def test_what_cannot_be_graded_says_why(rows, name, why):
    assert (rows[name].status, why in rows[name].note) == (Status.NOT_GRADED, True)


def test_no_file_outside_of_the_copies_is_changed(class_folder, rows, before):
    after = fingerprint(class_folder.parent), fingerprint(TESTS), fingerprint(ROOT / "lab")

    assert after == before
