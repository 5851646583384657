"""Magnitudes, bands and places on the sky, the same for every survey."""
