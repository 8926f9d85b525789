"""
Measure tagging, cross-validated, beside a TF-IDF and linear baseline on the same folds; learn and write the model.

    python -m benchmarks.tagging --data FILE [--json] [--folds 10] [--write plugin/tagging/model.json]

The rules were written with the labelled development subjects in view. So that the figures say something about papers
that nobody has seen, a document of the held-out part meets only those phrases of the rules that occur in the part
learnt from (`congkhai.plugin.tagging.learn.Phrases`), and weights are learnt on that part alone. What is left of the
advantage are the weights and the shape of the rules. ``seen`` in the output is the shipped tagger on the whole file: if
it was learnt from that file, this is no forecast.

Without the file it ends with exit code 2. The baseline needs scikit-learn; without it its figures are null.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from congkhai.plugin.errors import CongkhaiError
from congkhai.plugin.regulation import CATEGORY_KEYS, load_regulation
from congkhai.plugin.tagging.decide import STANDARD, decide
from congkhai.plugin.tagging.evaluate import Evaluation, Labelled, Prediction, measure, predict, read_labelled
from congkhai.plugin.tagging.facts import facts_of
from congkhai.plugin.tagging.learn import Example, Phrases, learn
from congkhai.plugin.tagging.lines import tag_line
from congkhai.plugin.tagging.model import SHIPPED, pack, parse
from congkhai.plugin.tagging.rules import NONE, all_rules
from congkhai.plugin.tagging.score import outcomes_of

OUTCOMES = (NONE, *CATEGORY_KEYS)
LEAST_SECONDS = 1.0
"""Shortest time over which a speed is measured."""


def example_of(one: Labelled) -> Example:
    """Return a labelled line as what the model learns from."""
    line = one.line
    facts = facts_of(
        paper=line.type, number=line.number, issuer=line.issuer, subject=line.subject, direction=line.direction,
        agency=line.agency_kind, text=line.text,
    )  # fmt: skip
    return Example(facts, tuple(map(_key, one.labels)), tuple(map(_key, one.defensible)))


def _key(name: str) -> str:
    return NONE if name == NONE else CATEGORY_KEYS[int(name) - 1]


def folds_of(count: int, folds: int, seed: int) -> list[list[int]]:
    """Return the held-out places of each fold; every place occurs once."""
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311 - a split of documents, no secret
    return [order[fold::folds] for fold in range(folds)]


def held_out(labelled: Sequence[Labelled], folds: Sequence[Sequence[int]]) -> list[Prediction]:
    """Predict each document by what was learnt from the other folds."""
    examples = [example_of(one) for one in labelled]
    regulation = load_regulation("dong-son-2024")
    rules = all_rules()
    found: dict[int, Prediction] = {}
    for part in folds:
        held = set(part)
        known = [example for place, example in enumerate(examples) if place not in held]
        model = parse(learn(known, rules, OUTCOMES))
        phrases = Phrases(rules, known)
        for place in part:
            facts = examples[place].facts
            fired = phrases.fired(facts, known=False)
            outcomes = outcomes_of(model, facts, fired)
            found[place] = predict(decide(facts, regulation, STANDARD, outcomes=outcomes))
    return [found[place] for place in range(len(labelled))]


def baseline(labelled: Sequence[Labelled], folds: Sequence[Sequence[int]]) -> tuple[list[Prediction], Any] | None:
    """Predict each document by TF-IDF of the subject's words and a linear model; None without scikit-learn."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    subjects = [one.line.subject for one in labelled]
    first = [one.labels[0] for one in labelled]
    found: dict[int, Prediction] = {}
    for part in folds:
        held = set(part)
        known = [place for place in range(len(labelled)) if place not in held]
        model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC())
        model.fit([subjects[place] for place in known], [first[place] for place in known])
        for place, scores in zip(part, model.decision_function([subjects[place] for place in part]), strict=True):
            ranked = tuple(str(model.classes_[at]) for at in scores.argsort()[::-1])
            found[place] = Prediction(ranked, None, alone=False)
    return [found[place] for place in range(len(labelled))], model


def per_second(act: Callable[[], object], count: int) -> float:
    """Return how many of `count` documents an act does a second, over at least `LEAST_SECONDS`."""
    act()
    turns, start = 0, time.process_time()
    while (spent := time.process_time() - start) < LEAST_SECONDS:
        act()
        turns += 1
    return turns * count / spent


