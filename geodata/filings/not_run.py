"""Why a rule did not run, in words a carrier can act on."""

from collections.abc import Collection, Mapping

from geodata.filings.areas.coverage_layout import COVERAGE
from geodata.filings.catalogue import Rule, rules
from geodata.filings.tables.layout import TABLES

UNREADABLE = "unreadable"
NOT_FILED = "not_filed"
NOT_APPLICABLE = "not_applicable"

REASONS: Mapping[str, Mapping[str, str]] = {
    UNREADABLE: {
        "en": "The filing or the file could not be read that far.",
        "ja": "提出物またはファイルをそこまで読めませんでした。",
    },
    NOT_FILED: {
        "en": "The table it looks at was not filed.",
        "ja": "対象の表が提出されていません。",
    },
    "previous": {
        "en": "No earlier version of the plan was given to compare with.",
        "ja": "比較する前の版がありません。",
    },
    "other_carriers": {
        "en": "Only filings of one carrier were checked.",
        "ja": "1 事業者の提出物だけを検査しました。",
    },
    "other_table": {
        "en": "The other table that it compares with was not filed.",
        "ja": "突き合わせる別の表が提出されていません。",
    },
    "nation": {
        "en": "Stations are not filed in all 47 prefectures.",
        "ja": "47 都道府県すべての局が提出されているわけではありません。",
    },
    NOT_APPLICABLE: {
        "en": "Nothing in the filing calls for it.",
        "ja": "この提出物には当てはまりません。",
    },
}
"""What to tell of each reason."""

_STEMS = frozenset(table.stem for table in (*TABLES, COVERAGE))


def reasons_not_run(
    ran: Collection[str], filed_stems: Collection[str], *, is_rejected: bool
) -> dict[str, str]:
    """Key of `REASONS` for every rule of the catalogue that did not run.

    Parameters
    ----------
    ran : collection of str
        Ids of the rules that had their say.
    filed_stems : collection of str
        Tables that the filing holds, readable or not.
    is_rejected : bool
        Whether the filing as a whole is rejected, so that reading stopped.
    """
    return {
        rule.id: _reason(rule, filed_stems, is_rejected=is_rejected)
        for rule in rules()
        if rule.id not in ran
    }


def _reason(rule: Rule, filed: Collection[str], *, is_rejected: bool) -> str:
    tables = _STEMS.intersection(rule.table.split(", "))
    if tables and not tables.intersection(filed) and filed:
        return NOT_FILED
    if is_rejected:
        return UNREADABLE
    return rule.needs or NOT_APPLICABLE
