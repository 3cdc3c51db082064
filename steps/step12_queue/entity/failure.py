"""What is kept of an error: text that is short, and that there always is."""

# Characters of a very long error that are kept: so many from its beginning, and from its end.
KEPT = 500


def failure_text(error: BaseException) -> str:
    """The error in one text, with its kind; without its middle, and saying so, if it is long."""
    try:
        text = repr(error)
    except Exception:
        # An error in the error, say a message with a field that was never set.
        return f"{type(error).__name__}, which cannot be printed"
    left_out = len(text) - 2 * KEPT
    if left_out <= 0:
        return text
    return f"{text[:KEPT]}… {left_out:,} characters …{text[-KEPT:]}"
