"""Rules against published figures (domain.md section 8)."""
