"""Who serves each secondary mesh (第2次地域区画), per carrier, day and basis."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.labels import RunLabels, State, carriers_with_cells, is_complete

_NEVER = np.iinfo(np.int64).max


def mesh2_status(
    events: pd.DataFrame,
    cells: pd.DataFrame,
    states: Sequence[State],
    forms: pd.DataFrame,
    labels: RunLabels,
) -> pd.DataFrame:
    """State of every secondary mesh with land, for each carrier and combined.

    Parameters
    ----------
    events : DataFrame
        Rows of ``core.station_event``. Not modified. Events in cells without land
        are no cell's and are left out.
    cells : DataFrame
        Rows of ``core.mesh2_cell``, sorted by ``mesh2``.
    states : sequence of (date, basis)
        Days and bases to report.
    forms : DataFrame
        Rows of ``core.carrier_filing``. A carrier whose filing is missing, or tells
        no cells, has null rows.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``core.mesh2_status``: len(states) x (carriers + combined) x
        cells rows. Rows start from the cells, never from what was filed: a silent
        cell is an unserved cell.

    Notes
    -----
    Source: domain.md 3.0 and 3.1. Combined is the union of served cells.
    """
    told = carriers_with_cells(forms)
    present = [carrier for carrier in labels.carriers if carrier in told]
    counted = _on_cells(events, cells, present)
    frames = []
    for state in states:
        arrays = _state_arrays(counted, state, len(present), len(cells))
        frames.extend(_carrier_frames(arrays, state, cells, present, labels))
    return pd.concat(frames, ignore_index=True)


def _on_cells(
    events: pd.DataFrame, cells: pd.DataFrame, present: list[str]
) -> pd.DataFrame:
    """Station x band events of all classes, with row numbers of cell and carrier."""
    chosen = events[
        (events["unit"] == "station_band")
        & (events["band_class"] == "all")
        & events["mesh2"].isin(cells["mesh2"])
        & events["carrier"].isin(present)
    ]
    days = chosen["effective_on"].to_numpy().astype("datetime64[D]").astype("int64")
    return pd.DataFrame(
        {
            "basis": chosen["basis"].to_numpy(),
            "cell": np.searchsorted(
                cells["mesh2"].to_numpy("int64"), chosen["mesh2"].to_numpy("int64")
            ),
            "carrier": pd.Index(present).get_indexer(chosen["carrier"]),
            "day": days,
            "station": chosen["station_delta"].to_numpy("int64"),
            "advanced": chosen["advanced_delta"].to_numpy("int64"),
        }
    )


def _state_arrays(
    counted: pd.DataFrame, state: State, carrier_count: int, cell_count: int
) -> dict[str, npt.NDArray[np.int64]]:
    """Counts and first days on one day, each of shape (carriers, cells)."""
    day, basis = state
    until = np.datetime64(day, "D").astype("int64")
    past = counted[(counted["basis"] == basis) & (counted["day"] <= until)]
    at = (past["carrier"].to_numpy(), past["cell"].to_numpy())
    arrays = {
        name: np.zeros((carrier_count, cell_count), "int64")
        for name in ("station", "advanced")
    }
    for name, array in arrays.items():
        np.add.at(array, at, past[name].to_numpy())
    first = np.full((carrier_count, cell_count), _NEVER, "int64")
    begins = past[past["advanced"] > 0]
    np.minimum.at(
        first,
        (begins["carrier"].to_numpy(), begins["cell"].to_numpy()),
        begins["day"].to_numpy(),
    )
    return arrays | {"first": first}


def _carrier_frames(
    arrays: dict[str, npt.NDArray[np.int64]],
    state: State,
    cells: pd.DataFrame,
    present: list[str],
    labels: RunLabels,
) -> list[pd.DataFrame]:
    frames = []
    for carrier in labels.rows:
        if carrier in present:
            place = present.index(carrier)
            own = {name: array[place] for name, array in arrays.items()}
        elif carrier in labels.carriers or not present:
            own = {}
        else:
            own = {
                "station": arrays["station"].sum(axis=0),
                "advanced": arrays["advanced"].sum(axis=0),
                "first": arrays["first"].min(axis=0),
            }
        frames.append(
            _rows(own, cells).assign(
                as_of=pd.Timestamp(state[0]),
                basis=state[1],
                carrier=carrier,
                is_complete=is_complete(carrier, state, present, labels),
                is_synthetic=labels.is_synthetic,
            )
        )
    return frames


def _rows(own: dict[str, npt.NDArray[np.int64]], cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with their counts; null everywhere where `own` is empty (no filing)."""
    rows = cells[["mesh2", "pref_code", "bureau_code", "is_target"]].copy()
    if not own:
        unknown = pd.Series(pd.NA, index=rows.index, dtype="Int64")
        return rows.assign(
            advanced_station_count=unknown,
            station_count=unknown,
            first_advanced_on=pd.Series(
                pd.NaT, index=rows.index, dtype="datetime64[s]"
            ),
            is_served=unknown.astype("boolean"),
        )
    first = own["first"].astype("datetime64[D]")
    first[own["first"] == _NEVER] = np.datetime64("NaT")
    return rows.assign(
        advanced_station_count=pd.array(own["advanced"], dtype="Int64"),
        station_count=pd.array(own["station"], dtype="Int64"),
        first_advanced_on=first.astype("datetime64[s]"),
        is_served=pd.array(own["advanced"] > 0, dtype="boolean"),
    )
