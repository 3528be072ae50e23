"""Names of towns (町・字) in one way of writing, as a key for joins only.

Census towns and towns of the アドレス・ベース・レジストリ have no common id (domain.md
6.10), so they are joined by municipality and name. Which ways of writing are taken as
one is a project decision, made here and nowhere else:

1. Unicode NFKC (full width, half width, compatibility ideographs); variation
   selectors and every blank are dropped.
2. A few old or variant characters become the usual ones: 澤 沢, 濱 浜, 嶋 島, ...
3. ``大字``, ``字`` and ``小字`` are dropped at the beginning and between two parts; a
   字 after 文 (十文字) is part of the name and stays.
4. ``ヶ ケ ヵ が ガ`` before a kanji is one sign (桜ヶ丘, 桜ケ丘, 桜が丘), and so is
   ``ノ の 之`` between two kanji (一ノ宮, 一の宮, 一之宮).
5. Numbers in digits become kanji numerals (2丁目 is 二丁目), and numbers written by
   places become usual ones before 丁目 (一〇丁目 is 十丁目).

Two different towns may get the same key: :mod:`geodata.placement.town_match` never
takes one for the other, but leaves such rows unmatched as ambiguous.
"""

import re
import unicodedata

import pandas as pd

_KANJI = r"[\u3400-\u9fff\uf900-\ufaff々〆]"
_UNSEEN = re.compile(r"[\s\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_PREFIX = re.compile(r"^(?:大字|小字|字)(?=.)|(?<=.)(?:大字|小字|(?<!文)字)(?=.)")
_GA = re.compile(rf"(?<=.)[ヶケヵがガ](?={_KANJI})")
_NO = re.compile(rf"(?<={_KANJI})[ノの之](?={_KANJI})")
_DIGITS = re.compile(r"(?<![0-9〇一二三四五六七八九十百千])[0-9]{1,4}(?![0-9])")
_BY_PLACES = re.compile(r"[〇一二三四五六七八九]{2,4}(?=丁目)")

_NUMERALS = "〇一二三四五六七八九"
_UNITS = ((1000, "千"), (100, "百"), (10, "十"))

_OLD_FORMS = (
    "亞亜 惡悪 圍囲 稻稲 榮栄 圓円 櫻桜 奧奥 應応 假仮 會会 廣広 舊旧 峽峡 區区 "
    "鷄鶏 縣県 劍剣 嚴厳 國国 齋斎 齊斉 澁渋 澤沢 實実 舍舎 壽寿 處処 條条 眞真 "
    "晉晋 靜静 關関 曾曽 雙双 壯壮 總総 臺台 瀧滝 龍竜 擇択 團団 鐵鉄 傳伝 當当 "
    "燈灯 德徳 獨独 濱浜 邊辺 邉辺 寶宝 萬万 彌弥 藏蔵 豐豊 驛駅 與与 來来 禮礼 "
    "嶋島 嶌島 髙高 﨑崎 桒桑 槇槙 檜桧 麴麹 渕淵 鹽塩 絲糸 惠恵"
)
_TO_USUAL = str.maketrans({pair[0]: pair[1] for pair in _OLD_FORMS.split()})


def normal_names(names: pd.Series) -> pd.Series:
    """Names in the one way of writing that joins use.

    Parameters
    ----------
    names : Series of str
        Names as published. Not modified.

    Returns
    -------
    Series of str, same index
        Keys, never to be shown as names. Empty where a name is empty or missing.

    Notes
    -----
    A project decision; see the module.

    Examples
    --------
    >>> normal_names(pd.Series(["大字桜が丘２丁目", "桜ヶ丘二丁目"])).to_list()
    ['桜ケ丘二丁目', '桜ケ丘二丁目']
    """
    known = {name: normal_name(name) for name in names.dropna().unique()}
    return names.map(known).fillna("").astype("str")


def normal_name(name: str) -> str:
    """One name in the way of writing that joins use; see :func:`normal_names`."""
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", name))
    text = text.translate(_TO_USUAL)
    text = _PREFIX.sub("", text)
    text = _GA.sub("ケ", text)
    text = _NO.sub("の", text)
    text = _DIGITS.sub(lambda found: _numeral(int(found[0])), text)
    return _BY_PLACES.sub(lambda found: _numeral(_number(found[0])), text)


def _numeral(number: int) -> str:
    """Kanji numeral below 10,000: 21 is 二十一."""
    if number == 0:
        return _NUMERALS[0]
    text = ""
    for unit, sign in _UNITS:
        count, number = divmod(number, unit)
        if count:
            text += (_NUMERALS[count] if count > 1 else "") + sign
    return text + (_NUMERALS[number] if number else "")


def _number(places: str) -> int:
    """Number written by places: 一〇 is 10."""
    return int("".join(str(_NUMERALS.index(sign)) for sign in places))
