"""ranx: scores descend strictly in the order of a list."""
from importlib.metadata import version

from protocol import answer, by_cutoff, name_of
from ranx import Qrels, Run, evaluate

NAMES = {
    "map": "map",
    "ndcg": "ndcg",
    "recall": "recall",
    "precision": "precision",
    "hitRate": "hit_rate",
    "mrr": "mrr",
}


def measure(lists):
    columns = {name: [None] * len(lists) for name in NAMES}
    for k, positions in by_cutoff(lists).items():
        # A query without documents cannot be given to it.
        full = [at for at in positions if lists[at][2]]
        if not full:
            continue
        qrels = {f"q{at:06d}": {name_of(item): 1 for item in lists[at][1]} for at in full}
        run = {
            f"q{at:06d}": {
                name_of(item): float(len(lists[at][2]) - rank)
                for rank, item in enumerate(lists[at][2])
            }
            for at in full
        }
        measured = Run(run)
        evaluate(Qrels(qrels), measured, [f"{name}@{k}" for name in NAMES.values()])
        for name, theirs in NAMES.items():
            for query, value in measured.scores[f"{theirs}@{k}"].items():
                columns[name][int(query[1:])] = value
    return columns


def reciprocal_rank(item, tied):
    run = Run({"q": {name_of(other): float(score) for other, score in tied.items()}})
    return evaluate(Qrels({"q": {name_of(item): 1}}), run, "mrr")


if __name__ == "__main__":
    answer(version("ranx"), measure, reciprocal_rank)
