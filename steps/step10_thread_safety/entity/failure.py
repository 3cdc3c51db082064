"""What is kept of an error: text that is short, and that there always is."""

# Characters; the beginning of an error says more than its end.
LONGEST = 1_000


def failure_text(error: BaseException) -> str:
    """The error in one text, with its kind; cut off, and saying so, if it is very long."""
    try:
        text = repr(error)
    except Exception:
        # An error in the error, say a message with a field that was never set.
        return f"{type(error).__name__}, which cannot be printed"
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text):,} characters)"
