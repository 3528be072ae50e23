"""Licences against filings, on numbers small enough to count by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from coverage.labels import RunLabels
from coverage.licence_reconciliation import licence_reconciliation
from geodata import reference
from geodata.readers.licences import read_licences
from geodata.schemas import TABLES, conform, to_frame

CARRIERS = ("docomo", "rakuten")
LABELS = RunLabels(
    CARRIERS, "official", is_synthetic=True, filed_as_of={"rakuten": date(2024, 3, 31)}
)
FORMS = pd.DataFrame({"carrier": CARRIERS, "form": ["none", "stations"]})
SHIGA = 19  # municipalities


def licences_of(text, day="2024-03-12", carrier="rakuten"):
    """Lines ``city_or_pref class count``; a prefecture is two digits."""
    rows = [line.split() for line in text.strip().splitlines()]
    codes = [code for code, _, _ in rows]
    return pd.DataFrame(
        {
            "licensee": "x",
            "carrier": carrier,
            "licence_kind": "individual",
            "pref_code": [code[:2] for code in codes],
            "city_code": pd.Series(
                [c if len(c) == 5 else None for c in codes], dtype="str"
            ),
            "band_class": [band for _, band, _ in rows],
            "counted_on": pd.Timestamp(day),
            "station_count": [int(count) for _, _, count in rows],
        }
    ).astype({"carrier": "str"})


def stations_of(text, carrier="rakuten"):
    """Lines ``city_or_pref class from until counted``; ``-`` for no date."""
    rows = [line.split() for line in text.strip().splitlines()]
    dates = pd.DataFrame(rows).replace("-", None)
    codes = [row[0] for row in rows]
    return pd.DataFrame(
        {
            "carrier": carrier,
            "pref_code": [code[:2] for code in codes],
            "city_code": pd.Series(
                [c if len(c) == 5 else None for c in codes], dtype="str"
            ),
            "band_class": [row[1] for row in rows],
            "operating_from": pd.to_datetime(dates[2]),
            "ends_on": pd.to_datetime(dates[3]),
            "is_counted": [row[4] == "y" for row in rows],
        }
    ).astype({"carrier": "str"})


def reconcile(licences, filed, forms=FORMS, labels=LABELS, **more):
    codes = pd.concat([licences["city_code"], filed["city_code"]])
    rows = licence_reconciliation(
        licences,
        filed,
        reference.to_listed(codes.dropna().drop_duplicates()),
        reference.municipalities(),
        forms,
        labels,
        **more,
    )
    conform(TABLES["out.licence_reconciliation"], rows)
    return rows


def at(rows, scope_code, band_class="sub6", scope_kind="municipality"):
    chosen = rows[
        (rows["scope_code"] == scope_code)
        & (rows["band_class"] == band_class)
        & (rows["scope_kind"] == scope_kind)
    ]
    return chosen.iloc[0] if len(chosen) == 1 else None


def counts_at(*place, **more):
    row = at(*place, **more)
    columns = ["licensed_count", "filed_count", "difference", "status"]
    return tuple(None if pd.isna(v) else v for v in row[columns])


LICENSED = licences_of("""
    25201 sub6   3
    25202 sub6   2
    25203 sub6   1
    25    sub6   4
    25201 mmwave 1
""")

FILED = stations_of("""
    25201 sub6      2024-03-12 -          y
    25201 sub6      2024-03-13 -          y
    25201 sub6      2023-01-01 2024-03-12 y
    25201 sub6      2023-01-01 2024-03-13 y
    25201 sub6      2023-01-01 -          n
    25201 sub6      -          -          y
    25202 sub6      2023-01-01 -          y
    25202 sub6      2023-01-01 -          y
    25206 sub6      2023-01-01 -          y
    25    sub6      2023-01-01 -          y
    25201 reuse_mid 2023-01-01 -          y
    13101 sub6      2023-01-01 -          y
