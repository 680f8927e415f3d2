"""Many columns: labels that differ, and those that a finding names first."""

from __future__ import annotations

from keras_magic.views.axes import distinct_names
from keras_magic.views.columns import offenders


def test_long_names_with_a_common_beginning_stay_distinct():
    names = [f"measurement_of_the_third_sensor_in_hall_{i:03}_average" for i in range(24)]
    labels = distinct_names(names)
    assert len(set(labels)) == 24
    assert max(map(len, labels)) <= 28
    assert labels[3] == "…03_average"
    alike = ["a" * 40 + "b" + "c" * 40, "a" * 40 + "b" + "d" * 20 + "c" * 40]
    assert len(set(distinct_names(alike))) == 2
    assert distinct_names(["age", "price"]) == ["age", "price"]


def test_columns_that_a_finding_names_come_first_and_none_is_lost():
    columns = [{"name": f"c{i}"} for i in range(200)] + [{"name": "customer_id"}]
    finding = {"message": "Column customer_id of x is an identifier", "where": "x", "evidence": {"columns": ["c7"]}, "symptoms": []}
    shown = [c["name"] for c in offenders(columns, [finding])]
    assert shown[:2] == ["c7", "customer_id"]
    assert len(shown) == 201
