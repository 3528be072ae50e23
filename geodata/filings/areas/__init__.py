"""Coverage areas of a filing: read, checked, repaired by consent."""
