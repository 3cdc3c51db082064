"""Programs that use the queue. Each one is run by hand: `python -m examples.web_app`."""
