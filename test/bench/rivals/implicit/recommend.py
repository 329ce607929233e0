"""implicit's `recommend` on factors that the bench has written: lists for all users, then one by one.

Threads of Python and of BLAS, and the users of a call, are tried in several ways; the fastest is then
timed. One JSON object a line goes out: {"threads", "blas", "batch", "seconds", "cpu"} for each way and for
each run of the fastest, then {"single": [milliseconds]}. Its lists lie in lists.npy (users x k, uint32).
"""
import json
import sys
import time
from itertools import product

import numpy
import scipy.sparse
from implicit.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits


def main(folder, data, k, runs, singles):
    users, items = (numpy.load(f"{folder}/{side}.npy") for side in ("users", "items"))
    indptr = numpy.load(f"{data}/train.indptr.npy").view(numpy.int32)
    indices = numpy.load(f"{data}/train.indices.npy").view(numpy.int32)
    seen = scipy.sparse.csr_matrix(
        (numpy.ones(len(indices), numpy.float32), indices, indptr), shape=(len(users), len(items))
    )
    model = AlternatingLeastSquares(factors=users.shape[1])
    model.user_factors, model.item_factors = users, items

    def timed(threads, blas, batch):
        model.num_threads = threads
        with threadpool_limits(limits=blas, user_api="blas"):
            times, lists = all_users(model, seen, k, batch)
        say(threads=threads, blas=blas, batch=batch, **times)
        return times["seconds"], lists

    ways = product(((2, 1), (1, 2), (2, 2)), (1024, 4096, len(users)))
    tried = [(timed(*threads, batch)[0], *threads, batch) for threads, batch in ways]
    _, *best = min(tried)
    for _ in range(runs):
        _, lists = timed(*best)
    numpy.save(f"{folder}/lists.npy", lists.astype(numpy.uint32))
    model.num_threads = best[0]
    say(single=[one_user(model, seen, k, u) for u in singles])


def all_users(model, seen, k, batch):
    began, cpu = time.perf_counter(), time.process_time()
    lists = []
    for first in range(0, seen.shape[0], batch):
        last = min(first + batch, seen.shape[0])
        lists.append(model.recommend(numpy.arange(first, last), seen[first:last], N=k)[0])
    times = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    return times, numpy.concatenate(lists)


def one_user(model, seen, k, user):
    row = seen[user]
    began = time.perf_counter()
    model.recommend(user, row, N=k)
    return 1000 * (time.perf_counter() - began)


def say(**message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
