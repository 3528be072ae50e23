"""Coverage stage: coverage areas (エリア図), filed or modelled, on 500 m cells."""

from geodata.coverage_area.stage import areas_on_cells, land_by_municipality

__all__ = ["areas_on_cells", "land_by_municipality"]
