"""pytrec_eval, which is trec_eval: scores descend strictly in the order of a list.

Its reciprocal rank and success have no cut-off of their own but the list's end: lists come cut at k.
"""
from importlib.metadata import version

from protocol import answer, by_cutoff, name_of
import pytrec_eval

NAMES = {
    "map": "map_cut",
    "ndcg": "ndcg_cut",
    "recall": "recall",
    "precision": "P",
    "hitRate": "success",
}


def measure(lists):
    columns = {name: [None] * len(lists) for name in [*NAMES, "mrr"]}
    for k, positions in by_cutoff(lists).items():
        qrels = {str(at): {name_of(item): 1 for item in lists[at][1]} for at in positions}
        run = {
            str(at): {
                name_of(item): float(len(lists[at][2]) - rank)
                for rank, item in enumerate(lists[at][2])
            }
            for at in positions
            # A run has no line of a query without documents.
            if lists[at][2]
        }
        measures = {f"{name}.{k}" for name in NAMES.values()} | {"recip_rank"}
        found = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)
        for query, values in found.items():
            for name, theirs in NAMES.items():
                columns[name][int(query)] = values[f"{theirs}_{k}"]
            columns["mrr"][int(query)] = values["recip_rank"]
    return columns


def reciprocal_rank(item, tied):
    run = {"q": {name_of(other): float(score) for other, score in tied.items()}}
    evaluator = pytrec_eval.RelevanceEvaluator({"q": {name_of(item): 1}}, {"recip_rank"})
    return evaluator.evaluate(run)["q"]["recip_rank"]


if __name__ == "__main__":
    answer(version("pytrec-eval-terrier"), measure, reciprocal_rank)
