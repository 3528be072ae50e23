"""Rules on how densely stations stand, and on sites."""
