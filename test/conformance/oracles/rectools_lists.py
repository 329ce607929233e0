"""RecTools' metrics of tables of recommendations and of interactions."""
import warnings
from importlib.metadata import version

from protocol import answer, by_cutoff

warnings.simplefilter("ignore")
import numpy
import pandas
from rectools import Columns
from rectools.metrics import MAP, MRR, NDCG, HitRate, Precision, Recall

METRICS = {
    "map": MAP,
    "ndcg": NDCG,
    "recall": Recall,
    "precision": Precision,
    "hitRate": HitRate,
    "mrr": MRR,
}


def measure(lists):
    columns = {name: [None] * len(lists) for name in METRICS}
    for k, positions in by_cutoff(lists).items():
        bought = [(at, item) for at in positions for item in lists[at][1]]
        shown = [
            (at, item, rank + 1)
            for at in positions
            for rank, item in enumerate(lists[at][2][:k])
        ]
        interactions = table(bought, [Columns.User, Columns.Item])
        reco = table(shown, [Columns.User, Columns.Item, Columns.Rank])
        for name, metric in METRICS.items():
            for at, value in metric(k=k).calc_per_user(reco, interactions).items():
                columns[name][at] = value
    return columns


def table(rows, names):
    """Rows of whole numbers; there may be none."""
    return pandas.DataFrame(numpy.array(rows, int).reshape(-1, len(names)), columns=names)


if __name__ == "__main__":
    answer(version("rectools"), measure)
