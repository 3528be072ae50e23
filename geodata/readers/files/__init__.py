"""What published files are made of: archives, text, sheets, vectors, rasters."""
