"""The magics: parse the line, call the API, show what comes back. Loaded by `%load_ext keras_magic`; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments

from keras_magic import cells, errors, names
from keras_magic.options import output_can_be_silenced, parsed
from keras_magic.views import progress


@magics_class
class KerasMagics(Magics):
    """Why is my Keras network failing to learn?"""

    shell: Any

    @magic_arguments()
    @argument("--train", choices=("yes", "no"), help="no: look at data and model, train nothing (default of the line magic)")
    @argument("--seconds", type=float, default=10.0, help="time to try fixes on copies where the network failed; 0: try none")
    @argument("--repair", type=float, metavar="SECONDS", help="afterwards search for a training that works, for this long")
    @argument("--compare", action="store_true", help="beside the last diagnosis: both curves of the validation score")
    @argument("--no-live", action="store_true", help="show nothing while the training runs")
    @cells.options_of_reports
    @output_can_be_silenced
    @line_cell_magic
    def diagnose(self, line: str, cell: str | None = None) -> Any:
        """Run the cell below, watch every `fit` in it, say why it does not learn; `%diagnose model x y` looks without training."""
        __tracebackhide__ = True
        from keras_magic import api
        from keras_magic.views import notebook

        options = parsed(self.diagnose, line)
        shown = notebook.stages(self.shell, not options.no_live, options.quiet)
        settings = {"seconds": options.seconds, **cells.selection(options), **shown}
        if cell is None:
            return self._report_on(api.diagnose, options, 3, train=options.train == "yes", **settings)
        if options.expressions:
            raise UsageError(f"%%diagnose takes the training from the cell below it; remove {' '.join(options.expressions)!r}")
        source, report = self.shell.transform_cell(cell), None
        before = api.last_report if options.compare else None
        try:
            with api.watch(
                names=names.with_test_part(names.names_in(source), self.shell.user_ns), train=options.train != "no", **settings
            ) as report:
                return cells.execute(self.shell, source, cell)
        except errors.UsageError as error:
            if report is not None:
                raise  # the user's own
            raise UsageError(str(error)) from None
        except KeyboardInterrupt:
            raise KeyboardInterrupt("stopped by you; the weights and the report are kept") from None
        finally:
            if report is not None:
                cells.keep(self.shell, options, report)
                cells.deliver(self.shell, report, options, shown.get("stages"), before)

    @magic_arguments()
    @cells.options_of_reports
    @line_magic
    def audit(self, line: str) -> None:
        """Look at the data alone: `%audit x y`, `%audit x y validation_data=(x_val, y_val)`, `%audit x y model=net`."""
        from keras_magic import api

        options = parsed(self.audit, line)
        call = api.audit if options.quiet else progress.with_progress(api.audit)
        self._report_on(call, options, 2, **cells.selection(options))

    @line_magic
    def explain(self, line: str) -> Any:
        """The page of a check: `%explain KM203`; also of a family (`KM2`), by name or by cause."""
        from keras_magic import api

        with cells.one_line():
            return api.explain(line)

    @magic_arguments()
    @argument("--min", type=float, dest="min_lr", metavar="RATE", help="lowest learning rate tried")
    @argument("--max", type=float, dest="max_lr", metavar="RATE", help="highest learning rate tried")
    @argument("--steps", type=int, help="number of learning rates in the sweep")
    @argument("--batch-size", type=int, help="rows per step")
    @argument("--fast", action="store_true", help="a shorter sweep and very short trainings, --steps in all: quicker, less sure")
    @argument("--seconds", type=float, help="time allowed (default 60); slow steps get fewer of them")
    @argument("--apply", action="store_true", help="set the suggested learning rate on the model's optimizer")
    @argument("-o", "--output", metavar="NAME", help="keep the result in the variable NAME")
    @argument("expressions", nargs="*", help="model x y and keyword arguments; nothing: the last diagnosed fit")
    @line_magic
    def lr_find(self, line: str) -> None:
        """Find the learning rate: `%lr_find model x y`, or alone after `%%diagnose`."""
        from keras_magic.views import notebook

        options = parsed(self.lr_find, line)
        with cells.one_line():
            result = cells.find_rate(self.shell, options)
            if options.apply and result.helps:
                result.apply()
        cells.keep(self.shell, options, result)
        notebook.show(self.shell, result, options.output)

    @magic_arguments()
    @argument("seconds", nargs="?", type=float, default=60.0, help="time allowed (default 60)")
    @argument("--seconds", type=float, dest="limit", metavar="SECONDS", help="the same")
    @argument("-o", "--output", metavar="NAME", help="keep the result in the variable NAME")
    @line_magic
    def repair(self, line: str) -> None:
        """Try the fixes of the last report in paired trials on copies, and keep what helps: `%repair 60 -o repaired`."""
        from keras_magic import api
        from keras_magic.views import notebook

        options = parsed(self.repair, line)
        if api.last_report is None:
            raise UsageError("there is nothing to repair yet: put %%diagnose on the cell that trains, then call %repair")
        with cells.one_line():
            result = progress.with_progress(api.last_report.repair)(options.seconds if options.limit is None else options.limit)
        cells.keep(self.shell, options, result)
        notebook.show(self.shell, result)

    @line_magic
    def fix(self, line: str) -> None:
        """Put the code of a fix of the last report into a new cell below: `%fix KM203`; `%fix` alone takes the first."""
        with cells.one_line():
            self.shell.set_next_input(cells.code_of_fix(line.strip()))

    def _report_on(self, call: Callable[..., Any], options: Any, most: int, **settings: Any) -> None:
        """Call the API with the values on the line, show its report, raise what the training raised."""
        __tracebackhide__ = True
        positional, keywords, words = cells.arguments(self.shell, options.expressions, most)
        called = names.named(*[None] * (3 - most), *words)  # the data alone has no model in front
        with cells.one_line():
            report = cells.call(call, positional, {"names": called, **settings, **keywords})
        cells.keep(self.shell, options, report)
        cells.deliver(self.shell, report, options, settings.get("stages"))
        if report.exception is not None:
            raise report.exception
