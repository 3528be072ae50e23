"""The three forms in which disadvantaged municipalities are listed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pandera

from geodata import reference
from geodata.errors import SourceError
from geodata.readers.columns import city_code_column, code_list_column
from geodata.readers.files.published import Published
from geodata.reference.municipality_code import CodeForm

LISTED = "listed"
"""Kind of the 地域要件確認表: designated by some law, not said which."""

EXTENTS = ("full", "deemed", "partial", "none")

CATEGORY = "地域要件確認表"

_KINDS = reference.disadvantaged_kinds()
_KASO_EXTENT = {"全部過疎": "full", "みなし過疎": "deemed", "一部過疎": "partial"}


@dataclass(frozen=True)
class Form:
    """One of the three forms.

    Attributes
    ----------
    edition : str
        What the reading calls it.
    stem : str
        How the name of the published file begins; empty for the project's own list.
    code : str
        Column of the municipality code.
    columns : tuple of str
        Columns that are needed, and by which the form is known.
    optional : tuple of str
        Columns that are used, or known and left alone.
    tests : dict
        Code lists of other columns.
    convert : callable
        Rows of texts to ``kind, extent, areas_ja``.
    """

    edition: str
    stem: str
    code: str
    columns: tuple[str, ...]
    optional: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]
    convert: Callable[[pd.DataFrame], pd.DataFrame]


def form_of(file: Published, header: Sequence[str]) -> Form:
    """The form whose columns `header` holds.

    Raises
    ------
    SourceError
        No form fits, several do, or the file is named like another one.
    """
    fitting = [form for form in FORMS if set(form.columns) <= set(header)]
    if len(fitting) != 1:
        wanted = "; or ".join(", ".join(form.columns) for form in FORMS)
        raise SourceError(
            f"{file.name}, line 1: the header is {', '.join(header)}; wanted the "
            f"columns of one list: {wanted}. Take the list as published, or add the "
            "missing column."
        )
    form = fitting[0]
    for other in FORMS:
        named = other.stem and file.file_name.lower().startswith(other.stem)
        if named and other is not form:
            raise SourceError(
                f"{file.name}, line 1: named like {other.edition}, but its columns "
                f"are those of {form.edition}; wanted: {', '.join(other.columns)}. "
                "Give the file its own name, or take the right file."
            )
    return form


def schema_of(form: Form, codes: CodeForm) -> pandera.DataFrameSchema:
    """Checks of the rows of a form, whose codes are written as `codes` says."""
    columns = {form.code: city_code_column(codes)}
    for name, wanted in form.tests.items():
        columns[name] = code_list_column(wanted)
    return pandera.DataFrameSchema(columns)


def _of_kaso(texts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": "kaso",
            "extent": texts["kaso_kind"].map(_KASO_EXTENT),
            "areas_ja": texts["kaso_areas"],
        }
    )


def _of_category(texts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": LISTED,
            "extent": texts["disadvantaged"],
            "areas_ja": pd.Series(None, index=texts.index, dtype="str"),
        }
    )


def _of_own(texts: pd.DataFrame) -> pd.DataFrame:
    nothing = pd.Series(None, index=texts.index, dtype="str")
    return pd.DataFrame(
        {
            "kind": texts["kind"],
            "extent": texts["extent"],
            "areas_ja": texts.get("areas_ja", nothing),
        }
    )


FORMS = (
    Form(
        edition="過疎地域市町村等一覧",
        stem="kaso_municipalities",
        code="municipality_code",
        columns=("municipality_code", "kaso_kind", "kaso_areas"),
        optional=("pref", "municipality", "truncated"),
        tests={"kaso_kind": tuple(_KASO_EXTENT)},
        convert=_of_kaso,
    ),
    Form(
        edition=CATEGORY,
        stem="municipality_category",
        code="municipality_code",
        columns=("municipality_code", "category_id", "disadvantaged"),
        optional=(
            "pref",
            "municipality",
            "category_label",
            "metro_area",
            "designated_city",
            "corrected",
        ),
        tests={"disadvantaged": ("full", "partial", "none")},
        convert=_of_category,
    ),
    Form(
        edition="list by municipality",
        stem="",
        code="city_code",
        columns=("kind", "city_code", "extent"),
        optional=("areas_ja",),
        tests={
            "kind": (*_KINDS["kind"], LISTED),
            "extent": EXTENTS,
        },
        convert=_of_own,
    ),
)
