"""The synthetic reference scenario: what ``kiban scenario`` writes."""

from geodata.scenario.scenario import write_scenario
from geodata.scenario.summary import ScenarioSummary

__all__ = ["ScenarioSummary", "write_scenario"]
