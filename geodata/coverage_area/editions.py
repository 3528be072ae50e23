"""Which coverage areas stand for each carrier, and for all, on each day."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from geodata.coverage_area.content import NOTHING, Content, distinct
from geodata.coverage_area.station_model import StationModel
from geodata.reference import COMBINED
from geodata.schemas.coverage_area import COVERAGE_EDITION

ALL, SUB6 = "all", "sub6"
FILED, MODELLED = "filed", "modelled"

State = tuple[date, str]
"""A day and a basis (``operating`` or ``planned``)."""


@dataclass(frozen=True)
class Editions:
    """Rows of ``core.coverage_edition``, and what each edition is made of."""

    table: pd.DataFrame
    contents: Mapping[str, Content]


@dataclass(frozen=True)
class Edition:
    """Areas under one name; `as_of` is their day, of combined ones the oldest."""

    name: str
    as_of: date
    content: Content
    parts: tuple[str, ...]


def coverage_editions(
    areas: pa.Table | None,
    forms: pd.DataFrame,
    states: Sequence[State],
    model: StationModel | None,
) -> Editions:
    """Editions of every state.

    Parameters
    ----------
    areas : pyarrow.Table or None
        Rows of ``raw.coverage_area`` in stored order; None where none was filed.
    forms : DataFrame
        Rows of ``core.carrier_filing``. Not modified.
    states : sequence of (date, basis)
        Days and bases to report.
    model : StationModel or None
        Stations to model areas from; None: nothing is modelled.

    Returns
    -------
    Editions
        Source ``filed``: of each carrier with areas, all band classes together, and
        sub-6 alone where areas were filed as such; and combined. Source ``modelled``:
        of each carrier without areas whose stations are known by place; and combined,
        which takes filed areas where there are any.

    Notes
    -----
    In force are the outdoor areas of the latest day up to the state's, of each plan
    and band class by itself: a later day replaces those of the same class. An
    operating state takes none later than the filing's own as-of date: such areas are
    a plan. States on which the same stations are on the air share one modelled
    edition, named after the first of them. (Project decisions; domain.md 3.4.)
    """
    filed = _FiledAreas.of(areas, forms)
    by_place = forms.loc[forms["has_sites"].astype(bool), "carrier"]
    modelled = _Modelled(model, list(by_place) if model else [], filed.known_until)
    rows, contents = [], {}
    for state in sorted(set(states)):
        for carrier, band_class, source, edition in _of_state(state, filed, modelled):
            contents[edition.name] = edition.content
            rows.append((*state, carrier, band_class, source, *_columns(edition)))
    return Editions(
        pd.DataFrame(rows, columns=COVERAGE_EDITION.column_names).astype(
            {"as_of": "datetime64[ms]", "coverage_as_of": "datetime64[ms]"}
        ),
        contents,
    )


def _columns(edition: Edition) -> tuple[str, date, str]:
    return edition.name, edition.as_of, ";".join(edition.parts)


def _of_state(
    state: State, filed: "_FiledAreas", modelled: "_Modelled"
) -> Iterator[tuple[str, str, str, Edition]]:
    """Carrier, band class, source and edition of all that stands on one day."""
    own = {}
    for carrier in filed.carriers:
        day = filed.day_in_force(carrier, state)
        if day is None:
            continue
        own[carrier] = filed.edition(carrier, day, ALL)
        yield carrier, ALL, FILED, own[carrier]
        sub6 = filed.edition(carrier, day, SUB6)
        if len(sub6.content.rows):
            yield carrier, SUB6, FILED, sub6
    if own:
        yield COMBINED, ALL, FILED, _combined(FILED, list(own.values()), None)
    rest = [carrier for carrier in modelled.carriers if carrier not in own]
    estimates = {carrier: modelled.edition(carrier, state) for carrier in rest}
    for carrier, estimate in estimates.items():
        yield carrier, ALL, MODELLED, estimate
    if estimates:
        every = [*own.values(), *estimates.values()]
        yield COMBINED, ALL, MODELLED, _combined(MODELLED, every, modelled.model)


def _combined(
    source: str, of_carriers: Sequence[Edition], model: StationModel | None
) -> Edition:
    """Union of the carriers' editions (4者合計)."""
    parts = tuple(sorted(edition.name for edition in of_carriers))
    short = hashlib.sha256(";".join(parts).encode()).hexdigest()[:8]
    contents = [edition.content for edition in of_carriers]
    discs = distinct(np.concatenate([content.discs for content in contents]))
    return Edition(
        f"{COMBINED}-{ALL}-{source}-{short}",
        min(edition.as_of for edition in of_carriers),
        Content(
            distinct(np.concatenate([content.rows for content in contents])),
            model.discs.widest(discs) if model else discs,
        ),
        parts,
    )


