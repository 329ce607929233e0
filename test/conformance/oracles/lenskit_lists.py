"""LensKit's metrics of one list, handed to it in order.

LensKit imports torch, which its metrics never call and which takes gigabytes: an empty module stands in
its place.
"""
import sys
import types
import warnings
from importlib.metadata import version

from protocol import answer


class Name(type):
    """What is there for annotations, instance checks and decorators, and does nothing."""

    def __getattr__(cls, name):
        return absent(name)

    def __call__(cls, *given, **named):
        return given[0] if given and callable(given[0]) else super().__call__()


class Absent(types.ModuleType):
    """A module with every name in it."""

    __path__ = []

    def __getattr__(self, name):
        return absent(name)


def absent(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Name(name, (), {})


for name in ("torch", "torch.multiprocessing", "torch.multiprocessing.reductions"):
    sys.modules[name] = Absent(name)
warnings.simplefilter("ignore")
from lenskit.data import ItemList
from lenskit.metrics import NDCG, Hit, Precision, RecipRank, Recall
from lenskit.metrics.ranking import AveragePrecision

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
