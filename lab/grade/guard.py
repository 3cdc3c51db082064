"""What a submission's process may do, enforced by Python itself.

An audit hook sees what Python code is about to open, start, connect to or look into, and cannot
be taken away again. It is no wall against native code, which is why none can be loaded; where the
system offers a real wall (`landlock`), that stands behind it.
"""

import os
import site
import sys
from _thread import get_ident
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import count
from types import FrameType
from typing import Any, NoReturn

# Not from `lab.catalog`, and no `pathlib`: what stands behind every process of a promise must be
# there at once.
_HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(_HERE))
LAB, TESTS = os.path.join(ROOT, "lab"), os.path.join(ROOT, "tests")
# Puts a guard into every Python that a promise starts.
BEHIND = os.path.join(_HERE, "behind")

# Events that no promise has a use for, and what they are an attempt to do.
_NEVER = {
    "start a process": """
        os.fork os.forkpty os.exec os.spawn os.startfile os.system pty.spawn
        cpython.PyInterpreterState_New""",
    "send a signal": "os.kill os.killpg signal.pthread_kill",
    "use the network": """
        socket.connect socket.bind socket.sendto socket.sendmsg socket.getaddrinfo
        socket.gethostbyname socket.gethostbyaddr""",
    "change the folder": "os.chdir os.fchdir os.chroot",
    "call native code": """
        ctypes.dlopen ctypes.dlsym ctypes.dlsym/handle ctypes.addressof ctypes.cdata
        ctypes.cdata/buffer ctypes.call_function ctypes.string_at ctypes.wstring_at
        ctypes.PyObj_FromPtr ctypes.memoryview_at ctypes.create_string_buffer""",
}
# Events whose first arguments, one or two, are paths that are about to be changed.
_CHANGES_ONE = """
    os.remove os.rmdir os.mkdir os.chmod os.chown os.truncate os.utime os.setxattr os.removexattr
    sqlite3.connect"""
_CHANGES_TWO = "os.rename os.link"
# The second one alone is changed: a link may lead anywhere, since it is followed when it is used.
_CHANGES_SECOND = "os.symlink"
# Events by which code looks into a run that is not its own, or takes it over.
_LOOKS = """
    sys._getframe sys._current_frames sys._current_exceptions sys.settrace sys.setprofile
    sys.addaudithook sys.monitoring.register_callback gc.get_objects gc.get_referrers
    gc.get_referents code.__new__ marshal.loads resource.setrlimit resource.prlimit"""
_ATTRIBUTE = ("object.__getattr__", "object.__setattr__", "object.__delattr__")
# The code of a frame, `f_code`, is not among them: to have the frame is what is not allowed, and
# the race explorer asks for the code of its own a thousand times in each promise.
_ATTRIBUTES = {
    *("__code__", "tb_frame", "gi_code", "gi_frame", "cr_code", "cr_frame", "ag_code", "ag_frame")
}
# Functions of the library that hand frames or code to whoever calls them.
_HANDS_OVER = {
    *("currentframe", "<lambda>", "walk_tb", "walk_stack", "stack", "trace", "getinnerframes"),
    *("getouterframes", "getmembers", "_getmembers", "getclosurevars", "_compile_bytecode"),
    "loads",
}
# Modules of the library that do nothing else.
_DEBUGGERS = ("bdb.py", "pdb.py", "trace.py", "profile.py", "cProfile.py", "dis.py")
# Modules with which native code can be called, or which open files behind Python's back.
_NO_MODULES = {
    *("ctypes", "_ctypes", "cffi", "_cffi_backend", "_dbm", "_gdbm", "_posixshmem"),
    *("_testcapi", "_testinternalcapi", "_testlimitedcapi", "_xxsubinterpreters", "_interpreters"),
}
_TIME_ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# So many times a file or folder may be written to, moved or made.
_MOST_FILES = 300

# Between whoever asks and the looker are the hook and a judge.
_ASKING = 3

_Judge = Callable[[tuple[Any, ...]], object]


class Refused(PermissionError):
    """What was wanted is not allowed while a submission is graded."""


def install(copy: str, refused: Callable[[str], None]) -> None:
    """From now on and until the process ends, it may do only what promises need.

    `refused` hears of everything that somebody wanted and could not have. All that the guard needs
    is in closures: no module holds anything of it that could be replaced.
    """
    _forget_modules()
    judges = _judges(copy, refused)
    sys.addaudithook(_hook(judges))
    _watch_fork_exec(judges["os.fork"])


