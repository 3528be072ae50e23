"""Attributes of a 国土数値情報 mesh product, from whichever form it comes in."""

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pyproj
from pyogrio.errors import DataSourceError

from geodata.datum import DATUM_NAMES, TOKYO_EPSG, geographic_epsg
from geodata.errors import SourceError
from geodata.readers.census.header import tokyo_datum
from geodata.readers.files.csv_rows import header_of, read_csv
from geodata.readers.files.encoding import encoding_of
from geodata.readers.files.gdal_source import gdal_source
from geodata.readers.files.published import Published, published_in
from geodata.readers.files.shapefile import check_shapefile
from geodata.readers.reading import Rejections, unused_columns

_FORMS = (".shp", ".geojson", ".csv")  # of one dataset in several forms, the first
_KNOWN = re.compile(
    r"MESH_ID|SHICODE|CITY_CODE|POP\d{4}|(PT|RT)\w{1,2}_\d{4}|HITOKU_?\d{4}"
)
_PARTS = {".shx", ".dbf", ".prj", ".cpg", ".xml", ".txt", ".toml"}


@dataclass(frozen=True)
class Attributes:
    """Attributes of one file.

    Attributes
    ----------
    frame : DataFrame
        Columns as published; texts where the file is CSV.
    file, layer : str
        Where they were read.
    rows : int array, length of `frame`
        1-based feature, or line of a CSV.
    row_count : int
        Rows of the file, those of a wrong length with them.
    datum : str
        As the layer declares it; ``not stated`` in CSV.
    notes : tuple of str
        What GDAL warned of, and columns that no edition is known to have.
    """

    frame: pd.DataFrame
    file: str
    layer: str
    rows: np.ndarray
    row_count: int
    datum: str
    notes: tuple[str, ...] = ()


def attribute_files(paths: Sequence[Path]) -> list[Published]:
    """The file of each archive or path to read: Shapefile, GeoJSON or CSV.

    Raises
    ------
    SourceError
        There is none in one of `paths`.
    """
    found: list[Published] = []
    for path in paths:
        if path.suffix.lower() in _PARTS:
            continue
        files = published_in(path, _FORMS)
        if not files:
            raise SourceError(
                f"{path.name}: no {', '.join(_FORMS)} in it; wanted the Shapefile, "
                "GeoJSON or CSV of 500mメッシュ別将来推計人口, or its zip."
            )
        form = min(_FORMS.index(file.suffix) for file in files)
        found += [file for file in files if file.suffix == _FORMS[form]]
    if not found:
        raise SourceError(
            "future_population: no file; wanted 500m_mesh_suikei_2018_shape_13.zip or "
            "the like."
        )
    return found


def read_attributes(file: Published, faults: Rejections) -> Attributes:
    """Read all attributes of `file`, without geometry.

    Parameters
    ----------
    file : Published
        Shapefile, GeoJSON or CSV (ASCII header; UTF-8 or CP932).
    faults : Rejections
        Rows of a CSV with another number of fields than the header are added.

    Raises
    ------
    SourceError
        The file is empty, cut short or damaged, or on another datum than JGD2011,
        JGD2000 or WGS 84.
    """
    if file.suffix == ".csv":
        return _read_text(file, faults)
    numbers = check_shapefile(file).rows if file.suffix == ".shp" else None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            source = gdal_source(file)
            info = pyogrio.read_info(source)
            frame = pyogrio.read_dataframe(source, read_geometry=False)
    except (DataSourceError, UnicodeDecodeError) as error:
        reason = str(error).replace("\n", " ")
        raise SourceError(
            f"{file.name}: cannot be read ({reason}); wanted: the complete file as "
            "published. Download it again."
        ) from error
    if not len(frame):
        raise SourceError(
            f"{file.name}: no feature; wanted one per cell and municipality. "
            "Download it again."
        )
    rows = np.arange(1, len(frame) + 1) if numbers is None else numbers
    datum = _datum(file, info["crs"])
    said = dict.fromkeys(f"{file.name}: {warning.message}" for warning in caught)
    notes = (*said, *_further(file, frame.columns))
    layer = info["layer_name"]
    return Attributes(frame, file.name, layer, rows, len(frame), datum, notes)


def _further(file: Published, columns: Iterable[str]) -> tuple[str, ...]:
    """Note of columns that no edition is known to have."""
    further = [name for name in map(str, columns) if not _KNOWN.fullmatch(name)]
    return unused_columns(file.name, further)


def _datum(file: Published, crs: str | None) -> str:
    if crs is None:
        return "not stated"
    epsg = geographic_epsg(pyproj.CRS.from_user_input(crs))
    if epsg == TOKYO_EPSG:
        raise tokyo_datum(f"{file.name}, its coordinate reference system", "population")
    if epsg is None:
        raise SourceError(
            f"{file.name}: coordinate reference system {crs[:80]}; wanted JGD2011 "
            "(EPSG:6668), JGD2000 (EPSG:4612) or WGS 84. Take the file as published."
        )
    return DATUM_NAMES[epsg]


def _read_text(file: Published, faults: Rejections) -> Attributes:
    encoding = encoding_of(file.read_bytes())
    header = header_of(file, encoding)
    wanted = [name for name in header if _is_used(name)]
    rows = read_csv(file, wanted, encoding, may_end_open=False)
    rows.reject_misshapen(faults, file.name)
    frame = rows.frame.replace("", None)
    return Attributes(
        frame=frame,
        file=file.name,
        layer="",
        rows=rows.lines,
        row_count=rows.row_count,
        datum="not stated",
        notes=_further(file, header),
    )


def _is_used(name: str) -> bool:
    return name in ("MESH_ID", "SHICODE", "CITY_CODE") or name.startswith(
        ("POP", "PTN_")
    )
