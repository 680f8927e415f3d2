"""`Stages`: what a diagnosis does before the training and between its last step and the report, for whoever waits for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


class Stages:
    """Hears what a diagnosis does beside the training. This one shows nothing; views override it.

    A fault in here never reaches the diagnosis: it is called through `doing_now`, `so_far` and `over_now`.
    """

    #: Whether its own lines while training stand in for Keras' progress bar, which is then muted.
    replaces_bar = False
    #: Whether fixes are called by their titles, which may hold values of the data.
    titles = True

    def doing(self, what: str, left: float | None = None) -> None:
        """Something has begun, or goes on.

        Args:
            what: in a few words, such as "trying fix 2 of 4: Scale the inputs".
            left: seconds that it may still take, None where this is not known.
        """

    def known(self, report: Any) -> None:
        """What is known before it is measured how well the network does, and before fixes are tried.

        Args:
            report: a `keras_magic.report.Report` of this one training; the `pending` of its diagnosis says what is still open.
        """

    def over(self) -> None:
        """What was said is over: this training is diagnosed and another may follow, or lines that are not ours come next."""

    def doing_now(self, what: str, left: float | None = None) -> None:
        """`doing`, whatever it raises."""
        with suppress(Exception):  # a view must not break the user's cell, nor the diagnosis
            self.doing(what if self.titles else what.partition(":")[0], left)

    def so_far(self, report: Any) -> None:
        """`known`, whatever it raises."""
        with suppress(Exception):
            self.known(report)

    def over_now(self) -> None:
        """`over`, whatever it raises."""
        with suppress(Exception):
            self.over()