def readable_folders() -> list[str]:
    """What a submission's process may read besides its own copy: Python, pytest, the lab."""
    return [_library(), *_packages(), LAB, *_TIME_ZONES]


@cache
def readable_files() -> list[str]:
    """The tests, but no solution that lies beside them, with no link in their paths.

    The first answer stays.
    """
    found = ((folder, name) for folder, _, names in os.walk(TESTS) for name in names)
    paths = (os.path.join(folder, name) for folder, name in found if name.endswith(".py"))
    return [os.path.realpath(path) for path in paths if os.path.isfile(path)]


def _library() -> str:
    return os.path.dirname(os.__file__)


def _packages() -> list[str]:
    return [folder for folder in site.getsitepackages() if folder != sys.prefix]


def _forget_modules() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in _NO_MODULES]:
        del sys.modules[name]


def _watch_fork_exec(refuse: _Judge) -> None:
    """What starts a process in the end raises no event of its own, so only Popen may call it."""
    if sys.platform == "win32":
        return
    import _posixsubprocess

    start, caller = _posixsubprocess.fork_exec, sys._getframe
    popen = os.path.join(_library(), "subprocess.py")

    def fork_exec(*arguments: Any) -> int:
        by = caller(1).f_code
        if (by.co_filename, by.co_name) != (popen, "_execute_child"):
            refuse(())
        return start(*arguments)

    _posixsubprocess.fork_exec = fork_exec
    # Not imported for this: whoever imports it later finds the one that is watched.
    subprocess = sys.modules.get("subprocess")
    for name in ("_fork_exec", "_posixsubprocess"):
        if getattr(subprocess, name, None) is start:
            setattr(subprocess, name, fork_exec)


def _hook(judges: Mapping[str, _Judge]) -> Callable[[str, tuple[Any, ...]], None]:
    thread, busy, judge_of = get_ident, set[int](), judges.get
    attribute, attributes = frozenset(_ATTRIBUTE), frozenset(_ATTRIBUTES)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        judge = judge_of(event)
        if judge is None or (event in attribute and arguments[1] not in attributes):
            return
        # To judge an event causes events of its own.
        me = thread()
        if me in busy:
            return
        busy.add(me)
        try:
            judge(arguments)
        finally:
            busy.discard(me)

    return hook


def _judges(copy: str, refused: Callable[[str], None]) -> dict[str, _Judge]:
    """For each event that matters, who decides."""
    reading = [*readable_folders(), copy]
    devices = [os.path.realpath(os.devnull), "/dev/urandom"]
    may_read = _within(reading, [*readable_files(), *devices])
    may_write = _within([copy], devices[:1])
    is_kept = _within([_library(), *_packages(), LAB, TESTS], [])
    looker = _Looker()
    path_of, content_of = _path_of, _content_of
    no_modules, writing = _NO_MODULES, _WRITING
    python, behind, home, failure, most = (
        sys.executable,
        BEHIND,
        copy,
        Refused,
        _MOST_FILES,
    )

    def refuse(what: str) -> NoReturn:
        refused(what)
        raise failure(f"not allowed while this is graded: to {what}")

    written = count(1)

    def judge_write(path: str, what: str) -> None:
        if not may_write(path):
            refuse(f"{what} {path}")
        if next(written) > most:
            refuse(f"{what} more than {most} files")

    def judge_open(arguments: tuple[Any, ...]) -> None:
        path, mode, flags = path_of(arguments[0]), arguments[1] or "", arguments[2] or 0
        if path is None:
            return
        if not set("wax+").isdisjoint(mode) or flags & writing:
            judge_write(path, "write to")
        elif not may_read(path):
            refuse(f"read {path}")

    def judge_import(arguments: tuple[Any, ...]) -> None:
        name, library = arguments[0], path_of(arguments[1])
        if name in no_modules:
            refuse(f"import {name}")
        if library is not None and not is_kept(library):
            refuse(f"load {library}")

    def judge_compile(arguments: tuple[Any, ...]) -> None:
        # Code that claims to be of a file that is trusted must be that file's.
        source, file = arguments[0], path_of(arguments[1]) or ""
        if file.startswith("<frozen") or (is_kept(file) and content_of(file) != source):
            refuse(f"pass code off as {file}")

    def judge_process(arguments: tuple[Any, ...]) -> None:
        command, environment = arguments[1], arguments[3]
        if command[0] != python or not isinstance(environment, dict) or not looker.is_a_test():
            refuse("start a process")
        environment |= {"PYTHONPATH": behind, "PYQUEUE_GRADED_IN": home}

    def judge_spawn(arguments: tuple[Any, ...]) -> None:
        # From Python 3.13 on, Popen starts a process by this, once it was allowed to.
        if not looker.is_popen():
            refuse("start a process")

    def judge_attribute(arguments: tuple[Any, ...]) -> None:
        if looker.is_strange():
            refuse(f"look into the run ({arguments[1]})")

    def never(what: str) -> _Judge:
        return lambda arguments: refuse(what)

    def changes(first: int, last: int) -> _Judge:
        def judge(arguments: tuple[Any, ...]) -> None:
            for path in map(path_of, arguments[first:last]):
                if path is not None and path != ":memory:":
                    judge_write(path, "change")

        return judge

    def looks(event: str) -> _Judge:
        def judge(arguments: tuple[Any, ...]) -> None:
            if looker.is_strange():
                refuse(f"look into the run ({event})")

        return judge

    return {
        "open": judge_open,
        "import": judge_import,
        "compile": judge_compile,
        "subprocess.Popen": judge_process,
        "os.posix_spawn": judge_spawn,
        **dict.fromkeys(_ATTRIBUTE, judge_attribute),
        **{event: never(what) for what, events in _NEVER.items() for event in events.split()},
        **dict.fromkeys(_CHANGES_ONE.split(), changes(0, 1)),
        **dict.fromkeys(_CHANGES_TWO.split(), changes(0, 2)),
        **dict.fromkeys(_CHANGES_SECOND.split(), changes(1, 2)),
        **{event: looks(event) for event in _LOOKS.split()},
    }


