"""Values and limits of criteria, in words."""


def measure_in_words(value: object) -> str:
    """Give a criterion's value or limit in a few words: numbers to six digits, a list without commas, None as none."""
    if isinstance(value, list | tuple):
        return " ".join(measure_in_words(each) for each in value)
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)
