"""Parts of an e-Stat mesh statistic."""
