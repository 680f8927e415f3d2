"""The report beside the other records of a training: as an artifact of an MLflow run, as a text of TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_magic.errors import UsageError

if TYPE_CHECKING:
    from keras_magic.report import Report

FOLDER = "keras_magic"  # of the artifacts, and the tag of the text


def to_mlflow(report: Report) -> None:
    """See `Report.to_mlflow`."""
    try:
        import mlflow
    except ImportError:
        raise UsageError("MLflow is not installed: pip install mlflow (or mlflow-skinny)") from None
    mlflow.log_text(report.to_html(), f"{FOLDER}/report.html")
    mlflow.log_text(report.to_json(), f"{FOLDER}/report.json")
    mlflow.set_tag(f"{FOLDER}.verdict", report.verdict)


def to_tensorboard(report: Report, log_dir: str | Path, step: int = 0) -> None:
    """See `Report.to_tensorboard`."""
    import tensorflow as tf

    kind = tf.compat.v1.SummaryMetadata  # as tf.summary.text writes it, which needs TensorBoard installed
    metadata = kind(plugin_data=kind.PluginData(plugin_name="text"))
    writer: Any = tf.summary.create_file_writer(str(log_dir))
    with writer.as_default():
        tf.summary.write(FOLDER, tf.constant(report.to_markdown()), step=step, metadata=metadata)
    writer.close()
