"""implicit's evaluation, given a model whose recommendations are the lists, one user at a time."""
from importlib.metadata import version

import numpy
from implicit.evaluation import ranking_metrics_at_k
from scipy.sparse import csr_matrix

from protocol import answer


class Given:
    """A model that recommends the given items; -1 fills a short list and is never relevant."""

    def __init__(self, items, k):
        self.ids = numpy.full((1, k), -1, numpy.int32)
        self.ids[0, : len(items)] = items

    def recommend(self, users, user_items, N):
        return self.ids, numpy.zeros_like(self.ids, numpy.float32)


def measure(lists):
    columns = {"map": [], "ndcg": [], "precision": []}
    for k, relevant, items in lists:
        # One item that is not relevant: its AUC, computed alongside, divides by their number.
        width = max([*relevant, *items]) + 2
        shape = (1, width)
        test = csr_matrix((numpy.ones(len(relevant)), ([0] * len(relevant), relevant)), shape=shape)
        train = csr_matrix(shape)
        found = ranking_metrics_at_k(Given(items[:k], k), train, test, K=k, show_progress=False)
        for name, column in columns.items():
            column.append(found[name])
    return columns


if __name__ == "__main__":
    answer(version("implicit"), measure)
