"""Forms in which licence data come."""
