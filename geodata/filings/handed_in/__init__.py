"""A filing as handed in: found, opened safely, its files known."""
