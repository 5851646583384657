"""The stand-in for Lasair's REST API, both surveys on one base."""
