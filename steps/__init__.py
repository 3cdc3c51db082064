"""PyQueue, one complete package per step."""
