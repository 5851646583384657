"""The bands of the surveys: which of them count."""

COUNTED = "griz"
"""The bands that decide what is live, in the order in which they are named (docs/science.md, "A counted detection")."""
