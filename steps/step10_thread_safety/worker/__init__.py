"""Who works while the others go on: threads, and the channel through which jobs reach them."""
