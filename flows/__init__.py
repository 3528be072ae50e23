"""Orchestration: order, retries, caching, schedules and the `kiban` command."""