def speed(labelled: Sequence[Labelled], model: Any, data: Path) -> dict[str, float | None]:
    """
    Measure documents a second of processor time: ours one by one, the baseline one by one and all at once.

    ``ours_first_met`` is a fresh process that has seen one half of the file and meets the other half for the first
    time: what is remembered from paper to paper (words, sets of rules) then helps only as far as papers resemble each
    other.
    """
    regulation = load_regulation("dong-son-2024")
    subjects = [one.line.subject for one in labelled]
    count = len(labelled)
    figures: dict[str, float | None] = {
        "ours": per_second(lambda: [tag_line(one.line, regulation) for one in labelled], count),
        "ours_first_met": first_met(data), "baseline_one_by_one": None, "baseline_at_once": None,
    }  # fmt: skip
    if model is not None:
        figures["baseline_one_by_one"] = per_second(lambda: [model.predict([one]) for one in subjects], count)
        figures["baseline_at_once"] = per_second(lambda: model.predict(subjects), count)
    return figures


def first_met(data: Path) -> float:
    """Return how many documents a second a fresh process tags that it meets for the first time; best of three."""
    program = (
        "import sys, time; from pathlib import Path;"
        "from congkhai.plugin.regulation import load_regulation;"
        "from congkhai.plugin.tagging.evaluate import read_labelled;"
        "from congkhai.plugin.tagging.lines import tag_line;"
        'lines = [one.line for one in read_labelled(Path(sys.argv[1]))]; rules = load_regulation("dong-son-2024");'
        "[tag_line(line, rules) for line in lines[::2]]; start = time.process_time();"
        "[tag_line(line, rules) for line in lines[1::2]]; print(len(lines[1::2]) / (time.process_time() - start))"
    )
    command = [sys.executable, "-c", program, str(data)]
    turns = (subprocess.run(command, check=True, capture_output=True, text=True) for _turn in range(3))  # noqa: S603 - our own interpreter and program
    return max(float(turn.stdout) for turn in turns)


def start_up() -> float:
    """Return the seconds from a fresh interpreter to the first tagged document, less the bare interpreter's."""
    program = (
        "from congkhai.plugin.regulation import load_regulation;"
        "from congkhai.plugin.tagging.lines import parse_line, tag_line;"
        'tag_line(parse_line(b\'{"direction": "out", "subject": "x y z"}\'), load_regulation("dong-son-2024"))'
    )
    return min(_seconds(program) for _turn in range(3)) - min(_seconds("pass") for _turn in range(3))


def _seconds(program: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own interpreter and program
    return time.perf_counter() - start


def figures(result: Evaluation) -> dict[str, Any]:
    """Return the figures of an evaluation, rounded."""
    names = ("strict", "lenient", "top_two", "macro_f1", "auto", "auto_lenient")
    return {"documents": result.documents, **{name: round(getattr(result, name), 4) for name in names}}


def run(data: Path, folds: int, seeds: int) -> dict[str, Any]:
    """Measure everything; raises UsageError when the file is missing."""
    labelled = read_labelled(data)
    ours, theirs, model = [], [], None
    for seed in range(seeds):
        parts = folds_of(len(labelled), folds, seed)
        ours.append(figures(measure(labelled, held_out(labelled, parts))))
        if (answered := baseline(labelled, parts)) is not None:
            theirs.append(figures(measure(labelled, answered[0])))
            model = answered[1]
    regulation = load_regulation("dong-son-2024")
    seen = measure(labelled, [predict(tag_line(one.line, regulation)) for one in labelled])
    return {
        "documents": len(labelled), "folds": folds, "shuffles": seeds,
        "method": "k-fold; held-out documents meet only rule phrases that occur in the folds learnt from",
        "cross_validated": _mean(ours), "baseline": _mean(theirs) if theirs else None, "seen": figures(seen),
        "per_second": {name: value and round(value) for name, value in speed(labelled, model, data).items()},
        "start_up_seconds": round(start_up(), 3), "model_bytes": SHIPPED.stat().st_size,
    }  # fmt: skip


def _mean(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(mean(result[name] for result in results), 4) for name in results[0]}


def write(data: Path, target: Path) -> None:
    """Learn from the whole file and write the model."""
    body = learn([example_of(one) for one in read_labelled(data)], all_rules(), OUTCOMES)
    target.write_text(pack(body), "ascii")


def main() -> int:
    """Read the options, measure or write, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="labelled JSON lines")
    parser.add_argument("--json", action="store_true", help="machine output")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--shuffles", type=int, default=1, help="how often the folds are drawn anew")
    parser.add_argument("--write", type=Path, metavar="FILE", help="learn from the whole file and write the model")
    given = parser.parse_args()
    try:
        if given.write:
            write(given.data, given.write)
            return 0
        result = run(given.data, given.folds, given.shuffles)
    except CongkhaiError as error:
        sys.stderr.write(f"{error.explain()}\n")
        return 2
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=None if given.json else 1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
