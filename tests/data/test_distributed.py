"""The audit of dask collections says what the audit in memory says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keras_magic.errors import UsageError
from keras_magic.run import Run
from keras_magic.sources.data import collect_data

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")


def table(rows: int = 20_000):
    rng = np.random.default_rng(0)
    x = rng.normal(1e4, 1, (rows, 6)).astype("float32")
    y = (x[:, 0] > 1e4).astype("int64")
    x[::100, 3] = np.nan
    x[5::50, 4] = -999
    return x, y


def audit(x, y):
    return collect_data(Run(model=None, x=x, y=y), seconds=60)


def assert_same(local, far):
    assert (far.kind, far.rows, far.rows_seen) == ("dask", local.rows, local.rows_seen)
    for a, b in zip(local.inputs[0].columns, far.inputs[0].columns, strict=True):
        assert (a.name, a.nan, a.min, a.max, a.sentinel) == (b.name, b.nan, b.min, b.max, b.sentinel)
        assert b.std == pytest.approx(a.std, rel=1e-6)
        assert b.mean == pytest.approx(a.mean, rel=1e-9)
    assert far.targets[0].classes == local.targets[0].classes
    assert far.targets[0].form == local.targets[0].form
    assert far.duplicates == local.duplicates
    assert far.relation.p < 0.05


def test_arrays_in_threads():
    x, y = table()
    assert_same(audit(x, y), audit(da.from_array(x, chunks=(3000, 4)), da.from_array(y, chunks=4000)))


def test_frames():
    x, y = table(5000)
    frame = pd.DataFrame(x, columns=list("abcdef"))
    assert_same(audit(frame, y), audit(dd.from_pandas(frame, npartitions=4), dd.from_pandas(pd.Series(y), npartitions=4)))


def test_one_side_may_lie_in_memory():
    x, y = table(5000)
    frame = dd.from_pandas(pd.DataFrame(x), npartitions=4)  # blocks of unknown size
    for far in ((da.from_array(x, chunks=(900, 6)), pd.Series(y)), (frame, y), (x, da.from_array(y, chunks=900))):
        assert_same(audit(x, y), audit(*far))
    run = Run(model=None, x=frame, y=y, fit_arguments={"sample_weight": np.arange(5000) / 5000})
    assert collect_data(run).weights["mean"] == pytest.approx(0.4999)


def test_lengths_that_differ_name_the_block():
    x, y = table(1000)
    with pytest.raises(UsageError, match=r"block 4 of the dask data does not fit: .*100 rows.*97 rows"):
        audit(da.from_array(x, chunks=(300, 6)), y[:-3])


def test_blocks_of_unknown_and_uneven_sizes():
    x, y = table(5000)
    frame = dd.from_pandas(pd.DataFrame(x), npartitions=4)
    labels = dd.from_pandas(pd.Series(y), npartitions=4)
    assert_same(audit(x, y), audit(frame.to_dask_array(), labels.to_dask_array()))
    assert_same(audit(x, y), audit(da.from_array(x, chunks=((700, 4200, 100), (6,))), da.from_array(y, chunks=2500)))
    assert_same(audit(x, y), audit(frame, dd.from_pandas(pd.Series(y), npartitions=3)))


def test_a_split_takes_the_last_rows():
    x, y = table(3000)
    run = Run(
        model=None, x=da.from_array(x, chunks=(700, 6)), y=da.from_array(y, chunks=700), fit_arguments={"validation_split": 0.2}
    )
    facts = collect_data(run)
    local = collect_data(Run(model=None, x=x, y=y, fit_arguments={"validation_split": 0.2}))
    assert (facts.rows, facts.validation.rows, facts.validation.leaked) == (2400, 600, 0.0)
    assert facts.targets[0].classes == local.targets[0].classes


def test_a_block_that_breaks_is_one_clear_line():
    def broken(block, block_info=None):
        if block_info and block_info[0]["chunk-location"][0] == 2:
            raise OSError("part 2 gone")
        return block

    x = da.from_array(table(3000)[0], chunks=(700, 6)).map_blocks(broken, dtype="float32", meta=np.empty((0, 6), "float32"))
    with pytest.raises(UsageError, match="OSError: part 2 gone"):
        audit(x, None)


@pytest.mark.slow
def test_arrays_on_a_cluster():
    distributed = pytest.importorskip("distributed")
    x, y = table()
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        parts = [audit(da.from_array(x, chunks=(2500, 6)), labels) for labels in (da.from_array(y, chunks=2500), y)]
        assert len(client.scheduler_info()["workers"]) == 2
    for far in parts:
        assert_same(audit(x, y), far)
