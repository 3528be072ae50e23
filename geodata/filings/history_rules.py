"""Rules against the last accepted version of the plan."""
