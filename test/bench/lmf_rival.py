"""implicit's logistic matrix factorisation for `test/bench/lmf.ts`: lmf_rival.py FOLDER THREADS

Reads users x items from FOLDER (shape.u32, indptr.u32, indices.u32, values.f32), fits with the package's
defaults, writes user.f32 and item.f32, and prints one JSON object.
"""

import json
import sys
import time

import numpy as np
import scipy.sparse
from implicit import __version__
from implicit.cpu.lmf import LogisticMatrixFactorization

folder, threads = sys.argv[1], int(sys.argv[2])


def read(name, kind):
    return np.fromfile(f"{folder}/{name}", kind)


rows, cols = read("shape.u32", "<u4")
entries = (
    read("values.f32", "<f4"),
    read("indices.u32", "<u4").astype(np.int32),
    read("indptr.u32", "<u4").astype(np.int32),
)
matrix = scipy.sparse.csr_matrix(entries, shape=(rows, cols))
model = LogisticMatrixFactorization(num_threads=threads, random_state=1)
began = time.perf_counter()
model.fit(matrix, show_progress=False)
seconds = time.perf_counter() - began
for name in ("user", "item"):
    getattr(model, f"{name}_factors").astype("<f4").tofile(f"{folder}/{name}.f32")
print(
    json.dumps(
        {
            "version": __version__,
            "seconds": seconds,
            "iterations": model.iterations,
            "factors": model.factors,
            "columns": model.item_factors.shape[1],
        }
    )
)
