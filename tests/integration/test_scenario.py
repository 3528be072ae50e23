"""The written scenario, recounted with the csv module and typed-in mesh arithmetic."""

import hashlib
import tomllib
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from geodata import reference
from geodata.errors import KibanError, WorkspaceError
from geodata.filings import read_filing
from geodata.scenario import write_scenario
from tests.integration.recount import (
    AS_OF,
    CARRIERS,
    END_OF_FY2023,
    UAS,
    YEAR_ENDS,
    Recount,
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_scenario(tmp_path_factory.mktemp("scenario") / "out", areas=False)


@pytest.fixture(scope="module")
def scenario(written):
    return Recount(written.folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "out"
    write_scenario(folder, seed=7, scale=0.001, areas=False)
    return Recount(folder)


@pytest.fixture(scope="module")
def prefecture_of_cell():
    table = reference.mesh3_prefecture()
    return dict(zip(table["mesh3"].astype(str), table["pref_code"], strict=True))


def bytes_by_name(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("carrier", "cells"),
    [("docomo", 4331), ("kddi", 4160), ("softbank", 2855), ("rakuten", 2506)],
)
def test_plan_reaches_the_published_cells(scenario, small, carrier, cells):
    assert len(scenario.cells(carrier, END_OF_FY2023)) == cells
    assert len(small.cells(carrier, END_OF_FY2023)) == cells


def test_union_of_the_plans_is_the_least_that_meets_98_percent(scenario, small):
    assert len(scenario.targets) == len(small.targets) == 4464
    assert len(scenario.union(END_OF_FY2023)) == 4375
    assert len(small.union(END_OF_FY2023)) == 4375


def test_carriers_together_operate_in_737_cells_at_the_as_of_date(scenario, small):
    assert len(scenario.union(AS_OF, operating=True)) == 737
    assert len(small.union(AS_OF, operating=True)) == 737


@pytest.mark.parametrize("carrier", CARRIERS)
def test_path_only_grows_and_grows_each_year(scenario, carrier):
    cells = [scenario.cells(carrier, day) for day in YEAR_ENDS]
    stations = [scenario.station_count(carrier, day) for day in YEAR_ENDS]
    assert all(a < b for a, b in pairwise(cells))
    assert all(a < b for a, b in pairwise(stations))


def test_summary_counts_what_the_rows_hold(scenario, written):
    for carrier in CARRIERS:
        assert written.row_counts[carrier] == len(scenario.rows[carrier])
        for day, count in written.station_counts[carrier].items():
            assert count == scenario.station_count(carrier, day.isoformat())
        for day, count in written.cell_counts[carrier].items():
            assert count == len(scenario.cells(carrier, day.isoformat()))
    for day, count in written.cell_counts["combined"].items():
        assert count == len(scenario.union(day.isoformat()))


def test_stations_reach_210000_at_the_end_of_fy2023(scenario):
    counts = [scenario.station_count(name, END_OF_FY2023) for name in CARRIERS]
    assert 210_000 <= sum(counts) <= 211_000


def test_about_21000_stations_operate_at_the_as_of_date(scenario):
    operating = [scenario.station_count(name, AS_OF, True) for name in CARRIERS]
    planned = [scenario.station_count(name, AS_OF) for name in CARRIERS]
    assert operating == planned
    assert 20_500 <= sum(operating) <= 21_500


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_bureau_reaches_half_of_its_targets(scenario, carrier):
    facts = reference.mesh2_facts()
    bureau = dict(zip(facts["mesh2"].astype(str), facts["bureau_code"], strict=True))
    wanted = Counter(bureau[cell] for cell in scenario.targets)
    served = Counter(bureau[cell] for cell in scenario.cells(carrier, END_OF_FY2023))
    assert len(wanted) == 11
    assert all(2 * served[name] >= count for name, count in wanted.items())


def test_three_carriers_operate_in_all_prefectures_and_rakuten_in_fewer(
    scenario, prefecture_of_cell
):
    reached = {
        carrier: {
            prefecture_of_cell[row["mesh3"]]
            for row in scenario.qualifying(carrier, AS_OF, operating=True)
        }
        for carrier in CARRIERS
    }
    assert all(len(reached[name]) == 47 for name in ("docomo", "kddi", "softbank"))
    assert 0 < len(reached["rakuten"]) < 47


def test_only_a_handful_of_advanced_stations_lies_outside_the_targets(scenario):
    outside = [
        row
        for carrier in CARRIERS
        for row in scenario.rows[carrier]
        if row["mesh3"][:6] not in scenario.targets
    ]
    assert 1 <= len(outside) <= 20
    assert all(row["first_day"] > AS_OF for row in outside)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_stations_stand_in_land_cells_of_one_prefecture(scenario, carrier):
    table = reference.mesh3_prefecture()
    is_border = dict(
        zip(table["mesh3"].astype(str), table["is_border_cell"], strict=True)
    )
    inner = {cell[:6] for cell, border in is_border.items() if not border}
    for row in scenario.rows[carrier]:
        border = is_border[row["mesh3"]]  # KeyError: not on land
        may_be_border = row["station_type"] == "advanced"  # a cell may have no other
        assert not border or may_be_border or row["mesh3"][:6] not in inner


@pytest.mark.parametrize("carrier", CARRIERS)
def test_positions_have_six_decimals_and_lie_off_the_edges(scenario, carrier):
    for row in scenario.rows[carrier]:
        for text, size in ((row["lat"], 30_000_000), (row["lon"], 45_000_000)):
            assert len(text.partition(".")[2]) == 6
            offset = round(float(text) * UAS) % size
            assert 0 < offset < size


@pytest.mark.parametrize("carrier", CARRIERS)
def test_ordinary_rows_hang_on_an_earlier_advanced_row_of_their_cell(scenario, carrier):
    rows = {row["station_id"]: row for row in scenario.rows[carrier]}
    assert len(rows) == len(scenario.rows[carrier])
    for row in rows.values():
        if row["station_type"] == "advanced":
            assert not row["parent_station_id"]
            continue
        parent = rows[row["parent_station_id"]]
        assert parent["station_type"] == "advanced"
        assert parent["mesh3"][:6] == row["mesh3"][:6]
        if row["actual_start"]:
            assert parent["actual_start"] <= row["actual_start"]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_rows_use_blocks_that_the_carrier_holds_by_then(scenario, carrier):
    plan = tomllib.loads(
        (scenario.folder / f"filings/{carrier}/plan.toml").read_text("utf-8")
    )
    certified = {
        (block["band"], block["freq_low_mhz"], block["freq_high_mhz"]): block[
            "certified_on"
        ].isoformat()
        for block in plan["band_allocation"]
    }
    for row in scenario.rows[carrier]:
        low, high = float(row["freq_low_mhz"]), float(row["freq_high_mhz"])
        assert certified[row["band"], low, high] <= row["first_day"]
        assert float(row["bandwidth_mhz"]) == high - low
        if row["station_type"] == "advanced":
            assert certified[row["band"], low, high] == "2019-04-10"


def test_the_block_of_2022_is_used_from_fy2022_on(scenario):
    days = [row["first_day"] for row in scenario.rows["kddi"] if row["band"] == "n40"]
    assert len(days) > 0
    assert min(days) >= "2022-05-18"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_sites_hold_different_blocks_at_one_position(scenario, carrier):
    sites = {}
    for row in scenario.rows[carrier]:
        sites.setdefault(row["site_id"], []).append(row)
    shared = [rows for rows in sites.values() if len(rows) > 1]
    for rows in shared:
        assert len({(row["lat"], row["lon"]) for row in rows}) == 1
        blocks = {(row["band"], row["freq_low_mhz"]) for row in rows}
        assert len(blocks) == len(rows)
    share = sum(map(len, shared)) / len(scenario.rows[carrier])
    assert 0.15 <= share <= 0.20
    positions = {(rows[0]["lat"], rows[0]["lon"]) for rows in sites.values()}
    assert len(positions) == len(sites)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_validator_finds_nothing_to_say(scenario, carrier):
    report = read_filing(scenario.folder / "filings" / carrier, today=date(2021, 4, 30))
    findings = report.findings.select(["rule_id", "severity", "value"]).to_pylist()
    assert findings == []
    assert report.is_accepted
    assert report.stations.num_rows == len(scenario.rows[carrier])
    assert report.filing["is_synthetic"] is True


@pytest.mark.parametrize("carrier", CARRIERS)
def test_status_and_dates_agree(scenario, carrier):
    needed = {
        "operating": {"actual_start"},
        "retired": {"actual_start", "end_date"},
    }
    dates = ("actual_start", "end_date", "planned_start", "planned_fy")
    seen = Counter()
    for row in scenario.rows[carrier]:
        given = {name for name in dates if row[name]}
        seen[row["status"]] += 1
        if row["status"] in needed:
            assert given == needed[row["status"]]
            assert row["first_day"] <= AS_OF
        else:
            assert len(given & {"planned_start", "planned_fy"}) == len(given) == 1
            assert row["first_day"] > AS_OF
    assert set(seen) == {"planned", "licensed", "operating", "retired"}


def test_rows_hold_every_kind_the_format_knows(scenario):
    rows = [row for carrier in CARRIERS for row in scenario.rows[carrier]]
    types = Counter(row["station_type"] for row in rows)
    assert set(types) == {"advanced", "ordinary", "repeater"}
    assert 0.005 <= types["repeater"] / len(rows) <= 0.015
    assert any(row["indoor"] == "true" for row in rows)
    assert any(row["planned_quarter"] for row in rows)
    assert any(row["sa_capable"] == "true" for row in rows)
    assert any(row["shared"] == "true" for row in rows)


def test_stations_stand_denser_where_people_live(scenario):
    people = Counter()
    for cell, residents in scenario.population.items():
        people[cell[:6]] += residents
    stations = Counter(
        row["mesh3"][:6] for name in CARRIERS for row in scenario.rows[name]
    )
    ranked = sorted(scenario.targets, key=lambda cell: -people[cell])
    tenth = len(ranked) // 10
    most = sum(stations[cell] for cell in ranked[:tenth])
    assert most > 0.5 * sum(stations.values())


def test_population_sums_to_the_census_of_each_prefecture(scenario, prefecture_of_cell):
    sums = Counter()
    for cell, residents in scenario.population.items():
        assert residents > 0
        sums[prefecture_of_cell[cell]] += residents
    table = reference.prefectures()
    assert sums == Counter(
        dict(zip(table["pref_code"], table["population_2020"], strict=True))
    )
    assert sum(sums.values()) == 126_146_099


def test_each_inhabited_half_cell_has_whole_residents(scenario, written):
    assert written.population == scenario.folder / "sources/population_mesh4.csv"
    cells = scenario.fine_population
    assert list(cells) == sorted(cells)
    assert all(len(cell) == 9 and cell[8] in "1234" for cell in cells)
    assert min(cells.values()) > 0
    assert 460_000 <= len(cells) <= 490_000
    assert max(cells.values()) < 15_000


def test_mountains_stay_empty(scenario, prefecture_of_cell):
    share = len(scenario.population) / len(prefecture_of_cell)
    assert 0.40 <= share <= 0.50
    assert max(scenario.population.values()) < 60_000


def test_no_target_lies_in_the_northern_territories(scenario):
    facts = reference.mesh2_facts()
    northern = facts[facts["is_northern_territories"]]["mesh2"].astype(str)
    assert len(northern) == 120
    assert not scenario.targets & set(northern)
    assert scenario.targets <= set(facts["mesh2"].astype(str))


def test_everything_says_that_it_is_synthetic(scenario):
    folder = scenario.folder
    label = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    assert label["synthetic"] is True
    assert label["calibration"]["marks"]
    assert "合成" in label["label_ja"]
    for carrier in CARRIERS:
        plan = (folder / f"filings/{carrier}/plan.toml").read_text("utf-8")
        assert tomllib.loads(plan)["synthetic"] is True
    for name in ("target_meshes.csv.toml", "sources/population_mesh4.csv.toml"):
        sidecar = tomllib.loads((folder / name).read_text("utf-8"))
        assert sidecar["is_synthetic"] is True
    assert "合成" in (folder / "README.txt").read_text("utf-8")


def test_scenario_toml_names_the_hash_of_every_other_file(scenario):
    written = bytes_by_name(scenario.folder)
    label = tomllib.loads(written.pop("scenario.toml").decode())
    assert label["sha256"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in written.items()
    }


def test_without_areas_no_filing_speaks_of_them(scenario, written):
    assert written.covered_counts == {}
    for carrier in CARRIERS:
        folder = scenario.folder / "filings" / carrier
        assert not (folder / "coverage.parquet").exists()
        plan = tomllib.loads((folder / "plan.toml").read_text("utf-8"))
        assert "coverage_model" not in plan


def test_small_scale_keeps_one_advanced_station_per_cell(small):
    rows = sum(len(small.rows[name]) for name in CARRIERS)
    assert 4331 + 4160 + 2855 + 2506 <= rows < 15_000


def test_same_seed_and_scale_give_the_same_bytes(small, tmp_path):
    write_scenario(tmp_path / "again", seed=7, scale=0.001, areas=False)
    assert bytes_by_name(tmp_path / "again") == bytes_by_name(small.folder)


def test_another_seed_gives_other_stations(scenario, small):
    first = {name: scenario.rows[name][0]["lat"] for name in CARRIERS}
    assert first != {name: small.rows[name][0]["lat"] for name in CARRIERS}
    assert scenario.population != small.population


def test_scale_multiplies_rows_but_not_cells(written, tmp_path):
    half = write_scenario(tmp_path / "half", scale=0.5, areas=False)
    assert half.cell_counts == written.cell_counts
    last = max(written.station_counts["docomo"])
    for carrier in CARRIERS:
        assert 2 * half.station_counts[carrier][last] == pytest.approx(
            written.station_counts[carrier][last], abs=2
        )


def test_an_earlier_scenario_is_replaced_as_a_whole(tmp_path):
    write_scenario(tmp_path / "out", seed=1, scale=0.001, areas=False)
    write_scenario(tmp_path / "out", seed=2, scale=0.001, areas=False)
    label = tomllib.loads((tmp_path / "out/scenario.toml").read_text("utf-8"))
    assert label["seed"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("names", [["notes.txt"], ["scenario.toml", "thesis.docx"]])
def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="not an earlier scenario"):
        write_scenario(tmp_path, scale=0.001, areas=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    def fail(line):
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="population"):
        write_scenario(tmp_path / "out", scale=0.001, report=fail)
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_the_callback(tmp_path):
    lines = []
    write_scenario(tmp_path / "out", scale=0.001, areas=False, report=lines.append)
    assert [line.partition(":")[0] for line in lines[1:]] == list(CARRIERS)


@pytest.mark.parametrize("bad", [{"seed": -1}, {"scale": 0.0}, {"scale": float("nan")}])
def test_unusable_arguments_are_refused_before_anything_is_written(tmp_path, bad):
    with pytest.raises(KibanError, match=next(iter(bad))):
        write_scenario(tmp_path / "out", **bad)
    assert list(tmp_path.iterdir()) == []


def test_path_of_a_file_is_refused(tmp_path):
    file = Path(tmp_path, "out")
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="is a file"):
        write_scenario(file)
