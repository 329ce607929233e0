"""LensKit's metrics of one list, handed to it in order."""
import warnings
from importlib.metadata import version

from protocol import answer

warnings.simplefilter("ignore")
from lenskit.data import ItemList
from lenskit.metrics import NDCG, AveragePrecision, Hit, Precision, RecipRank, Recall

METRICS = {
    "map": AveragePrecision,
    "ndcg": NDCG,
    "recall": Recall,
    "precision": Precision,
    "hitRate": Hit,
    "mrr": RecipRank,
}


def measure(lists):
    columns = {name: [] for name in METRICS}
    for k, relevant, items in lists:
        test = ItemList(item_ids=relevant)
        given = ItemList(item_ids=items, ordered=True)
        for name, metric in METRICS.items():
            # Its batch analysis leaves users without a list out.
            columns[name].append(metric(k).measure_list(given, test) if items else None)
    return columns


if __name__ == "__main__":
    answer(version("lenskit"), measure)
