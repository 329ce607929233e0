"""The bench's side of a rival: jobs come in as JSON lines, measurements go out as JSON lines.

A job is one fit. Its clock starts with the matrix in memory and stops when the fit returns. Where the
job has a "trace" folder the factors of every iteration are written there, and the fit waits, with its
clock stopped, until a line says "next" or "stop".
"""
import json
import resource
import sys
import time

import numpy
import scipy.sparse


class Stopped(Exception):
    """The bench has seen enough iterations."""


def serve(fit, confidence):
    job = json.loads(sys.stdin.readline())
    matrix = load(job["data"], confidence(job), job["items"])
    say(ready=True)
    while line := sys.stdin.readline():
        job |= json.loads(line)
        Run(fit, matrix, job).run()


def load(folder, value, items):
    """users x items as scipy's CSR: what both rivals take without converting it."""
    indptr = numpy.load(f"{folder}/train.indptr.npy").view(numpy.int32)
    indices = numpy.load(f"{folder}/train.indices.npy").view(numpy.int32)
    data = numpy.full(len(indices), value, dtype=numpy.float32)
    return scipy.sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, items))


class Run:
    def __init__(self, fit, matrix, job):
        self.fit, self.matrix, self.job = fit, matrix, job
        self.paused = 0.0
        self.iteration = 0

    def run(self):
        self.began = time.perf_counter()
        factors = None
        try:
            factors = self.fit(self.matrix, self.job, self.trace if self.job.get("trace") else None)
        except Stopped:
            pass
        seconds = time.perf_counter() - self.began - self.paused
        # Kilobytes on Linux.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if self.job.get("save") and factors is not None:
            self.save(self.job["save"], *factors())
        say(done=True, seconds=seconds, peakMiB=peak)

    def trace(self, users, items):
        """Hands the factors over and waits; raises Stopped where no more are wanted."""
        paused = time.perf_counter()
        self.iteration += 1
        self.save(self.job["trace"], users, items)
        say(iteration=self.iteration, seconds=paused - self.began - self.paused)
        answer = sys.stdin.readline().strip()
        self.paused += time.perf_counter() - paused
        if answer != "next":
            raise Stopped

    def save(self, folder, users, items):
        numpy.save(f"{folder}/users.npy", numpy.ascontiguousarray(users, dtype=numpy.float32))
        numpy.save(f"{folder}/items.npy", numpy.ascontiguousarray(items, dtype=numpy.float32))


def say(**message):
    print(json.dumps(message), flush=True)
