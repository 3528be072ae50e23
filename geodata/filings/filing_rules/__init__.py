"""Rules on a filing whose rows are settled: across tables, versions, carriers."""
