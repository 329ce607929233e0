"""What every oracle reads and says.

Standard input: {"lists": [[k, [relevant item, ...], [item, best first, ...]], ...],
"tied": [[item, score], ...]}. The last line of standard output: {"version": "...",
"values": {name: [a number, or null where it leaves the user out, one for each list]},
"order": [items of "tied" as it ranks them] or null where it is handed lists in order}.
"""
import json
import math
import sys


def answer(version, measure, reciprocal_rank=None):
    """Reads the request, measures every list, says the answer."""
    request = json.load(sys.stdin)
    order = None
    if reciprocal_rank is not None:
        # An item's place is told by its reciprocal rank, it being the only one that is relevant.
        tied = dict(request["tied"])
        order = sorted(tied, key=lambda item: -reciprocal_rank(item, tied))
    values = {
        name: [None if value is None or math.isnan(value) else float(value) for value in column]
        for name, column in measure(request["lists"]).items()
    }
    print(json.dumps({"version": version, "values": values, "order": order}))


def by_cutoff(lists):
    """Positions of the lists by their k."""
    groups = {}
    for at, (k, _, _) in enumerate(lists):
        groups.setdefault(k, []).append(at)
    return groups


def name_of(item):
    """An item as text, so that the order of texts is that of items."""
    return f"i{item:06d}"