def _within(folders: Iterable[str], files: Iterable[str]) -> Callable[[str], bool]:
    """Says of a path whether it is one of these, wherever its links lead. `files` have no links."""
    tops = tuple({os.path.realpath(folder) + os.sep for folder in folders})
    names = set(files)
    real = os.path.realpath

    def is_within(path: str) -> bool:
        place = real(path)
        return place in names or (place + os.sep).startswith(tops)

    return is_within


def _path_of(value: object) -> str | None:
    """A path as text; None for what is none, such as the number of an open file."""
    return os.fsdecode(value) if isinstance(value, str | bytes | os.PathLike) else None


def _content_of(file: str) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except OSError:
        return None


class _Looker:
    """Who is asking? It looks at the code that runs, and never at what that code says it is.

    To be asked by a judge, and by nobody else: who asks is found by counting the calls between.
    """

    def __init__(self) -> None:
        self._library = (f"{_library()}{os.sep}", "<frozen ")
        self._packages = tuple(f"{folder}{os.sep}" for folder in _packages())
        self._trusted = (*self._packages, f"{LAB}{os.sep}", f"{TESTS}{os.sep}")
        self._tests = f"{TESTS}{os.sep}"
        self._debuggers = tuple(f"{os.sep}{name}" for name in _DEBUGGERS)
        self._popen = (os.path.join(_library(), "subprocess.py"), "_posix_spawn")
        self._frame = sys._getframe
        self._hands_over = frozenset(_HANDS_OVER)

    def is_strange(self) -> bool:
        """Whether it is neither the lab, nor pytest, nor the library on its own behalf."""
        frame = self._frame(_ASKING)
        code = frame.f_code
        if code.co_filename.startswith(self._trusted) and code.co_name not in self._hands_over:
            return False
        asking: FrameType | None = frame
        if code.co_name in self._hands_over and self._is_of_library(frame):
            asking = frame.f_back
        return asking is None or not (self._is_of_library(asking) or self._is_trusted(asking))

    def is_a_test(self) -> bool:
        """Whether it is a test, with nothing but the library between."""
        frame: FrameType | None = self._frame(_ASKING)
        while frame is not None and self._is_of_library(frame):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(self._tests)

    def is_popen(self) -> bool:
        """Whether it is Popen, which has said what it is going to start."""
        code = self._frame(_ASKING).f_code
        return (code.co_filename, code.co_name) == self._popen

    def _is_of_library(self, frame: FrameType) -> bool:
        file = frame.f_code.co_filename
        is_of_library = file.startswith(self._library) and not file.startswith(self._packages)
        return is_of_library and not file.endswith(self._debuggers)

    def _is_trusted(self, frame: FrameType) -> bool:
        return frame.f_code.co_filename.startswith(self._trusted)
