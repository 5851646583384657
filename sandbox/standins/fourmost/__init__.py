"""The stand-in for 4MOST's transients API."""
