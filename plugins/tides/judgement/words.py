"""Values and limits of criteria, in words."""

from collections.abc import Mapping
from typing import Any


def measure_in_words(value: object) -> str:
    """Give a criterion's value or limit in a few words: numbers to six digits, a list without commas, None as none."""
    if isinstance(value, list | tuple):
        return " ".join(measure_in_words(each) for each in value)
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def criterion_in_words(criterion: Mapping[str, Any]) -> str:
    """Say why a criterion fails or is unknown, with the parts that it combines."""
    if "of" in criterion:
        parts = "; ".join(criterion_in_words(part) for part in criterion["of"] if part["held"] is not True)
        return f"{criterion['name']} {'fails' if criterion['held'] is False else 'unknown'} ({parts})"
    if criterion["held"] is None:
        return f"{criterion['name']} unknown: {criterion['note']}"
    return f"{criterion['name']} {measure_in_words(criterion['value'])}, limit {measure_in_words(criterion['limit'])}"
