"""The lab: what `learn.py` does, once it has a Python environment of its own."""
