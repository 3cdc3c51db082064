"""What must hold for the whole tutorial, and is checked on every run of the tests."""
