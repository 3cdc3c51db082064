"""Linux: let this process and all that it starts see a few folders only, and write to fewer.

Landlock needs no rights. It holds against native code too, and cannot be taken back.
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

# The system calls have these numbers on every architecture that we look at.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ARCHITECTURES = ("x86_64", "aarch64", "riscv64")
_ASK_VERSION, _BENEATH_A_PATH, _NO_NEW_PRIVS = 1, 1, 38
# Bits of what may be done with files, in the order of the kernel's header.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << n for n in range(4))
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# How many of these bits each version of Landlock knows, from the first on.
_BITS_KNOWN = (13, 14, 15, 15, 16)
# What makes sense for a file that is no folder: execute, write, read, truncate, ioctl.
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
# From version 4 on: no TCP. From version 6 on: no signal to a process outside.
_NO_TCP, _NO_SIGNALS = 0b11, 0b10


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("files", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """Which Landlock this system has; 0 if none."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return 0
    try:
        return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION))
    except OSError:
        return 0


def confine(*, names: Iterable[Path], read: Iterable[Path], write: Iterable[Path]) -> bool:
    """Confine this thread, and all it will start, to these; say whether that was possible.

    Of what is below `names` it may only know that it is there.
    """
    has = version()
    if not has:
        return False
    known = (1 << _BITS_KNOWN[min(has, len(_BITS_KNOWN)) - 1]) - 1
    rules = _Ruleset(known, _NO_TCP if has >= 4 else 0, _NO_SIGNALS if has >= 6 else 0)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        for path in names:
            _allow(ruleset, path, _READ_DIR)
        for path in read:
            _allow(ruleset, path, _READ & known)
        for path in write:
            _allow(ruleset, path, known)
        _call(157 if platform.machine() == "x86_64" else 167, _NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, allowed: int) -> None:
    if not path.exists():
        return
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = _Beneath(allowed if path.is_dir() else allowed & _FOR_FILES, folder)
        _call(_ADD_RULE, ruleset, _BENEATH_A_PATH, ctypes.byref(beneath), 0)
    finally:
        os.close(folder)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    done = int(libc.syscall(ctypes.c_long(number), *map(_as_argument, arguments)))
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return done


def _as_argument(value: object) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value
