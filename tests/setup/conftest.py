"""A small checkout of its own for every test: the real learn.py, a lab that only answers, and a
lock that names one tiny package. Nothing here needs the network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.catalog import ROOT

# The learner's own Python, also where the tests run in an environment.
PYTHON: str = getattr(sys, "_base_executable", sys.executable)

# A lab that says how it was called and which release of `parcel` it finds.
LAB = """\
import json, os, sys
from importlib.metadata import version
print(json.dumps({"arguments": sys.argv[1:], "cwd": os.getcwd(), "prefix": sys.prefix,
                  "parcel": version("parcel")}))
sys.exit(len(sys.argv) - 1)
"""

# Stands in for uv: notes each call, and unpacks the wheels that the lock names.
UV = """\
import os, sys, zipfile
from pathlib import Path
with open(os.environ["CALLS"], "a") as calls:
    print("uv", file=calls)
python, lock = (sys.argv[sys.argv.index(option) + 1] for option in ("--python", "-r"))
import subprocess
code = "import sysconfig; print(sysconfig.get_path('purelib'))"
packages = subprocess.check_output([python, "-c", code], text=True).strip()
for wheel in Path(lock).read_text().splitlines():
    if wheel.startswith("# wheel: "):
        zipfile.ZipFile(wheel.removeprefix("# wheel: ")).extractall(packages)
"""

FAILS = "import sys; sys.exit('uv: this machine is not supported')\n"

# Half an installation, then no end: it writes down who it is, and waits to be killed.
HANGS = """\
import os, sys, time
from pathlib import Path
python = Path(sys.argv[sys.argv.index("--python") + 1])
(python.parent / "half-installed").touch()
note = Path(os.environ["CALLS"])
note.with_suffix(".new").write_text(str(os.getpid()))
note.with_suffix(".new").rename(note)
time.sleep(600)
"""


@dataclass
class Checkout:
    """A copy of the set-up, and everything around it that a test may change."""

    folder: Path
    bin: Path
    calls: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def lock(self, release: str) -> None:
        """Have the lock name this release of `parcel`."""
        wheel = make_wheel(self.folder.parent / "wheels", "parcel", release)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        text = f"# wheel: {wheel}\n--no-index\n--find-links {wheel.parent.as_uri()}\n"
        text += f"parcel=={release} --hash=sha256:{digest}\n"
        (self.folder / "requirements" / "dev.txt").write_text(text, encoding="utf-8")

    def uv(self, program: str) -> None:
        """Have a `uv` on the PATH, which is this Python program."""
        script = self.bin / "fake_uv.py"
        script.write_text(program, encoding="utf-8")
        if os.name == "nt":
            (self.bin / "uv.cmd").write_text(f'@"{PYTHON}" "{script}" %*\n', encoding="utf-8")
        else:
            command = self.bin / "uv"
            command.write_text(f'#!/bin/sh\nexec "{PYTHON}" "{script}" "$@"\n', encoding="utf-8")
            command.chmod(0o755)

    def no_uv(self) -> None:
        """Have none on the PATH, and none in the index."""
        shutil.rmtree(self.bin)
        self.bin.mkdir()
        text = f"--no-index\nuv==0.0.1 --hash=sha256:{'0' * 64}\n"
        (self.folder / "requirements" / "uv.txt").write_text(text, encoding="utf-8")

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Start learn.py as a learner does."""
        return subprocess.Popen(
            [PYTHON, str(self.folder / "learn.py"), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            **options,
        )

    def run(self, *arguments: str, **options: Any) -> "Outcome":
        """Run learn.py as a learner does, to its end."""
        return outcome(self.start(*arguments, **options))

    def call_count(self) -> int:
        """How often the stand-in for uv was called."""
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0


@dataclass
class Outcome:
    """How a run ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def said(self) -> dict[str, Any]:
        """What the lab said, which must be all that stdout got."""
        answer: dict[str, Any] = json.loads(self.stdout)
        return answer


def outcome(process: "subprocess.Popen[str]") -> Outcome:
    """Wait for the end of a run."""
    stdout, stderr = process.communicate(timeout=120)
    return Outcome(process.returncode, stdout, stderr)


def make_wheel(folder: Path, name: str, release: str) -> Path:
    """Write the smallest wheel that installers accept."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{release}-py3-none-any.whl"
    about = f"{name}-{release}.dist-info"
    files = {
        f"{name}.py": f'"""Release {release}."""\n',
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{about}/RECORD": record}.items():
            wheel.writestr(zipfile.ZipInfo(file), text)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """One whose lock names parcel 1.0, with the stand-in for uv on the PATH."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "lab" / "setup", folder / "lab" / "setup")
    shutil.copy(ROOT / "learn.py", folder)
    shutil.copy(ROOT / "lab" / "__init__.py", folder / "lab")
    (folder / "lab" / "__main__.py").write_text(LAB, encoding="utf-8")
    (folder / "requirements").mkdir()
    (tmp_path / "bin").mkdir()
    made = Checkout(folder, tmp_path / "bin", tmp_path / "calls")
    made.environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "PYTHON"))},
        "PATH": str(made.bin),
        "CALLS": str(made.calls),
        "PIP_CONFIG_FILE": os.devnull,
        "PYTHONUTF8": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
    }
    made.environment.pop("PYQUEUE_VENV", None)
    made.environment.pop("VIRTUAL_ENV", None)
    made.lock("1.0")
    made.uv(UV)
    return made
