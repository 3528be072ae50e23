"""Tables of a filing, from bytes to typed rows."""
