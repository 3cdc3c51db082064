"""Who does the work while the others go on: threads, and what they share."""
