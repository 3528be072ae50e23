"""What GDAL is given to open: a path, or the bytes where it cannot find a member."""

import io
import zipfile

from geodata.readers.files.published import Published

_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj")


def gdal_source(file: Published) -> str | bytes:
    """Path of a file for GDAL, or its bytes.

    Parameters
    ----------
    file : Published
        A vector file. GDAL reads names in an archive as UTF-8, so members with a
        Japanese name in CP932, or with backslashes, are handed over as bytes: a
        Shapefile as a small archive of its parts.
    """
    if file.member.isascii() and "\\" not in file.member:
        return file.gdal_path
    if file.suffix != ".shp":
        return file.read_bytes()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for suffix in _SHAPEFILE:
            if part := file.beside(suffix):
                archive.writestr(f"layer{suffix}", part.read_bytes())
    return memory.getvalue()
