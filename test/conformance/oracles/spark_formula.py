"""The formulas of Spark MLlib's RankingMetrics, from its documentation, in plain Python.

https://spark.apache.org/docs/latest/mllib-evaluation-metrics.html#ranking-systems; the denominator of
meanAveragePrecisionAt is that of its API documentation: min(k, size of the ground truth).
"""
import platform
from fractions import Fraction
from math import fsum, log

from protocol import answer


def measure(lists):
    columns = {"map": [], "ndcg": [], "precision": [], "recall": []}
    for k, truth, predicted in lists:
        truth = set(truth)
        relevance = [int(item in truth) for item in predicted[:k]]
        # Precisions at the ranks of hits, as fractions: no rounding but the last.
        hits = [
            Fraction(sum(relevance[: rank + 1]), rank + 1)
            for rank, value in enumerate(relevance)
            if value
        ]
        columns["map"].append(float(sum(hits, Fraction(0)) / min(k, len(truth))))
        gain = fsum(value / log(rank + 2) for rank, value in enumerate(relevance))
        columns["ndcg"].append(gain / fsum(1 / log(r + 2) for r in range(min(k, len(truth)))))
        columns["precision"].append(float(Fraction(sum(relevance), k)))
        columns["recall"].append(float(Fraction(sum(relevance), len(truth))))
    return columns


if __name__ == "__main__":
    answer(f"Python {platform.python_version()}", measure)
