"""Tables of a workspace belong to the stages that finished them."""

import pandas as pd

from geodata.store import StageRecord, Workspace

MESHES = pd.DataFrame({"mesh2": [533946]})
TARGETS, TRAFFIC = "raw.target_mesh", "raw.high_traffic_mesh"


def workspace(tmp_path):
    return Workspace.at(tmp_path / "workspace", tmp_path / "releases")


def finish(place, stage, **tables):
    written = {name: place.write(name, rows) for name, rows in tables.items()}
    place.save_record(stage, StageRecord("f", written, {}))


def test_a_table_is_there_once_its_stage_is_finished(tmp_path):
    place = workspace(tmp_path)
    assert not place.has(TARGETS)
    finish(place, "1-ingest", **{TARGETS: MESHES})
    assert place.has(TARGETS)


def test_what_a_killed_run_left_behind_is_not_there(tmp_path):
    place = workspace(tmp_path)
    finish(place, "1-ingest", **{TARGETS: MESHES})
    place.write(TRAFFIC, pd.DataFrame({"mesh3": [53394611]}))
    assert place.path(TRAFFIC).is_file()
    assert not place.has(TRAFFIC)


def test_a_table_that_a_stage_no_longer_makes_is_removed(tmp_path):
    place = workspace(tmp_path)
    traffic = pd.DataFrame({"mesh3": [53394611]})
    finish(place, "1-ingest", **{TARGETS: MESHES, TRAFFIC: traffic})
    finish(place, "1-ingest", **{TARGETS: MESHES})
    assert not place.path(TRAFFIC).is_file()
    assert place.path(TARGETS).is_file()


def test_a_table_that_changed_hands_is_not_removed(tmp_path):
    place = workspace(tmp_path)
    finish(place, "1-ingest", **{TARGETS: MESHES})
    finish(place, "2-mesh", **{TARGETS: pd.DataFrame({"mesh2": [533945]})})
    place.save_record("1-ingest", StageRecord("f", {}, {}))
    assert place.has(TARGETS)
    assert place.read(TARGETS)["mesh2"].tolist() == [533945]
