"""The lab's own Python environment: where it is, and whether it can be used as it stands."""

import hashlib
import os
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
UV_LOCK = ROOT / "requirements" / "uv.txt"


class Environment:
    """A virtual environment in a folder of its own.

    Two small files in it keep its story. OURS is there if `learn.py` made the folder, and
    only then may `learn.py` empty it. READY is there once everything is installed, and holds
    a fingerprint of what that was made from.
    """

    OURS = ".pyqueue-made-this"
    READY = ".pyqueue-ready"

    def __init__(self, folder: Path, lock: Path = LOCK) -> None:
        self.folder = folder
        self.lock = lock

    @classmethod
    def configured(cls) -> Self:
        """The one that $PYQUEUE_VENV names, otherwise `.venv` beside `learn.py`."""
        named = os.environ.get("PYQUEUE_VENV")
        return cls(Path(named).expanduser().absolute() if named else ROOT / ".venv")

    @property
    def python(self) -> str:
        """The environment's interpreter."""
        return str(self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))

    @property
    def ours(self) -> Path:
        """The file that says: `learn.py` made this folder."""
        return self.folder / self.OURS

    @property
    def ready(self) -> Path:
        """The file that says: everything is installed."""
        return self.folder / self.READY

    def fingerprint(self) -> str:
        """Changes with the lock, with the Python that runs this, and with the folder's place."""
        base = os.path.realpath(sys.base_prefix)  # two names of one Python count as one
        made_from = [sys.version, base, str(self.folder), str(ROOT)]
        return hashlib.sha256(
            self.lock.read_bytes() + "\n".join(made_from).encode("utf-8", "surrogateescape")
        ).hexdigest()

    def is_ready(self) -> bool:
        """Whether the lab can run in it now, with no further work."""
        try:
            recorded = self.ready.read_text(encoding="ascii")
        except (OSError, ValueError):
            return False
        # The interpreter is a link on most systems; one that leads nowhere does not exist.
        return recorded == self.fingerprint() and os.path.exists(self.python)

    def is_running_this(self) -> bool:
        """Whether this very program runs in the environment, so that it cannot be replaced."""
        return Path(sys.prefix).resolve() == self.folder.resolve()