""")


def test_each_municipality_has_both_counts_of_the_licence_day():
    rows = reconcile(LICENSED, FILED)
    assert counts_at(rows, "25201") == (3, 2, -1, "licensed_more")
    assert counts_at(rows, "25202") == (2, 2, 0, "equal")
    assert counts_at(rows, "25203") == (1, 0, -1, "licensed_more")
    assert counts_at(rows, "25206") == (0, 1, 1, "filed_more")
    assert counts_at(rows, "25201", "mmwave") == (1, 0, -1, "licensed_more")


def test_a_municipality_of_a_covered_prefecture_without_a_licence_has_zero():
    rows = reconcile(LICENSED, FILED)
    assert counts_at(rows, "25441") == (0, 0, 0, "equal")
    of_shiga = rows[
        (rows["scope_kind"] == "municipality") & (rows["pref_code"] == "25")
    ]
    assert of_shiga["scope_code"].nunique() == SHIGA
    assert len(of_shiga) == 3 * SHIGA + 1  # sub6, mmwave, all; and reuse_mid once


def test_a_prefecture_without_licence_data_has_no_row():
    rows = reconcile(LICENSED, FILED)
    assert set(rows["pref_code"].dropna()) == {"25"}


def test_stations_without_a_municipality_count_in_the_prefecture():
    rows = reconcile(LICENSED, FILED)
    assert counts_at(rows, "25", scope_kind="unplaced") == (4, 1, -3, "licensed_more")
    assert counts_at(rows, "25", scope_kind="prefecture") == (
        *(10, 6, -4),
        "licensed_more",
    )
    assert counts_at(rows, "JP", scope_kind="covered")[:3] == (10, 6, -4)
    assert counts_at(rows, "JP", "all", scope_kind="covered")[:3] == (11, 6, -5)
    assert pd.isna(at(rows, "JP", scope_kind="covered")["pref_code"])


def test_a_class_that_the_licences_do_not_tell_is_not_compared():
    rows = reconcile(LICENSED, FILED)
    assert counts_at(rows, "25201", "reuse_mid") == (None, 1, None, "not_licensed_data")
    assert at(rows, "25202", "reuse_mid") is None
    assert counts_at(rows, "25201", "all") == (4, 2, -2, "licensed_more")


def test_licences_on_reused_bands_are_not_compared():
    more = pd.concat([LICENSED, licences_of("25201 reuse_mid 99\n25202 lte 99")])
    pd.testing.assert_frame_equal(reconcile(more, FILED), reconcile(LICENSED, FILED))


def test_a_carrier_without_a_filing_by_station_has_no_difference():
    forms = FORMS.assign(form=["none", "mesh_counts"])
    rows = reconcile(LICENSED, FILED, forms)
    assert counts_at(rows, "25201") == (3, None, None, "no_filing")
    assert not rows["is_complete"].any()
    assert rows["filed_as_of"].isna().all()


def test_a_filing_older_than_the_licences_is_incomplete():
    late = pd.concat([LICENSED, LICENSED.assign(counted_on=pd.Timestamp("2024-04-01"))])
    rows = reconcile(late, FILED)
    by_day = rows.groupby("counted_on")["is_complete"].agg(["min", "max"])
    assert by_day.to_numpy().tolist() == [[True, True], [False, False]]
    assert set(rows["filed_as_of"]) == {pd.Timestamp("2024-03-31")}
    assert rows["is_synthetic"].all()


def test_licences_of_a_company_that_is_no_carrier_are_passed_over():
    other = licences_of("13101 sub6 9").assign(carrier=None).astype({"carrier": "str"})
    more = pd.concat([LICENSED, other], ignore_index=True)
    pd.testing.assert_frame_equal(reconcile(more, FILED), reconcile(LICENSED, FILED))


def test_wards_of_a_later_reform_are_compared_as_the_whole_city():
    licensed = licences_of("22138 sub6 5\n22139 sub6 2\n22140 sub6 1\n22101 sub6 1")
    filed = stations_of("""
        22131 sub6 2023-01-01 - y
        22135 sub6 2023-01-01 - y
        22137 sub6 2023-01-01 - y
        22101 sub6 2023-01-01 - y
    """)
    rows = reconcile(licensed, filed)
    assert counts_at(rows, "22130") == (8, 3, -5, "licensed_more")
    assert counts_at(rows, "22101") == (1, 1, 0, "equal")
    codes = set(rows.loc[rows["scope_kind"] == "municipality", "scope_code"])
    assert not codes & {f"2213{n}" for n in range(1, 10)}
    assert counts_at(rows, "22", scope_kind="prefecture")[:3] == (9, 4, -5)


def test_before_the_reform_wards_are_compared_one_by_one():
    licensed = licences_of("22131 sub6 5\n22137 sub6 2", day="2023-03-24")
    rows = reconcile(licensed, stations_of("22131 sub6 2023-01-01 - y"))
    assert counts_at(rows, "22131") == (5, 1, -4, "licensed_more")
    assert counts_at(rows, "22135") == (0, 0, 0, "equal")
    assert at(rows, "22130") is None


def test_days_and_carriers_are_counted_apart():
    earlier = licences_of("25201 sub6 1", day="2022-12-31")
    docomo = licences_of("25201 sub6 7", carrier="docomo")
    rows = reconcile(pd.concat([LICENSED, earlier, docomo]), FILED)
    chosen = rows[(rows["scope_code"] == "25201") & (rows["band_class"] == "sub6")]
    found = {
        (carrier, str(day.date())): (licensed, None if pd.isna(filed) else filed)
        for carrier, day, licensed, filed in chosen[
            ["carrier", "counted_on", "licensed_count", "filed_count"]
        ].itertuples(index=False)
    }
    assert found == {
        ("docomo", "2024-03-12"): (7, None),
        ("rakuten", "2022-12-31"): (1, 0),
        ("rakuten", "2024-03-12"): (3, 2),
    }


def test_without_licences_there_is_no_row():
    assert reconcile(LICENSED.iloc[:0], FILED).empty


def test_without_stations_every_licence_is_more():
    rows = reconcile(LICENSED, FILED.iloc[:0])
    assert counts_at(rows, "JP", scope_kind="covered") == (10, 0, -10, "licensed_more")


@pytest.mark.parametrize("seed", range(5))
def test_places_add_up_and_the_order_of_rows_does_not_matter(seed):
    random = np.random.default_rng(seed)
    table = reference.municipalities()
    codes = table.loc[table["pref_code"].isin(["22", "25", "43"]), "city_code"]
    chosen = random.choice([*codes, "22138", "22140", "25", "43"], 60)
    bands = random.choice(["sub6", "mmwave"], 60)
    licensed = licences_of(
        "\n".join(
            f"{c} {b} {n}" for n, (c, b) in enumerate(zip(chosen, bands, strict=True))
        )
    )
    sites = random.choice([*codes, "22"], 80)
    filed = stations_of("\n".join(f"{c} sub6 2023-01-01 - y" for c in sites))
    rows = reconcile(licensed, filed)
    shuffled = reconcile(licensed.sample(frac=1, random_state=seed), filed.iloc[::-1])
    pd.testing.assert_frame_equal(rows, shuffled)
    columns = ["licensed_count", "filed_count"]
    sums = rows.groupby(["scope_kind", "band_class"])[columns].sum()
    places = rows[rows["scope_kind"].isin(["municipality", "unplaced"])]
    parts = places.groupby("band_class")[columns].sum()
    for whole in ("prefecture", "covered"):
        pd.testing.assert_frame_equal(parts, sums.loc[whole])
    told = sums.loc["covered"]
    assert (told.loc["sub6"] + told.loc["mmwave"] == told.loc["all"]).all()
    assert told.loc["all", "licensed_count"] == licensed["station_count"].sum()


@pytest.mark.shared
def test_real_licences_of_kinki_keep_their_totals(shared_data):
    paths = sorted((shared_data / "data/musen_rakuten_5g_kinki").glob("*.csv"))
    licences = read_licences(paths).tables["raw.licence_count"]
    rows = reconcile(licences, FILED)
    covered = rows[rows["scope_kind"] == "covered"]
    by_day = covered.pivot_table(
        index="counted_on", columns="band_class", values="licensed_count"
    )
    assert by_day["mmwave"].to_list() == [1097, 1668, 2189, 2154, 2140]
    assert by_day["sub6"].to_list() == [1116, 1873, 3163, 3216, 3635]
    assert set(rows["pref_code"].dropna()) == {"25", "26", "27", "28", "29", "30"}
    of_one_class = rows[
        (rows["band_class"] == "sub6") & (rows["scope_kind"] == "municipality")
    ]
    assert of_one_class.groupby("counted_on").size().to_list() == [245] * 5


def test_tables_as_they_are_stored_give_the_same():
    table = TABLES["raw.licence_count"]
    stored = to_frame(conform(table, LICENSED))
    milliseconds = FILED.astype(
        {"operating_from": "datetime64[ms]", "ends_on": "datetime64[ms]"}
    )
    filed = milliseconds.astype({"is_counted": "boolean"})
    expected = reconcile(LICENSED, FILED).astype({"counted_on": "datetime64[us]"})
    found = reconcile(stored, filed).astype({"counted_on": "datetime64[us]"})
    pd.testing.assert_frame_equal(found, expected)
