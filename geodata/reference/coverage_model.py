"""How far a station is taken to reach where no coverage area was filed (推計エリア)."""

import pandas as pd

from geodata.reference.shipped import lend, read_toml


@lend
def coverage_radii() -> pd.DataFrame:
    """Radius of the disc round a station, by band class.

    Returns
    -------
    DataFrame, shape (5, 5)
        ``band_class``, ``radius_m`` (float64, metres on the ground), ``reason_ja``,
        ``reason_en``, ``provenance``: every radius is a decision.

    Notes
    -----
    Source: domain.md 3.4 asks for an estimate with a disc per band class; no official
    radius exists.
    """
    columns = ["band_class", "radius_m", "reason_ja", "reason_en", "provenance"]
    table = pd.DataFrame(read_toml("coverage_model.toml")["radius"])[columns]
    return table.astype({"radius_m": "float64"})
