"""Rules across the filings of all carriers: shared sites, overlapping allocations."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from geodata import reference
from geodata.filings.filing_rules.accepted import Booleans, Filed, Integers
from geodata.filings.filing_rules.registry import carrier_rule
from geodata.filings.findings import FindingLog
from geodata.filings.handed_in.file_names import PLAN_FILE
from geodata.filings.row_rules.spectrum import blocks

_CARRIERS = tuple(reference.CARRIERS)
_SITE_RULES = ("shared_site_one_sided", "same_site_not_shared")


@dataclass(frozen=True)
class _Site:
    """One filing's station rows, and what all carriers say of the site of each.

    ``is_live`` (not retired) and ``is_shared`` have shape (rows,); ``present`` and
    ``sharing`` shape (rows, carriers): whether the carrier has live rows there, and
    one filed as shared.
    """

    carrier: int
    is_live: Booleans
    is_shared: Booleans
    present: Booleans
    sharing: Booleans

    def others(self, carriers: Booleans) -> Booleans:
        """The same without the filing's own carrier."""
        return np.delete(carriers, self.carrier, axis=1)


@carrier_rule(*_SITE_RULES)
def _shared_sites(filings: Sequence[Filed], logs: Sequence[FindingLog]) -> None:
    """Each row is held against the rows of other carriers at its place."""
    with_rows = [at for at, filed in enumerate(filings) if filed.has("stations")]
    chosen = [filings[at] for at in with_rows]
    if len({filed.report.carrier for filed in chosen}) < 2:
        return
    for at, site in zip(with_rows, _sites(chosen), strict=True):
        logs[at].mark(*_SITE_RULES)
        _note_one_sided(filings[at], logs[at], site)
        _note_not_shared(filings[at], logs[at], site)


def _note_one_sided(filed: Filed, log: FindingLog, site: _Site) -> None:
    """Shared rows without a partner, and rows beside others' shared ones."""
    others_present = site.others(site.present).any(axis=1)
    others_sharing = site.others(site.sharing).any(axis=1)
    own_sharing = site.sharing[:, site.carrier]
    is_without_partner = site.is_shared & others_present & ~others_sharing
    is_beside = site.is_live & others_sharing & ~own_sharing
    breach = is_without_partner | is_beside
    filed.note(
        log,
        "shared_site_one_sided",
        breach,
        "stations",
        "shared",
        sharing=_names(site.sharing),
        silent=_names(site.present & ~site.sharing),
    )


def _note_not_shared(filed: Filed, log: FindingLog, site: _Site) -> None:
    others = site.others(site.present).sum(axis=1)
    breach = site.is_live & (others > 0) & ~site.sharing.any(axis=1)
    filed.note(log, "same_site_not_shared", breach, "stations", "shared", others=others)


def _sites(filings: Sequence[Filed]) -> list[_Site]:
    """What all carriers say of the site of each row, filing by filing."""
    code, keys = pd.factorize(np.concatenate([filed.site_key for filed in filings]))
    own = np.split(code, np.cumsum([len(filed.site_key) for filed in filings])[:-1])
    present = np.zeros((len(keys), len(_CARRIERS)), bool)
    sharing = present.copy()
    rows = [(_carrier(filed), *_live_and_shared(filed)) for filed in filings]
    for site, (carrier, is_live, is_shared) in zip(own, rows, strict=True):
        present[site[is_live], carrier] = True
        sharing[site[is_shared], carrier] = True
    return [
        _Site(carrier, is_live, is_shared, present[site], sharing[site])
        for site, (carrier, is_live, is_shared) in zip(own, rows, strict=True)
    ]


def _carrier(filed: Filed) -> int:
    return _CARRIERS.index(str(filed.report.carrier))


def _live_and_shared(filed: Filed) -> tuple[Booleans, Booleans]:
    rows = filed.table("stations")
    is_live = pc.not_equal(rows["status"], "retired").to_numpy()
    return is_live, is_live & rows["shared"].fill_null(False).to_numpy()


def _names(carriers: Booleans) -> npt.NDArray[np.object_]:
    """Carriers of each row, as text."""
    texts = [
        ", ".join(name for at, name in enumerate(_CARRIERS) if number >> at & 1)
        for number in range(2 ** len(_CARRIERS))
    ]
    number: Integers = carriers @ (1 << np.arange(len(_CARRIERS)))
    return np.array(texts, object)[number]


@carrier_rule("allocation_overlaps_carrier")
def _allocation_overlaps_carrier(
    filings: Sequence[Filed], logs: Sequence[FindingLog]
) -> None:
    """Both carriers are told; what is allocated to both by area is no breach."""
    for log in logs:
        log.mark("allocation_overlaps_carrier")
    for (one, log), (other, _) in permutations(zip(filings, logs, strict=True), 2):
        if one.report.carrier != other.report.carrier:
            _note_overlaps(one, other, log)


def _note_overlaps(one: Filed, other: Filed, log: FindingLog) -> None:
    for at, own in enumerate(_allocations(one), 1):
        for foreign in _allocations(other):
            low = max(own["freq_low_mhz"], foreign["freq_low_mhz"])
            high = min(own["freq_high_mhz"], foreign["freq_high_mhz"])
            names = (one.report.carrier, other.report.carrier)
            if low < high and not all(_is_allocated(n, low, high) for n in names):
                log.add(
                    "allocation_overlaps_carrier",
                    file=PLAN_FILE,
                    column=f"band_allocation[{at}]",
                    value=_range(own),
                    other=other.report.carrier,
                    foreign=_range(foreign),
                )


def _is_allocated(carrier: str | None, low: float, high: float) -> bool:
    return any(
        block.carrier == carrier and block.low <= low and high <= block.high
        for block in blocks()
    )


def _allocations(filed: Filed) -> tuple[dict[str, Any], ...]:
    plan = filed.report.plan
    return () if plan is None else plan.allocations


def _range(entry: dict[str, Any]) -> str:
    low, high = float(entry["freq_low_mhz"]), float(entry["freq_high_mhz"])
    return f"{entry['band']} {low:g}-{high:g}"
