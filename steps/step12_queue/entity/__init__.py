"""What the queue is about. It would be true of a queue on paper; it imports nothing of ours."""
