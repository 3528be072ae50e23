"""Answers to findings: acknowledgements of the carrier, waivers of the ministry."""
