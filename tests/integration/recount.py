"""A scenario folder read with the csv module and typed-in mesh arithmetic alone."""

import csv
from collections import Counter
from functools import cached_property

CARRIERS = ("docomo", "kddi", "softbank", "rakuten")
AS_OF = "2021-03-31"
END_OF_FY2023 = "2024-03-31"
YEAR_ENDS = ("2020-03-31", AS_OF, "2022-03-31", "2023-03-31", END_OF_FY2023)
QUARTER_ENDS = {"1": "06-30", "2": "09-30", "3": "12-31", "4": "03-31"}
UAS = 3_600_000_000  # micro-arc-seconds per degree


def m3_of(lat, lon):
    """domain.md 2.2, typed in: text of the 1 km cell."""
    y = round(float(lat) * UAS)
    x = round(float(lon) * UAS) - 100 * UAS
    p, y1 = divmod(y, 2_400_000_000)
    u, x1 = divmod(x, 3_600_000_000)
    q, y2 = divmod(y1, 300_000_000)
    v, x2 = divmod(x1, 450_000_000)
    return f"{p:02d}{u:02d}{q}{v}{y2 // 30_000_000}{x2 // 45_000_000}"


def year_end(fiscal_year):
    return f"{int(fiscal_year) + 1}-03-31"


def first_day(row):
    """Day from which a row counts on the planned basis (domain.md 3.0)."""
    if row["actual_start"] or row["planned_start"]:
        return row["actual_start"] or row["planned_start"]
    if not row["planned_quarter"]:
        return year_end(row["planned_fy"])
    year = int(row["planned_fy"]) + (row["planned_quarter"] == "4")
    return f"{year}-{QUARTER_ENDS[row['planned_quarter']]}"


class Recount:
    """A scenario folder read with nothing but the csv module."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {name: self._stations(name) for name in CARRIERS}
        self.targets = set(self._column("target_meshes.csv", "mesh2"))

    def _read(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _column(self, name, column):
        return [row[column] for row in self._read(name)]

    def _stations(self, carrier):
        rows = self._read(f"filings/{carrier}/stations.csv")
        for row in rows:
            row["mesh3"] = m3_of(row["lat"], row["lon"])
            row["first_day"] = first_day(row)
        return rows

    @cached_property
    def fine_population(self):
        """Residents of each inhabited 500 m cell."""
        rows = self._read("sources/population_mesh4.csv")
        return {row["mesh4"]: int(row["population"]) for row in rows}

    @cached_property
    def population(self):
        """Residents of each inhabited 1 km cell."""
        people = Counter()
        for cell, residents in self.fine_population.items():
            people[cell[:8]] += residents
        return people

    def on_air(self, carrier, day, operating=False):
        return [
            row
            for row in self.rows[carrier]
            if row["first_day"] <= day
            and (not row["end_date"] or day < row["end_date"])
            and (row["actual_start"] or not operating)
        ]

    def qualifying(self, carrier, day, operating=False):
        return [
            row
            for row in self.on_air(carrier, day, operating)
            if row["station_type"] == "advanced" and row["indoor"] == "false"
        ]

    def cells(self, carrier, day, operating=False):
        rows = self.qualifying(carrier, day, operating)
        return {row["mesh3"][:6] for row in rows} & self.targets

    def union(self, day, operating=False):
        return set().union(*(self.cells(name, day, operating) for name in CARRIERS))

    def station_count(self, carrier, day, operating=False):
        rows = self.on_air(carrier, day, operating)
        return sum(row["station_type"] != "repeater" for row in rows)
