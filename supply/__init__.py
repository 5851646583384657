"""The supply chain: what is installed, under which licences, and whether something is known against it."""
