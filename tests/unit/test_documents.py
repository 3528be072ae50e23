from pathlib import Path

from geodata.schemas import TABLES
from geodata.schemas.dictionary import data_dictionary


def test_the_data_dictionary_is_current(root):
    stored = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert stored == data_dictionary()


def test_every_column_is_labelled_in_japanese_and_explained():
    for table in TABLES.values():
        assert table.label_ja
        assert table.doc
        for column in table.columns:
            assert column.label_ja, (table.name, column.name)
            assert column.doc, (table.name, column.name)


def test_our_coverage_package_is_not_coverage_py(root):
    import coverage

    assert Path(coverage.__file__).parent == root / "coverage"
