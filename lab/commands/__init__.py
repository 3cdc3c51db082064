"""One module for each command: `configure(parser)` and `run(arguments) -> int`, its exit code."""
