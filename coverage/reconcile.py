"""Identities between tables of one run: what must add up, checked before release."""

import pandas as pd

_STATE = ["as_of", "basis", "carrier"]


def broken_identities(
    rates: pd.DataFrame, counts: pd.DataFrame, underserved: pd.DataFrame
) -> list[str]:
    """Sentences naming every identity that does not hold; empty when all do.

    Parameters
    ----------
    rates, counts, underserved : DataFrame
        ``out.base_deployment_rate``, ``out.station_count``,
        ``out.underserved_mesh``. Not modified.

    Notes
    -----
    Under ``majority`` prefectures and bureaus each add up to the nation; combined
    stations are the sum of the carriers'; combined cells are at least each
    carrier's and at most their sum; served and underserved cells are the target.
    """
    majority = rates[rates["assignment"] == "majority"]
    return [
        *_parts_add_up(majority, "numerator_count", _STATE),
        *_parts_add_up(majority, "denominator_count", _STATE),
        *_parts_add_up(counts, "station_count", [*_STATE, "band_class", "unit"]),
        *_carriers_add_up(counts),
        *_union_is_bounded(rates),
        *_cells_are_complete(rates, underserved),
    ]


def _parts_add_up(table: pd.DataFrame, value: str, key: list[str]) -> list[str]:
    told = table[table[value].notna()]
    if told.empty:
        return []
    totals = told.pivot_table(
        index=key, columns="scope_kind", values=value, aggfunc="sum"
    )
    broken = totals[
        (totals["bureau"] != totals["nation"])
        | (totals["prefecture"] != totals["nation"])
    ]
    return [
        f"{value} of {dict(zip(key, at, strict=True))}: nation {row['nation']}, "
        f"bureaus {row['bureau']}, prefectures {row['prefecture']}"
        for at, row in broken.iterrows()
    ]


def _carriers_add_up(counts: pd.DataFrame) -> list[str]:
    key = ["as_of", "basis", "scope_kind", "scope_code", "band_class", "unit"]
    is_combined = counts["carrier"] == "combined"
    combined = counts[is_combined].set_index(key)["station_count"]
    summed = counts[~is_combined].groupby(key)["station_count"].sum(min_count=1)
    differs = combined.fillna(-1) != summed.reindex(combined.index).fillna(-1)
    return [
        f"station_count of combined at {at}: {combined[at]}, carriers {summed[at]}"
        for at in combined.index[differs]
    ]


def _union_is_bounded(rates: pd.DataFrame) -> list[str]:
    key = ["as_of", "basis", "scope_kind", "scope_code", "assignment"]
    is_combined = rates["carrier"] == "combined"
    union = rates[is_combined].set_index(key)["numerator_count"].dropna()
    parts = rates[~is_combined].groupby(key)["numerator_count"]
    least = parts.max().reindex(union.index).fillna(0)
    most = parts.sum().reindex(union.index).fillna(0)
    outside = (union < least) | (union > most)
    return [
        f"combined cells at {at}: {union[at]}, not within {least[at]}..{most[at]}"
        for at in union.index[outside]
    ]


def _cells_are_complete(rates: pd.DataFrame, underserved: pd.DataFrame) -> list[str]:
    nation = rates[
        (rates["carrier"] == "combined") & (rates["scope_kind"] == "nation")
    ].set_index(["as_of", "basis"])
    listed = underserved.groupby(["as_of", "basis"]).size()
    listed = listed.reindex(nation.index).fillna(0)
    expected = nation["denominator_count"] - nation["numerator_count"].fillna(0)
    return [
        f"underserved cells at {at}: {listed[at]} listed, {expected[at]} unserved"
        for at in nation.index[listed != expected]
    ]
