"""Rules on coverage polygons, and their repair by consent."""
