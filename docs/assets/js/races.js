// The race player and the game: see lab/book/schedule.py.
