"""irspack's evaluation of lists, one user at a time: it reports means only."""
from importlib.metadata import version

from irspack.evaluation._core_evaluator import evaluate_list_vs_list

from protocol import answer

NAMES = {
    "map": "map",
    "ndcg": "ndcg",
    "recall": "recall",
    "precision": "precision",
    "hitRate": "hit",
}


def measure(lists):
    columns = {name: [] for name in NAMES}
    for k, relevant, items in lists:
        if not items:
            # Its table of recommendations has no row of such a user, who is left out.
            for column in columns.values():
                column.append(None)
            continue
        width = max([*relevant, *items]) + 1
        found = evaluate_list_vs_list([items[:k]], [relevant], width, 1).as_dict()
        for name, theirs in NAMES.items():
            columns[name].append(found[theirs])
    return columns


if __name__ == "__main__":
    answer(version("irspack"), measure)
