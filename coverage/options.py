"""How coverage is counted where the official definition leaves a choice."""

from dataclasses import dataclass

AREA_BASES = ("cell", "land")
"""Half of what is to be covered: of the whole cell, or of its land."""

COMBINATIONS = ("union", "any")
"""How carriers are combined: their areas laid together, or cells of any of them."""

_CENSUS_YEARS = range(1920, 2101)  # the first census was that of 1920


@dataclass(frozen=True)
class CoverageOptions:
    """Choices of 5G人口カバー率 (domain.md 3.4 and section 9, numbers 8 and 9).

    Attributes
    ----------
    area_basis : {"cell", "land"}
        ``cell``: a cell is covered where half of it or more is covered, the literal
        reading; ``land``: where half of its land is, for coastal cells.
    combination : {"union", "any"}
        ``union``: combined is covered where the areas of the carriers, laid together,
        cover half; ``any``: where at least one carrier alone does.
    census_year : int, optional
        Census to use for every day. Default: by the rule of the reference tables.

    Raises
    ------
    ValueError
        A value is none of the choices; the text names both.
    """

    area_basis: str = "cell"
    combination: str = "union"
    census_year: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a choice."""
        _check_choice("area_basis", self.area_basis, AREA_BASES)
        _check_choice("combination", self.combination, COMBINATIONS)
        year = self.census_year
        if year is not None and (isinstance(year, bool) or year not in _CENSUS_YEARS):
            raise ValueError(
                f"census_year {year!r}: wanted a year from {_CENSUS_YEARS[0]} to "
                f"{_CENSUS_YEARS[-1]} such as 2020, or nothing for the rule."
            )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} {value!r}: wanted one of {', '.join(choices)}.")
