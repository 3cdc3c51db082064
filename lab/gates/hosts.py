"""No file that we publish names the host of a package registry.

A lock that does ties everybody to one mirror; a page that does asks a foreign host for something.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from lab.catalog import ROOT

# In pieces, so that this file does not name them either.
_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("yarnpkg", "com"),
    ("anaconda", "org"),
    ("deb.debian", "org"),
    ("archive.ubuntu", "com"),
    ("crates", "io"),
    ("proxy.golang", "org"),
    ("rubygems", "org"),
    ("docker", "io"),
    ("ghcr", "io"),
)
_HOST = re.compile(
    b"|".join(rb"\b" + re.escape(".".join(host).encode()) + rb"\b" for host in _HOSTS),
    re.IGNORECASE,
)


def published_files(root: Path = ROOT) -> list[Path]:
    """Every file that Git keeps or would keep. Raises OSError or CalledProcessError without Git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    paths = (root / name for name in listed.stdout.decode("utf-8").split("\0") if name)
    return [path for path in paths if path.is_file()]


def hosts_named(files: Iterable[Path]) -> list[str]:
    """Each place where a file names such a host, as `path:line host`."""
    return [
        f"{path}:{number} {match[0].decode()}"
        for path in files
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        for match in _HOST.finditer(line)
    ]
