"""GML of 国土数値情報: curves, surfaces, features, encoding and datum.

The files are format-synthetic: see ``vector_files.py``.
"""

from pathlib import Path

import pytest
import shapely
import vector_files as build
from vector_files import only, polygons_and_faults

from geodata.errors import SourceError
from geodata.readers.files import vector
from geodata.readers.files.vector import read_vector

FRAME = build.N03_BEFORE_2024
DEGREE_SECOND = 1 / 3600
SQUARE = [(139.0, 35.0), (139.0, 35.1), (139.1, 35.1), (139.1, 35.0), (139.0, 35.0)]
ROW = FRAME.iloc[3]


def gml(tmp_path: Path, text: str, encoding: str = "utf-8") -> vector.VectorLayer:
    path = tmp_path / "a.xml"
    path.write_bytes(text.encode(encoding))
    return read_vector(only(path))


def one_feature(*elements: str) -> str:
    return build.gml_text("".join(elements) + build.boundary_text(1, ROW, "sf"))


def test_a_hole_and_latitude_before_longitude_are_understood(tmp_path):
    layer = gml(tmp_path, build.n03_gml(FRAME))
    assert len(layer.frame.geometry[0].interiors) == 1
    assert layer.frame.geometry[0].equals(FRAME.geometry[0])
    assert layer.layer == "AdministrativeBoundary"


def test_a_ring_of_several_curves_some_backwards_is_joined(tmp_path):
    oriented = (
        '\t<gml:OrientableCurve gml:id="_cv2" orientation="-">\n'
        '\t\t<gml:baseCurve xlink:href="#cv2"/>\n\t</gml:OrientableCurve>\n'
    )
    text = one_feature(
        build.curve_text("cv1", SQUARE[:3]),
        build.curve_text("cv2", SQUARE[:1:-1]),
        oriented,
        build.surface_text("sf", [["cv1", "_cv2"]]),
    )
    shape = gml(tmp_path, text).frame.geometry[0]
    assert shape.equals(shapely.Polygon(SQUARE))
    assert len(shape.exterior.coords) == 5


def test_an_inline_linear_ring_is_read(tmp_path):
    positions = " ".join(f"{lat} {lon}" for lon, lat in SQUARE)
    text = build.gml_text(
        '<ksj:AdministrativeBoundary gml:id="gy1"><ksj:area><gml:Surface>'
        "<gml:patches><gml:PolygonPatch><gml:exterior><gml:LinearRing>"
        f"<gml:posList>{positions}</gml:posList></gml:LinearRing></gml:exterior>"
        "</gml:PolygonPatch></gml:patches></gml:Surface></ksj:area>"
        "<ksj:cityName>千代田区</ksj:cityName></ksj:AdministrativeBoundary>"
    )
    frame = gml(tmp_path, text).frame
    assert frame.geometry[0].equals(shapely.Polygon(SQUARE))
    assert frame["N03_004"].tolist() == ["千代田区"]
    assert frame["N03_007"].isna().all()


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [build.surface_text("sf", [["nowhere"]])],
        [build.curve_text("cv", SQUARE[:4]), build.surface_text("sf", [["cv"]])],
        [
            '<gml:CompositeCurve gml:id="cv"><gml:curveMember xlink:href="#cv"/>'
            "</gml:CompositeCurve>",
            build.surface_text("sf", [["cv"]]),
        ],
    ],
    ids=["no surface", "no curve", "open ring", "circle of references"],
)
def test_a_feature_whose_surface_cannot_be_built_is_rejected(tmp_path, elements):
    good, rejected = polygons_and_faults(gml(tmp_path, one_feature(*elements)))
    assert good.frame.empty
    assert rejected[["rule_id", "row", "value"]].to_numpy().tolist() == [
        ["bad_geometry", 1, "no geometry"]
    ]


def test_gml_cut_short_names_line_and_column(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml, line \d+, column \d+: .*wanted"):
        gml(tmp_path, build.n03_gml(FRAME)[:-300])


def test_an_empty_gml_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml, line 1, column 1: no element"):
        gml(tmp_path, "")


def test_a_coordinate_that_is_no_number_names_the_curve(tmp_path):
    text = build.n03_gml(FRAME).replace("35.69 139.75", "35.69 13q.75", 1)
    with pytest.raises(SourceError, match=r"a\.xml, Curve cv4_0: posList \(.*13q"):
        gml(tmp_path, text)


def test_an_odd_number_of_coordinates_names_the_curve(tmp_path):
    text = build.n03_gml(FRAME).replace("35.69 139.75", "139.75", 1)
    with pytest.raises(SourceError, match=r"a\.xml, Curve cv4_0: posList"):
        gml(tmp_path, text)


def test_gml_in_another_encoding_than_declared_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml: its text is not UTF-8.*wanted"):
        gml(tmp_path, build.n03_gml(FRAME), "cp932")


def test_gml_in_a_declared_shift_jis_is_read(tmp_path):
    text = build.n03_gml(FRAME).replace('encoding="UTF-8"', 'encoding="Shift_JIS"')
    frame = gml(tmp_path, text, "cp932").frame
    assert frame["N03_004"].tolist() == FRAME["N03_004"].tolist()


def test_gml_with_a_byte_order_mark_is_read(tmp_path):
    assert len(gml(tmp_path, build.n03_gml(FRAME), "utf-8-sig").frame) == 6


def test_gml_without_features_or_with_two_kinds_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"a\.xml: feature types none; wanted"):
        gml(tmp_path, build.gml_text(build.curve_text("cv1", SQUARE)))
    two = build.boundary_text(1, ROW) + "<ksj:Lake><ksj:name>湖</ksj:name></ksj:Lake>"
    with pytest.raises(SourceError, match="types AdministrativeBoundary, Lake; wanted"):
        gml(tmp_path, build.gml_text(two))


def test_gml_on_tokyo_datum_is_moved_and_on_no_datum_refused(tmp_path):
    layer = gml(tmp_path, build.n03_gml(FRAME, system="TD / (B, L)"))
    assert (layer.datum, layer.declared) == ("TOKYO", "TD / (B, L)")
    assert (layer.frame.total_bounds[1] - 34.7) / DEGREE_SECOND > 10
    with pytest.raises(SourceError, match=r"a\.xml: no coordinate reference system"):
        gml(tmp_path, build.n03_gml(FRAME, system=""))
    with pytest.raises(SourceError, match=r"system JGD2011 / TP; wanted: JGD2011"):
        gml(tmp_path, build.n03_gml(FRAME, system="JGD2011 / TP"))


def test_a_feature_of_another_dataset_keeps_its_element_names(tmp_path):
    text = build.gml_text(
        build.curve_text("cv", SQUARE)
        + build.surface_text("sf", [["cv"]])
        + '<ksj:Zone gml:id="z"><ksj:bounds xlink:href="#sf"/><ksj:A22_009>1'
        "</ksj:A22_009><ksj:since><gml:TimeInstant><gml:timePosition>2015"
        "</gml:timePosition></gml:TimeInstant></ksj:since></ksj:Zone>"
    )
    frame = gml(tmp_path, text).frame
    assert frame.columns.tolist() == ["A22_009", "since", "geometry"]
    assert frame.iloc[0].tolist()[:2] == ["1", "2015"]
