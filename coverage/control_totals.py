"""Filed prefecture totals against the same carrier's stations or cells."""

import numpy as np
import pandas as pd

from geodata.calendar import period_ends

_KEY = ["carrier", "plan_id", "pref_code", "fiscal_year"]
_COUNTS = {"n_advanced": "advanced_delta", "n_stations": "station_delta"}
_RATE = "base_deployment_rate_pct"
_TOLERANCE = {"n_advanced": 0.0, "n_stations": 0.0, _RATE: 0.05}
"""Half of the last decimal that a rate is published with; counts are exact."""

_ROUNDING = 1e-9


def control_totals(
    filed: pd.DataFrame, events: pd.DataFrame, rates: pd.DataFrame
) -> pd.DataFrame:
    """Each filed prefecture total beside what the filing's finer rows add up to.

    Parameters
    ----------
    filed : DataFrame
        Rows of ``raw.prefecture_count`` of carriers that also filed stations or
        cells: there they are control totals and count for nothing themselves.
    events : DataFrame
        Rows of ``core.station_event``. Not modified.
    rates : DataFrame
        Rows of ``out.base_deployment_rate``. Not modified.

    Returns
    -------
    DataFrame
        Columns of ``core.control_total``: quantities ``n_advanced``, ``n_stations``
        (advanced and ordinary) and ``base_deployment_rate_pct``, at each filed
        fiscal year end, planned basis. ``computed_value`` is null where nothing was
        computed; ``is_equal`` then is null too. Rates are equal within 0.05 points.

    Notes
    -----
    Source: domain.md 4 and 4.4 (the finest form counts, the others control it).
    """
    whole_year = pd.Series(pd.NA, index=filed.index, dtype="Int8")
    totals = filed.assign(
        n_stations=filed["n_advanced"] + filed["n_ordinary"],
        as_of=period_ends(filed["fiscal_year"].astype("Int16"), whole_year),
    )
    long = totals.melt(
        id_vars=[*_KEY, "as_of"],
        value_vars=[*_COUNTS, _RATE],
        var_name="quantity",
        value_name="filed_value",
    ).dropna(subset=["filed_value"])
    computed = pd.concat([_counts(totals, events), _rates(rates)], ignore_index=True)
    at = ["carrier", "pref_code", "as_of", "quantity"]
    rows = long.merge(computed, on=at, how="left", validate="m:1")
    rows["filed_value"] = rows["filed_value"].astype("float64")
    difference = (rows["filed_value"] - rows["computed_value"]).abs()
    allowed = rows["quantity"].map(_TOLERANCE).astype("float64") + _ROUNDING
    is_equal = (difference <= allowed).astype("boolean")
    rows["is_equal"] = is_equal.mask(rows["computed_value"].isna())
    return rows.drop(columns="as_of")


def _counts(totals: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Counts of each filed carrier, prefecture and day, from the events."""
    planned = events[
        (events["unit"] == "station_band")
        & (events["band_class"] == "all")
        & (events["basis"] == "planned")
    ]
    asked = totals[["carrier", "pref_code", "as_of"]].drop_duplicates()
    pairs = asked.merge(planned, on=["carrier", "pref_code"], how="left")
    is_past = (pairs["effective_on"] <= pairs["as_of"]).to_numpy(bool)
    frames = []
    for quantity, delta in _COUNTS.items():
        value = np.where(is_past, pairs[delta].fillna(0).to_numpy("float64"), 0.0)
        sums = pairs[["carrier", "pref_code", "as_of"]].assign(computed_value=value)
        total = sums.groupby(["carrier", "pref_code", "as_of"], as_index=False).sum()
        frames.append(total.assign(quantity=quantity))
    return pd.concat(frames, ignore_index=True)


def _rates(rates: pd.DataFrame) -> pd.DataFrame:
    chosen = rates[
        (rates["scope_kind"] == "prefecture")
        & (rates["assignment"] == "majority")
        & (rates["basis"] == "planned")
    ]
    return pd.DataFrame(
        {
            "carrier": chosen["carrier"],
            "pref_code": chosen["scope_code"],
            "as_of": chosen["as_of"],
            "quantity": _RATE,
            "computed_value": chosen["rate_pct_published"].astype("float64"),
        }
    )
