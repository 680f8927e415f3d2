"""What does a diagnosis cost a network of real size? One row per network, as markdown; every figure from a process of its own.

    python -m tests.benchmarks.bench_real [unet mobilenet ...] [--seconds 10] [--lr-seconds 60] [--parts plain,diagnosed]

plain: seconds of the first `fit`. first, warm: watched fits (no diagnosis), as a ratio to the same plain ones. beyond: seconds that
`diagnose` takes beyond the training it watches. memory: peak of the process that trains, and of the one that diagnoses. lr_find:
its seconds, and as a share of as many plain steps and one trace. Everything is wall time: run it on an idle machine, or with
`--cpu`, which counts the seconds that the process computed, over all its threads.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

NAMES = (
    "transformer",
    "unet",
    "bilstm",
    "table",
    "mobilenet",
    "resnet",
    "transformer25m",
)  # of `real_networks`; "tiny" to try this
QUICK = ("unet", "bilstm", "table")
PARTS = ("plain", "watched", "diagnosed", "lr_find", "repair")
HEAD = (
    "| network | plain fit | first watched | warm | beyond training | memory plain → diagnosed | `lr_find` (against plain steps) "
    "| what was said |\n|---|---|---|---|---|---|---|---|"
)


def _peak() -> float:
    """MB at the peak of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _case(name: str) -> Any:
    """The network and its data, with the same initial weights in every process; TensorFlow is imported here, for the part only."""
    import keras

    from tests.benchmarks.real_networks import NETWORKS

    keras.utils.set_random_seed(0)
    return NETWORKS[name]()


def _timed(action: Any, options: Any) -> tuple[float, Any]:
    clock = time.process_time if options.cpu else time.perf_counter
    started = clock()
    result = action()
    return clock() - started, result


def plain(name: str, options: Any) -> dict[str, Any]:
    model, x, y, arguments = _case(name)
    cold, _ = _timed(lambda: model.fit(x, y, verbose=0, **arguments), options)
    peak = _peak()
    warm, _ = _timed(lambda: model.fit(x, y, verbose=0, **arguments), options)
    size, split = arguments["batch_size"], arguments["validation_split"]
    steps = arguments["epochs"] * -(-round(len(x) * (1 - split)) // size)
    return {
        "cold": cold,
        "warm": warm,
        "step": warm / steps,
        "trace": cold - warm,
        "peak": peak,
        "parameters": model.count_params(),
    }


def watched(name: str, options: Any) -> dict[str, Any]:
    from keras_magic.watch.callback import Watch

    model, x, y, arguments = _case(name)
    cold, _ = _timed(lambda: model.fit(x, y, verbose=0, callbacks=[Watch()], **arguments), options)
    warm, _ = _timed(lambda: model.fit(x, y, verbose=0, callbacks=[Watch()], **arguments), options)
    return {"cold": cold, "warm": warm, "peak": _peak()}


def diagnosed(name: str, options: Any) -> dict[str, Any]:
    import keras_magic

    model, x, y, arguments = _case(name)
    seconds, report = _timed(lambda: keras_magic.diagnose(model, x, y, verbose=0, seconds=options.seconds, **arguments), options)
    found = report.diagnoses[-1]
    said = [f"{f.rule} {f.cause}" for f in report.findings]
    return {
        "beyond": found.seconds,
        "whole": seconds,
        "peak": _peak(),
        "verdict": report.verdict,
        "said": said,
        "missing": list(found.facts.missing),
        "text": str(report),
    }


def lr_find(name: str, options: Any) -> dict[str, Any]:
    import keras_magic

    model, x, y, arguments = _case(name)
    limit = {} if options.lr_seconds is None else {"seconds": options.lr_seconds}
    seconds, result = _timed(lambda: keras_magic.lr_find(model, x, y, batch_size=arguments["batch_size"], **limit), options)
    return {"seconds": seconds, "steps": result.steps_used, "peak": _peak(), "said": result.headline, "notes": result.notes}


def repair(name: str, options: Any) -> dict[str, Any]:
    import keras_magic

    model, x, y, arguments = _case(name)
    report = keras_magic.diagnose(model, x, y, verbose=0, seconds=options.seconds, **arguments)
    seconds, result = _timed(lambda: report.repair(options.repair_seconds), options)
    return {"seconds": seconds, "allowed": options.repair_seconds, "said": str(result), "peak": _peak()}


def _own_process(part: str, name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What a part measured in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_real", name, "--part", part, "--seconds", str(options.seconds)]
    command += ["--cpu"] if options.cpu else []
    command += ["--repair-seconds", str(options.repair_seconds)]
    command += [] if options.lr_seconds is None else ["--lr-seconds", str(options.lr_seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _row(name: str, found: dict[str, dict[str, Any]]) -> str:
    def cell(text: str, *parts: str) -> str:
        lacking = [p for p in parts if "failed" in found.get(p, {"failed": 1})]
        return "–" if lacking else text.format(**found)

    lr = "–"
    if "step" in found.get("plain", {}) and "steps" in found.get("lr_find", {}):
        fair = found["plain"]["trace"] + found["lr_find"]["steps"] * found["plain"]["step"]
        seconds = found["lr_find"]["seconds"]
        lr = f"{seconds:.0f} s for {found['lr_find']['steps']} steps ({seconds / fair:.2f} ×)"
    ratio = {k: found.get("watched", {}).get(k, 0) / found.get("plain", {}).get(k, 1) for k in ("cold", "warm")}
    said = found.get("diagnosed", {}).get("verdict", "")
    cells = [
        name,
        cell("{plain[cold]:.1f} s", "plain"),
        cell(f"{ratio['cold']:.2f} ×", "plain", "watched"),
        cell(f"{ratio['warm']:.2f} ×", "plain", "watched"),
        cell("{diagnosed[beyond]:.1f} s", "diagnosed"),
        cell("{plain[peak]:,.0f} → {diagnosed[peak]:,.0f} MB", "plain", "diagnosed"),
        lr,
        said.replace("|", "/").replace("\n", " "),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--lr-seconds", type=float)
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor instead of the wall's")
    parser.add_argument("--repair-seconds", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help=f"{', '.join(QUICK)} only")
    parser.add_argument("--parts", default=",".join(PARTS[:-1]), help=", ".join(PARTS))
    parser.add_argument("--details", action="store_true", help="print everything that was measured, as JSON lines")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(globals()[options.part](options.networks[0], options)))
        return
    print(HEAD, flush=True)
    for name in options.networks or (QUICK if options.quick else NAMES):
        found = {part: _own_process(part, name, options) for part in options.parts.split(",")}
        print(_row(name, found), flush=True)
        if options.details:
            print(json.dumps(found, indent=1), flush=True)


if __name__ == "__main__":
    main()
