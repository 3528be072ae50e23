"""Nation, bureaus and prefectures, and how prefectures add up to them."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geodata.errors import TableError


@dataclass(frozen=True)
class Scopes:
    """Scopes that a figure by prefecture is summed to.

    Attributes
    ----------
    names : DataFrame, shape (n_scope, 2)
        ``scope_kind``, ``scope_code``: the nation, the bureaus, the prefectures.
    prefectures : list of str
        Codes, ascending.
    matrix : int64 array, shape (n_prefecture, n_scope)
        1 where the prefecture is in the scope.
    """

    names: pd.DataFrame
    prefectures: list[str]
    matrix: npt.NDArray[np.int64]

    def place_of(self, codes: list[str], table: str) -> npt.NDArray[np.intp]:
        """Row of each prefecture in `matrix`; an error where it has none."""
        unknown = sorted(set(codes) - set(self.prefectures))
        if unknown:
            raise TableError(
                f"{table}: pref_code '{unknown[0]}' is none of the "
                f"{len(self.prefectures)} prefectures of the run; wanted two digits of "
                "JIS X 0401."
            )
        places: npt.NDArray[np.intp] = pd.Index(self.prefectures).get_indexer(
            pd.Index(codes, dtype="str")
        )
        return places

    def wholly_in(self, codes: Collection[str]) -> npt.NDArray[np.bool_]:
        """Tell of each scope whether all its prefectures are among some."""
        missing = ~np.isin(self.prefectures, list(codes))
        whole: npt.NDArray[np.bool_] = missing.astype("int64") @ self.matrix == 0
        return whole


def scopes_of(prefectures: pd.DataFrame) -> Scopes:
    """Give nation, bureaus and prefectures of ``pref_code``, ``bureau_code``."""
    codes = sorted(prefectures["pref_code"])
    bureau_of = prefectures.set_index("pref_code")["bureau_code"].loc[codes]
    bureaus = sorted(bureau_of.unique())
    names = [("nation", "JP")]
    names += [("bureau", code) for code in bureaus]
    names += [("prefecture", code) for code in codes]
    nation = np.ones((len(codes), 1), "int64")
    in_bureau = (bureau_of.to_numpy()[:, None] == np.array(bureaus)).astype("int64")
    itself = np.eye(len(codes), dtype="int64")
    return Scopes(
        pd.DataFrame(names, columns=["scope_kind", "scope_code"]),
        codes,
        np.hstack([nation, in_bureau, itself]),
    )
