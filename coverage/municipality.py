"""Coverage of each municipality: people, land, and fixed broadband beside them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.covered_population import CoveredPopulation
from coverage.labels import COMBINED, RunLabels
from coverage.land_area import PER_M2, thousandths, within_land
from coverage.population import PARTIAL_POPULATION, carriers_of, state_labelled
from coverage.rates import rate_columns, whole_numbers
from coverage.residents import Residents
from geodata.errors import TableError
from geodata.schemas.out_coverage import MUNICIPALITY_COVERAGE
from geodata.schemas.table import empty


@dataclass(frozen=True)
class MunicipalityTables:
    """What is known of municipalities beside their residents; None: not given.

    Attributes
    ----------
    names : DataFrame
        ``city_code``, ``name_ja``, such as ``out.municipality``.
    land : DataFrame or None
        ``city_code``, ``land_area_m2``; null where boundaries are missing.
    land_coverage : DataFrame or None
        Rows of ``core.mesh4_land_coverage``. An edition covers nothing of a
        municipality in which it has no row.
    fixed_broadband : DataFrame or None
        Rows of ``out.fixed_broadband``.
    """

    names: pd.DataFrame
    land: pd.DataFrame | None = None
    land_coverage: pd.DataFrame | None = None
    fixed_broadband: pd.DataFrame | None = None


def municipality_coverage(
    people: CoveredPopulation, tables: MunicipalityTables, labels: RunLabels
) -> pd.DataFrame:
    """5G人口カバー率 and 面積カバー率 of each municipality, with 光ファイバ整備率.

    Parameters
    ----------
    people : CoveredPopulation
        Residents and the editions that cover them. Not modified.
    tables : MunicipalityTables
        Names, land and fixed broadband. Not modified.
    labels : RunLabels
        What holds for the whole run.

    Returns
    -------
    DataFrame
        Columns of ``out.municipality_coverage``: every municipality that the
        population or the land names, for each day, source and carrier with areas
        (and for combined); a carrier without areas has no rows. Wards of designated
        cities stand one by one, as coded in the population; there is no row of a
        city as a whole, so rows add up to the nation but for residents of whom no
        municipality is known. Those of a city are the sum over its wards.

        A municipality without residents in the census has a total of 0
        (``no_denominator``), or null where the census does not tell all of its
        prefecture (``no_population``); one with some there is ``partial_population``
        then, as nobody knows whether they are all. Areas are null without boundaries,
        whatever the combination they are of the union of the areas.

        Rows of combined carry the fibre rate, and ``broadband_view``: mobile is there
        where half of the residents are covered or more, fixed where fibre is
        available to half of the households surveyed or more; null where the half is
        not covered by the carriers known, and others are not. A survey filed for a
        designated city as a whole says nothing of its wards.

    Raises
    ------
    TableError
        A land area is negative or not finite, or more land of a municipality is
        covered than there is.

    Notes
    -----
    Source: domain.md 3.4, 3.5 and 3.7. Areas are rounded to 0.001 m2, percentages are
    of the exact fraction.
    """
    land = _Land(tables, people)
    blocks: dict[tuple[object, ...], pd.DataFrame] = {}
    frames = []
    for stand in people.in_force:
        residents = people.residents[stand.state[0]]
        rows = []
        for carrier in carriers_of(stand, labels):
            editions = stand.editions(carrier, people.options.combination)
            area_edition = stand.edition_of[carrier]
            year = residents.census_year if residents else None
            key = (year, editions, area_edition)
            if key not in blocks:
                block = _people_columns(people, residents, editions, land.codes)
                blocks[key] = block.assign(**land.columns(block.index, area_edition))
            rows.append(blocks[key].assign(carrier=carrier))
        if rows and len(rows[0]):
            together = pd.concat(rows).rename_axis("city_code").reset_index()
            together = state_labelled(together, people, stand, labels)
            together["is_complete"] &= together.pop("has_whole_census")
            frames.append(together)
    if not frames:
        return empty(MUNICIPALITY_COVERAGE)
    table = pd.concat(frames, ignore_index=True)
    names = tables.names.set_index("city_code")["name_ja"]
    table = table.assign(
        pref_code=table["city_code"].str[:2],
        name_ja=table["city_code"].map(names),
        combination=people.options.combination,
    )
    return _with_broadband(table, tables.fixed_broadband)


def _people_columns(
    people: CoveredPopulation,
    residents: Residents | None,
    editions: tuple[str, ...],
    land_codes: list[str],
) -> pd.DataFrame:
    """Residents of every municipality, by code."""
    in_census = [] if residents is None else residents.municipalities
    codes = pd.Index(sorted({*in_census, *land_codes}), dtype="str")
    counts = np.zeros((3, len(codes)), "int64")
    is_known = is_whole = has_all = np.zeros(len(codes), bool)
    if residents is not None:
        everyone = residents.counts["population"]
        is_covered = people.covered(residents, editions, "population")
        is_told = residents.city_of >= 0
        place = codes.get_indexer(pd.Index(in_census))[residents.city_of[is_told]]
        parts = (is_covered, np.ones_like(is_covered), residents.is_listed)
        for count, is_part in zip(counts, parts, strict=True):
            np.add.at(count, place, (everyone * is_part)[is_told])
        is_whole = codes.str[:2].isin(residents.whole["population"])
        has_all = is_whole & ~codes.str[:2].isin(residents.gapped)
        is_known = is_whole | (counts[1] > 0)
    covered, total, listed = counts
    rate, percent = rate_columns(covered, total)
    columns = {
        "covered_count": whole_numbers(covered, is_known),
        "total_count": whole_numbers(total, is_known),
        "estimated_count": whole_numbers(listed, is_known),
        "rate": rate,
        "rate_pct_published": percent,
        "status": np.select(
            [~is_known, ~is_whole, total == 0],
            ["no_population", PARTIAL_POPULATION, "no_denominator"],
            "ok",
        ),
        "has_whole_census": has_all,
    }
    return pd.DataFrame(columns).set_axis(codes)


class _Land:
    """Land and covered land of municipalities, in thousandths of a square metre."""

    def __init__(self, tables: MunicipalityTables, people: CoveredPopulation) -> None:
        self._land = _land_by_city(tables.land)
        self._covered = None
        if tables.land_coverage is not None and len(self._land):
            used = {
                edition
                for stand in people.in_force
                for edition in stand.edition_of.values()
            }
            self._covered = _covered_by_city(tables.land_coverage, used)

    @property
    def codes(self) -> list[str]:
        """Municipalities whose land is known."""
        return list(self._land.index)

    def columns(self, codes: pd.Index, edition: str) -> dict[str, object]:
        """Area columns of one edition, NaN where land or coverage is not known."""
        land = self._land.reindex(codes, fill_value=0).to_numpy("int64")
        has_land = codes.isin(self._land.index)
        covered = np.zeros(len(codes), "int64")
        if self._covered is not None and edition in self._covered.index:
            of_edition = self._covered.loc[edition]
            covered = of_edition.reindex(codes, fill_value=0).to_numpy("int64")
        covered = np.where(has_land, covered, 0)
        covered = within_land(
            covered, land, lambda at: f"municipality {codes[at]} ({edition})"
        )
        is_covered_known = has_land & (self._covered is not None)
        rate, percent = rate_columns(covered, np.where(is_covered_known, land, 0))
        return {
            "covered_area_m2": np.where(is_covered_known, covered / PER_M2, np.nan),
            "land_area_m2": np.where(has_land, land / PER_M2, np.nan),
            "area_rate": rate,
            "area_pct_published": percent,
        }


def _land_by_city(land: pd.DataFrame | None) -> pd.Series:
    if land is None:
        return pd.Series(dtype="int64", index=pd.Index([], dtype="str"))
    told = land.dropna(subset=["city_code", "land_area_m2"])
    area = told["land_area_m2"].to_numpy("float64")
    is_bad = ~(np.isfinite(area) & (area >= 0))
    if is_bad.any():
        first = told[is_bad].iloc[0]
        raise TableError(
            f"Land by municipality: {first['city_code']} has {first['land_area_m2']} "
            "m2; wanted a finite number of 0 or more. Check the boundaries given."
        )
    total = told.groupby("city_code")["land_area_m2"].sum()
    return pd.Series(thousandths(total.to_numpy("float64")), index=total.index)


def _covered_by_city(land_coverage: pd.DataFrame, used: set[str]) -> pd.Series:
    """Covered land by edition and municipality; unassigned land is left out."""
    rows = land_coverage[land_coverage["edition"].isin(used)]
    edition, editions = pd.factorize(rows["edition"])
    city, cities = pd.factorize(rows["city_code"])
    is_told = city >= 0
    number = edition[is_told] * len(cities) + city[is_told]
    area = rows["covered_area_m2"].to_numpy("float64")[is_told]
    total = np.bincount(number, area, minlength=len(editions) * len(cities))
    index = pd.MultiIndex.from_product([editions, cities])
    return pd.Series(thousandths(total.astype("float64")), index=index)


def _with_broadband(table: pd.DataFrame, fixed: pd.DataFrame | None) -> pd.DataFrame:
    """Fibre rate and view of mobile and fixed together, on the rows of combined."""
    counts = ["household_count", "fibre_household_count"]
    rate = "fibre_household_coverage_rate"
    if fixed is None:
        return table.assign(**{rate: np.nan, "broadband_view": None})
    of_towns = fixed[fixed["scope_kind"] == "municipality"].set_index("scope_code")
    found = of_towns[[*counts, rate]].reindex(table["city_code"])
    found = found.set_axis(table.index)
    is_combined = table["carrier"] == COMBINED
    mobile = _half_served(table["covered_count"], table["total_count"])
    fibre = _half_served(found[counts[1]], found[counts[0]])
    has_mobile = mobile.fillna(value=False).to_numpy(bool)
    has_fibre = fibre.fillna(value=False).to_numpy(bool)
    view = np.select(
        [has_mobile & has_fibre, has_mobile, has_fibre],
        ["both", "mobile_only", "fixed_only"],
        "neither",
    )
    is_told = has_mobile | table["is_complete"]
    is_known = is_combined & mobile.notna() & fibre.notna() & is_told
    return table.assign(
        **{rate: found[rate].where(is_combined).astype("float64")},
        broadband_view=pd.Series(view, index=table.index, dtype="str").where(is_known),
    )


def _half_served(served: pd.Series, everyone: pd.Series) -> pd.Series:
    """Whether half or more are served, exactly; null where nobody is known."""
    reached = (2 * served >= everyone).astype("boolean")
    return reached.where((everyone > 0).fillna(value=False))
