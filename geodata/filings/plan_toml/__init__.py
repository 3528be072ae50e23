"""``plan.toml`` and the records in it."""
