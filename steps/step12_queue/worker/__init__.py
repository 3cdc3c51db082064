"""Who does the work while the others go on: tasks, and what they share."""
