"""The scoreboard: `python -m tests.programs.score [--held-back] [--seeds 1] [--repair] [--json FILE] [names ...]`.

`--save DIR` keeps the facts of every diagnosis. `--replay DIR` judges saved facts again without any training, for work on rules
and ranking; with `--repair SECONDS` the search starts from them. Runs `km.diagnose` on every faulty program, its repaired form and
every healthy program, and prints top-1, top-3, all-found, false alarms, per cause, the confusion of causes, the programs that learn
after a repair, and the seconds that a diagnosis takes beyond the training itself.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras_magic as km
from keras_magic.diagnosis.options import Options
from keras_magic.diagnosis.pipeline import initial_weights
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.facts import Facts
from keras_magic.findings import Finding
from keras_magic.report import Report
from keras_magic.run import Run
from tests.programs import Case, load


def run_case(
    case: Case, which: str, seed: int, repair: float = 0.0, save: Path | None = None, seconds: float = 10.0
) -> dict[str, Any]:
    """Diagnose one program; `which` is "build" or "fixed", `seconds` the time allowed to the diagnosis."""
    program = getattr(case, which)(seed)
    arguments = dict(program["fit"])
    arguments.setdefault("verbose", 0)
    arguments["seconds"] = seconds
    started = time.perf_counter()
    report = km.diagnose(program["model"], program["x"], program["y"], **arguments)
    total, (diagnosis,) = time.perf_counter() - started, report.diagnoses
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        (save / f"{case.name}.{which}.{seed}.pickle").write_bytes(pickle.dumps((diagnosis.facts, diagnosis.seconds)))
    row = row_of(case, which, seed, diagnosis.findings, diagnosis.facts, diagnosis.seconds) | {"total": total}
    if repair and which == "build":
        row.update(_repair(case, report, repair))
    return row


def replay(case: Case, which: str, seed: int, saved: Path, repair: float = 0.0) -> dict[str, Any]:
    """Judge and rank saved facts again; the search for a repair starts from them, without the training that failed."""
    facts, seconds = pickle.loads((saved / f"{case.name}.{which}.{seed}.pickle").read_bytes())
    findings = Options().conclude(facts)
    row = row_of(case, which, seed, findings, facts, seconds)
    if repair and which == "build":
        program = case.build(seed)
        run = Run(
            model=program["model"],
            x=program["x"],
            y=program["y"],
            fit_arguments={"verbose": 0, **program["fit"]},
            initial_weights=initial_weights(program["model"]),
        )
        row.update(_repair(case, Report(Diagnosis(kind="fit", run=run, facts=facts, findings=findings)), repair))
    return row


def row_of(case: Case, which: str, seed: int, findings: Sequence[Finding], facts: Facts, seconds: float) -> dict[str, Any]:
    """What the scoreboard needs of one diagnosis."""
    causes = [f for f in findings if f.cause != "tool"]
    row: dict[str, Any] = {
        "case": case.name,
        "which": which,
        "seed": seed,
        "causes": [f.cause for f in causes],
        "severities": [str(f.severity) for f in causes],
        "rules": [f.rule for f in causes],
        "levels": [str(f.level) for f in causes],
        "crashed": [f.message for f in findings if f.rule == "KM901"],
        "missing": list(facts.missing),
        "extra": seconds,
    }
    outcome = facts.outcome
    if outcome is not None:
        row["skill"] = [outcome.train, outcome.validation, outcome.attainable]
    trials = facts.trials
    if trials is not None:
        row["trials"] = [(r.cause, r.name, r.before, r.after, r.failed) for r in trials.results]
    rate = facts.rate
    if rate is not None:
        row["rate"] = [rate.current, rate.suggestion, rate.low, rate.high, rate.gain, rate.learns]
    return row


def _repair(case: Case, report: Any, seconds: float) -> dict[str, Any]:
    """Repair, train the repaired run at full length, and ask the program's own `good`."""
    started, cpu = time.perf_counter(), time.process_time()
    row: dict[str, Any] = {"repaired": False}
    try:
        repair = report.repair(seconds=seconds)
        row |= {"repair_seconds": time.perf_counter() - started, "repair_cpu": time.process_time() - cpu}
        row |= {
            "kept": [fix.name for fix in repair.kept],
            "repair_skill": [repair.before, repair.after],
            "repair_trials": [(t.title, t.before, t.after, t.steps, t.seconds, t.kept, t.failed) for t in repair.trials.results],
            "repair_notes": list(repair.notes),
        }
        history = repair.run.fit(verbose=0)
        row["repaired"] = bool(case.good(history, repair.run.model, repair.run.x, repair.run.y))
    except Exception as error:
        row["repair_error"] = f"{type(error).__name__}: {error}"[:200]
    return {"repair_seconds": time.perf_counter() - started} | row


