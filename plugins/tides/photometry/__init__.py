"""Magnitudes and bands, whatever the survey."""
