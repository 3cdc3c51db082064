"""`python -m lab` is what learn.py runs."""

import sys

from lab.cli import main

sys.exit(main())