@dataclass(frozen=True)
class _FiledAreas:
    """Outdoor areas of the filings: carrier, plan, day and band class of each row."""

    row: npt.NDArray[np.int64]
    carrier: npt.NDArray[np.object_]
    plan: npt.NDArray[np.object_]
    day: npt.NDArray[np.datetime64]
    band_class: npt.NDArray[np.object_]
    known_until: Mapping[str, date]

    @classmethod
    def of(cls, areas: pa.Table | None, forms: pd.DataFrame) -> "_FiledAreas":
        filed_on = pd.to_datetime(forms["as_of"]).dt.date
        known = forms["as_of"].notna()
        until = dict(zip(forms["carrier"][known], filed_on[known], strict=True))
        if areas is None:
            return cls(NOTHING, *_NO_ROWS, until)
        row = np.flatnonzero(areas["outdoor"].fill_null(False).to_numpy())
        chosen = areas.select(["carrier", "plan_id", "as_of", "band_class"]).take(row)
        carrier, plan, day, band_class = (one.to_numpy() for one in chosen.columns)
        return cls(row, carrier, plan, day.astype("datetime64[D]"), band_class, until)

    @property
    def carriers(self) -> list[str]:
        """Carriers with areas."""
        return sorted(set(self.carrier))

    def day_in_force(self, carrier: str, state: State) -> date | None:
        """Latest day of the carrier's areas that counts for a state."""
        day, basis = state
        if basis == "operating":
            day = min(day, self.known_until.get(carrier, date.min))
        own = self.day[self.carrier == carrier]
        reached = own[own <= np.datetime64(day, "D")]
        return reached.max().item() if len(reached) else None

    def edition(self, carrier: str, day: date, band_class: str) -> Edition:
        """Areas in force on a day of the carrier's, of all classes together or of one.

        Its own day is that of the oldest areas in it.
        """
        own = (self.carrier == carrier) & (self.day <= np.datetime64(day, "D"))
        if band_class != ALL:
            own &= self.band_class == band_class
        at = np.flatnonzero(own)
        layers = pd.DataFrame({"plan": self.plan[at], "class": self.band_class[at]})
        days = pd.Series(self.day[at])
        newest = days.groupby([layers["plan"], layers["class"]]).transform("max")
        at = at[(days == newest).to_numpy(bool)]
        oldest = self.day[at].min().item() if len(at) else day
        name = f"{carrier}-{band_class}-{FILED}-{day}"
        return Edition(name, oldest, Content(self.row[at], NOTHING), (name,))


_NO_ROWS = (
    np.zeros(0, object),
    np.zeros(0, object),
    np.zeros(0, "datetime64[D]"),
    np.zeros(0, object),
)


class _Modelled:
    """Modelled editions of carriers, each set of stations under its first name."""

    def __init__(
        self,
        model: StationModel | None,
        carriers: list[str],
        known_until: Mapping[str, date],
    ) -> None:
        self.model = model
        self.carriers = carriers
        self._known_until = known_until
        self._names: dict[tuple[str, bytes], str] = {}

    def edition(self, carrier: str, state: State) -> Edition:
        """Discs round the carrier's stations on the air; states in order of time."""
        day, basis = state
        discs = self.model.on_air(carrier, state) if self.model else NOTHING
        name = self._names.setdefault(
            (carrier, discs.tobytes()), f"{carrier}-{ALL}-{MODELLED}-{basis}-{day}"
        )
        known = min(day, self._known_until[carrier]) if basis == "operating" else day
        return Edition(name, known, Content(NOTHING, discs), (name,))
