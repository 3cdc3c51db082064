"""The book: the fences of its chapters, its pictures, the site, and the runner of its examples.

What a chapter shows of a step is read from the step's files while the site is built. What it
shows of a terminal is run by the tests. So a page cannot say what the code does not do.
"""
