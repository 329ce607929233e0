"""ranx on lists that the bench has written: seconds to hand them over, and to evaluate them.

The last line of standard output is {"version", "prepared": [seconds], "evaluated": [seconds], "means"}.
"""
import json
import sys
import time
from importlib.metadata import version

import numpy
from ranx import Qrels, Run, evaluate

NAMES = {
    "map": None,  # It divides by all relevant items: another metric.
    "ndcg": "ndcg",
    "recall": "recall",
    "precision": "precision",
    "hitRate": "hit_rate",
    "mrr": "mrr",
}


def main(folder, ks, runs, threads):
    lists, indptr, indices = (
        numpy.load(f"{folder}/{name}.npy") for name in ("lists", "indptr", "indices")
    )
    names = {f"{own}@{k}": f"{name}@{k}" for k in ks for own, name in NAMES.items() if name}
    prepared, evaluated = [], []
    # The first run compiles.
    for _ in range(runs + 1):
        began = time.perf_counter()
        queries = [f"q{row:06d}" for row in range(len(lists))]
        places = [float(lists.shape[1] - rank) for rank in range(lists.shape[1])]
        texts = [f"i{item}" for item in range(1 + max(lists.max(), indices.max()))]
        qrels = Qrels(
            {
                query: {texts[item]: 1 for item in indices[indptr[row] : indptr[row + 1]]}
                for row, query in enumerate(queries)
            }
        )
        run = Run(
            {
                query: {texts[item]: place for item, place in zip(lists[row], places)}
                for row, query in enumerate(queries)
            }
        )
        ready = time.perf_counter()
        means = evaluate(qrels, run, list(names.values()), threads=threads)
        evaluated.append(time.perf_counter() - ready)
        prepared.append(ready - began)
    print(
        json.dumps(
            {
                "version": version("ranx"),
                "prepared": prepared[1:],
                "evaluated": evaluated[1:],
                "means": {own: float(means[name]) for own, name in names.items()},
            }
        )
    )


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