def line(case: Case, row: dict[str, Any]) -> str:
    """One printed line for a program."""
    found = " ".join(
        f"{cause}({severity}, {level})"
        for cause, severity, level in list(zip(row["causes"], row["severities"], row["levels"], strict=True))[:5]
    )
    if row["which"] == "build" and case.kind == "faulty":
        hit = [i for i, cause in enumerate(row["causes"]) if cause in case.truth]
        mark = "TOP1" if hit[:1] == [0] else f"top{hit[0] + 1}" if hit else "MISS"
        mark += f" {len({row['causes'][i] for i in hit if i < 5})}/{len(case.truth)}"
    else:
        errors, warnings = row["severities"].count("error"), row["severities"].count("warning")
        mark = f"e{errors} w{warnings}" + (" ALARM" if errors else "")
    skill = "/".join("-" if s is None else f"{s:.2f}" for s in row.get("skill", []))
    repaired = (
        f" repaired={row['repaired']} {row['repair_seconds']:.0f}s {','.join(row.get('kept', ()))} {row.get('repair_error', '')}"
        if "repaired" in row
        else ""
    )
    return f"{case.name:34} {row['which']:5} s{row['seed']} {mark:9} +{row['extra']:4.1f}s {skill:15} | {found}{repaired}" + (
        f" !! {row['crashed'][:2]} {row['missing'][:2]}" if row["crashed"] or row["missing"] else ""
    )


def summary(rows: list[dict[str, Any]], cases: dict[str, Case]) -> str:
    """The figures over all rows."""
    faulty = [r for r in rows if r["which"] == "build" and cases[r["case"]].kind == "faulty"]
    healthy = [r for r in rows if cases[r["case"]].kind == "healthy"]
    fixed = [r for r in rows if r["which"] == "fixed"]
    text = []
    if faulty:
        n = len(faulty)

        def share(test: Any) -> str:
            return (
                f"{sum(test(r, cases[r['case']]) for r in faulty)}/{n} ({sum(test(r, cases[r['case']]) for r in faulty) / n:.0%})"
            )

        text.append(
            f"faulty programs: top-1 {share(lambda r, c: bool(r['causes']) and r['causes'][0] in c.truth)}, "
            f"top-3 {share(lambda r, c: any(x in c.truth for x in r['causes'][:3]))}, "
            f"all found in five {share(lambda r, c: c.truth <= set(r['causes'][:5]))}"
        )
        if any("repaired" in r for r in faulty):
            seconds = statistics.median(r["repair_seconds"] for r in faulty)
            text.append(f"repaired {share(lambda r, c: r.get('repaired', False))}, median {seconds:.1f} s")
        per: dict[str, list[bool]] = defaultdict(list)
        confusion: Counter[tuple[str, str]] = Counter()
        for r in faulty:
            truth = cases[r["case"]].truth
            first = r["causes"][0] if r["causes"] else "nothing"
            for cause in truth:
                per[cause].append(cause in r["causes"][:3])
            if first not in truth:
                confusion[("/".join(sorted(truth)), first)] += 1
        text.append("per cause (named in the first three): " + ", ".join(f"{c} {sum(v)}/{len(v)}" for c, v in sorted(per.items())))
        text.append("confusion (truth -> first): " + "; ".join(f"{a} -> {b} ×{k}" for (a, b), k in confusion.most_common()))
    for name, group in (("healthy programs", healthy), ("repaired programs", fixed)):
        if group:
            errors = sum(bool(r["severities"].count("error")) for r in group)
            warnings = sum(r["severities"].count("warning") for r in group) / len(group)
            text.append(f"{name}: with an error {errors}/{len(group)}, warnings per program {warnings:.2f}")
    if rows:
        text.append(
            f"seconds beyond training: median {statistics.median(r['extra'] for r in rows):.2f}, max {max(r['extra'] for r in rows):.1f}"
        )
        firsts: dict[str, set[str]] = defaultdict(set)
        for r in faulty:
            firsts[r["case"]].add(r["causes"][0] if r["causes"] else "nothing")
        if len({r["seed"] for r in faulty}) > 1:
            text.append(f"same first finding over seeds: {sum(len(v) == 1 for v in firsts.values())}/{len(firsts)}")
    return "\n".join(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of case names")
    parser.add_argument("--held-back", action="store_true")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--repair", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--no-repaired", "--no-twins", action="store_true", help="leave the repaired programs out")
    parser.add_argument("--kind", choices=["faulty", "healthy"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--replay", type=Path)
    options = parser.parse_args()
    kinds = [options.kind] if options.kind else ["faulty", "healthy"]
    cases = [c for kind in kinds for c in load(kind, held_back=options.held_back)]
    cases = [c for c in cases if not options.names or any(n in c.name for n in options.names)]
    rows = []
    for case in cases:
        for seed in range(options.seeds):
            for which in ["build"] if case.kind == "healthy" or options.no_repaired else ["build", "fixed"]:
                if options.replay and not (options.replay / f"{case.name}.{which}.{seed}.pickle").exists():
                    continue
                rows.append(
                    replay(case, which, seed, options.replay, options.repair)
                    if options.replay
                    else run_case(case, which, seed, options.repair, options.save)
                )
                print(line(case, rows[-1]), flush=True)
                if options.json:
                    options.json.write_text(json.dumps(rows, default=str))
    print(summary(rows, {c.name: c for c in cases}))


if __name__ == "__main__":
    main()
