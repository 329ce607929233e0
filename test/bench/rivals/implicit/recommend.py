"""implicit's `recommend` on factors that the bench has written: lists for all users, then one by one.

Threads of Python and of BLAS, and the users of a call, are tried in several ways: the best counts.
One JSON object a line goes out: {"threads", "blas", "batch", "seconds": [...]} for each way, then
{"single": [milliseconds]}. The lists of the last way lie in lists.npy (users x k, uint32).
"""
import json
import sys
import time

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
    for threads, blas in ((2, 1), (1, 2), (2, 2)):
        model = AlternatingLeastSquares(factors=users.shape[1], num_threads=threads)
        model.user_factors, model.item_factors = users, items
        with threadpool_limits(limits=blas, user_api="blas"):
            for batch in (1024, 4096, len(users)):
                seconds = [all_users(model, seen, k, batch)[0] for _ in range(runs)]
                say(threads=threads, blas=blas, batch=batch, seconds=seconds)
    _, lists = all_users(model, seen, k, len(users))
    numpy.save(f"{folder}/lists.npy", lists.astype(numpy.uint32))
    say(single=[one_user(model, seen, k, u) for u in singles])


def all_users(model, seen, k, batch):
    began = time.perf_counter()
    lists = []
    for first in range(0, seen.shape[0], batch):
        last = min(first + batch, seen.shape[0])
        lists.append(model.recommend(numpy.arange(first, last), seen[first:last], N=k)[0])
    return time.perf_counter() - began, numpy.concatenate(lists)


def one_user(model, seen, k, user):
    row = seen[user]
    began = time.perf_counter()
    model.recommend(user, row, N=k)
    return 1000 * (time.perf_counter() - began)


def say(**message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
