#!/usr/bin/env python3
"""PyQueue starts here. Windows says `py` where this says `python3`.

    python3 learn.py            set up on the first run, then serve the book
    python3 learn.py test       run every test
    python3 learn.py --help     every other command

This file stays readable to very old Pythons, so that they can say what is wrong.
Everything else is in lab/setup (how `.venv` is made) and lab/commands.
"""
# ruff: noqa: UP030, UP036

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "PyQueue needs Python 3.11 or newer, and this is Python {0}: install a newer one from "
        "https://www.python.org/downloads/ and run it by name, such as: {1}".format(
            ".".join(str(part) for part in sys.version_info[:3]),
            "py -3.13 learn.py" if os.name == "nt" else "python3.13 learn.py",
        )
    )

from lab.setup import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
