"""Exact share of every grid cell that polygons, their unions and commons cover.

`cell_shares` takes polygons one by one, `union_shares` the union of the polygons of
each group, `common_shares` what two such unions have in common. No polygon is ever cut
against another: `green` says how one polygon covers cells, `sweep` how many do.
"""

from geodata.mesh.overlay.common import CommonShares, common_shares
from geodata.mesh.overlay.green import CellShares, cell_shares
from geodata.mesh.overlay.union import union_shares

__all__ = [
    "CellShares",
    "CommonShares",
    "cell_shares",
    "common_shares",
    "union_shares",
]
