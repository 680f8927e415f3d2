"""`python -m keras_magic diagnose train.py`: run a script, diagnose every training in it, and say by the exit code how it went.

Exit codes: 0 nothing found, 1 a finding of the asked level or an exception in the script, 2 the script trained nothing or cannot be
read.
"""

from __future__ import annotations

import argparse
import runpy
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    script = Path(options.script)
    try:
        source = script.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{script} cannot be read: {error}", file=sys.stderr)
        return 2
    report, raised = _run(script, source, options)
    if not report.diagnoses:
        if raised is None:
            print(report.verdict, file=sys.stderr)
        return 1 if raised is not None else 2
    print(report.to_text(color=sys.stdout.isatty()))
    for path, write in ((options.html, report.to_html), (options.markdown, report.to_markdown), (options.json, report.to_json)):
        if path:
            write(path)
    return 1 if raised is not None or _found(report, options.level) else 0


def _run(script: Path, source: str, options: argparse.Namespace) -> tuple[Any, BaseException | None]:
    """The report of all trainings of a script, and what the script raised; its own exit with code 0 is no exception."""
    import keras_magic as km
    from keras_magic.names import names_in

    raised: BaseException | None = None
    argv, path = sys.argv, list(sys.path)
    sys.argv, sys.path = [str(script), *options.arguments], [str(script.resolve().parent), *path]
    try:
        with km.watch(seconds=options.seconds, names=names_in(source), values=not options.no_values) as report:
            try:
                runpy.run_path(str(script), run_name="__main__")
            except SystemExit as error:
                raised = error if error.code not in (None, 0) else None
            except BaseException as error:
                traceback.print_exc()
                raised = error
    finally:
        sys.argv, sys.path = argv, path
    return report, raised


def _found(report: Any, level: str) -> bool:
    from keras_magic.errors import FaultFound

    try:
        report.raise_for(level)
    except FaultFound:
        return True
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m keras_magic", description="Why is my Keras network failing to learn?")
    commands = parser.add_subparsers(required=True, metavar="command")
    diagnose = commands.add_parser("diagnose", help="run a script and diagnose every training in it")
    diagnose.add_argument("script", help="a Python file that trains")
    diagnose.add_argument("arguments", nargs="*", help="arguments of the script, after -- where they start with a dash")
    diagnose.add_argument(
        "--level", choices=("error", "warning", "info"), default="error", help="mildest finding that makes the exit code 1"
    )
    diagnose.add_argument("--seconds", type=float, default=10.0, help="time to try fixes on copies; 0: try none")
    diagnose.add_argument("--no-values", action="store_true", help="for confidential data: show no value of it, nor code of fixes")
    diagnose.add_argument("--html", metavar="FILE", help="write the report as a page")
    diagnose.add_argument("--markdown", metavar="FILE", help="write the report as Markdown, for a comment on a pull request")
    diagnose.add_argument("--json", metavar="FILE", help="write the report as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
