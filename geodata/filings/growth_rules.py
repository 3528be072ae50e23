"""Rules on how fast a plan grows."""
