"""A filing of any size with every table, an earlier version, and answers to warnings.

The rows are those of one carrier of the synthetic scenario; beyond their number, the
same rows again under other ids, some metres away.
"""

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from geodata.filings import CheckOptions, read_filing
from geodata.filings.filing_rules.accepted import Filed
from geodata.filings.filing_rules.year_counts import YEARS, year_ends
from geodata.placement.count_events import ADVANCED_CLASSES
from geodata.scenario import write_scenario

CARRIER, BASE_ROWS, BASE_SCALE = "kddi", 210_000, 3.0
TODAY = date(2026, 1, 1)
STATIONS = "stations.csv"

_STEP_DEG = 2e-5
_TALL_EVERY, _TALL_M = 1_000, "150"
_LAST_YEAR = 2025
_IDS = ("station_id", "site_id", "parent_station_id")


def write_filing(folder: Path, row_count: int) -> None:
    """Write ``filing``, ``previous`` and ``waivers.toml`` into `folder`.

    ``stations`` is the previous version again, without any other table. `row_count` is
    a multiple of `BASE_ROWS`.
    """
    write_scenario(folder / "scenario", scale=BASE_SCALE, areas=False)
    source = folder / "scenario" / "filings" / CARRIER
    rows = _repeated(_whole_head(source / STATIONS), row_count // BASE_ROWS)
    tall = rows.index[::_TALL_EVERY]
    rows.loc[tall, "antenna_height_m"] = _TALL_M
    plan = (source / "plan.toml").read_text()
    shutil.rmtree(folder / "scenario")
    for name in ("filing", "previous", "stations"):
        (folder / name).mkdir()
    rows.to_csv(folder / "previous" / STATIONS, index=False)
    for name in ("previous", "stations"):
        (folder / name / "plan.toml").write_text(plan)
    for name in ("filing", "stations"):
        shutil.copy(folder / "previous" / STATIONS, folder / name / STATIONS)
    lines = [int(line) for line in tall + 2]
    acknowledged, waived = lines[::2], lines[1::2]
    (folder / "filing" / "plan.toml").write_text(_later(plan, acknowledged))
    (folder / "waivers.toml").write_text(_waiver(waived))
    filed = Filed(read_filing(folder / "previous", today=TODAY), CheckOptions())
    for name in ("filing", "previous"):
        _write_counts(filed, folder / name)
    (folder / "filing" / "coverage.geojson").write_text(_coverage())


def _whole_head(path: Path) -> pd.DataFrame:
    """The first rows of a file, without those whose parent stands further down."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    place = pd.Series(np.arange(len(rows)), rows["station_id"])
    place = place[~place.index.duplicated()]
    parent = rows["parent_station_id"]
    parent_at = parent.map(place).fillna(-1)
    return rows[parent_at < BASE_ROWS].head(BASE_ROWS).reset_index(drop=True)


def _repeated(rows: pd.DataFrame, times: int) -> pd.DataFrame:
    copies = []
    for number in range(times):
        copy = rows.copy()
        for name in _IDS:
            copy[name] = rows[name].where(rows[name] == "", rows[name] + f"x{number}")
        latitude = rows["lat"].astype(float) + number * _STEP_DEG
        copy["lat"] = latitude.map("{:.6f}".format)
        copies.append(copy)
    return pd.concat(copies, ignore_index=True)


def _later(plan: str, lines: list[int]) -> str:
    """The plan as a second version that acknowledges some of its warnings."""
    entry = (
        'acknowledged = [{ rule = "antenna_height_high", reason = "steel towers", '
        f'file = "{STATIONS}", lines = {lines} }}]\n'
    )
    return entry + plan.replace("plan_version = 1", "plan_version = 2", 1)


def _waiver(lines: list[int]) -> str:
    return (
        f'[[waiver]]\nrule = "antenna_height_high"\ncarrier = "{CARRIER}"\n'
        'reason = "steel towers"\ngranted_by = "関東総合通信局"\n'
        f'expires_on = 2027-03-31\nfile = "{STATIONS}"\nlines = {lines}\n'
    )


def _write_counts(filed: Filed, folder: Path) -> None:
    """Counts by cell and by prefecture that agree with the stations filed."""
    totals = filed.year_counts.prefectures
    last = int(np.searchsorted(YEARS, _LAST_YEAR))
    prefectures = pd.DataFrame(
        {
            "pref_code": f"{code:02d}",
            "fiscal_year": YEARS[at],
            "n_advanced": totals.advanced[code, at],
            "n_ordinary": totals.station[code, at] - totals.advanced[code, at],
        }
        for at in range(last + 1)
        for code in range(1, 48)
    )
    prefectures.to_csv(folder / "prefecture_counts.csv", index=False)
    _mesh_counts(filed, last).to_csv(folder / "mesh_counts.csv", index=False)


def _mesh_counts(filed: Filed, last: int) -> pd.DataFrame:
    """Counts of every cell and class, from the year in which it has a station."""
    rows = filed.station_columns("band_class", "station_type", "indoor")
    indoor = rows["indoor"].to_numpy(bool)
    counts_for_rate = rows["band_class"].isin(ADVANCED_CLASSES).to_numpy()
    is_advanced = (rows["station_type"] == "advanced").to_numpy(bool)
    is_advanced = np.where(counts_for_rate, filed.is_advanced, is_advanced) & ~indoor
    groups = rows.groupby([filed.mesh2, rows["band_class"]])
    group = groups.ngroup().to_numpy()
    keys = groups.size().index
    kinds = {
        "n_advanced": is_advanced,
        "n_ordinary": ~is_advanced & ~indoor,
        "n_indoor": indoor,
    }
    counts = {
        name: _year_ends(filed, group, len(keys), is_kind)[:, : last + 1]
        for name, is_kind in kinds.items()
    }
    at, year = np.nonzero(sum(counts.values()))
    mesh2, band_class = (keys.get_level_values(level)[at] for level in (0, 1))
    return pd.DataFrame(
        {"mesh2": mesh2, "fiscal_year": YEARS[year], "band_class": band_class}
        | {name: values[at, year] for name, values in counts.items()}
    )


def _year_ends(
    filed: Filed, group: np.ndarray, group_count: int, is_kind: np.ndarray
) -> np.ndarray:
    started = is_kind & filed.is_counted & (filed.starts_on < filed.ends_on)
    started &= filed.start_year < len(YEARS)
    ended = started & (filed.end_year < len(YEARS))
    year = np.concatenate([filed.start_year[started], filed.end_year[ended]])
    change = np.ones(len(year), np.int64)
    change[int(started.sum()) :] = -1
    both = np.concatenate([group[started], group[ended]])
    return year_ends(both, group_count, year, change)


def _coverage() -> str:
    """A hundred small areas, so that the rules on areas run too."""
    features = []
    for at in range(100):
        west, south = 139.0 + 0.01 * (at % 10), 36.0 + 0.01 * (at // 10)
        ring = [[west, south], [west + 0.008, south], [west, south + 0.008]]
        own = {"carrier": CARRIER, "band_class": "all", "as_of": "2021-03-31"}
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        feature = {"type": "Feature", "properties": own | {"outdoor": True}}
        features.append(feature | {"geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features})
