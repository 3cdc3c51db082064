"""What a teacher hands out: slides, the book on paper and as an e-book, a template repository.

All of it is made from the chapters, the steps and their tests; nothing is written twice.
"""
