"""What the queue does. It knows that jobs are kept, and not where."""
