"""JIS X 0410 grid square codes (地域メッシュコード), their geometry and area.

Levels are named ``m1 m2 m5k m2k m3 m4 m5 m6 m100``. Codes are int64 inside the project
and zero-padded text outside. A scalar goes in and out as a scalar, an array of any
shape as an array. No floating-point number ever decides in which cell a point lies.
"""

from geodata.errors import CoordinateError, MeshCodeError
from geodata.mesh.cells import is_japanese, is_possible, validate
from geodata.mesh.geometry import to_polygons, to_wkb, wkb_bytes
from geodata.mesh.levels import LEVELS, Level
from geodata.mesh.points import encode
from geodata.mesh.primary import PRIMARY_MESHES
from geodata.mesh.relatives import children, neighbor, parent
from geodata.mesh.shape import area_m2, bounds, center, decode
from geodata.mesh.text import detect_level, from_text, to_text

__all__ = [
    "LEVELS",
    "PRIMARY_MESHES",
    "CoordinateError",
    "Level",
    "MeshCodeError",
    "area_m2",
    "bounds",
    "center",
    "children",
    "decode",
    "detect_level",
    "encode",
    "from_text",
    "is_japanese",
    "is_possible",
    "neighbor",
    "parent",
    "to_polygons",
    "to_text",
    "to_wkb",
    "validate",
    "wkb_bytes",
]
