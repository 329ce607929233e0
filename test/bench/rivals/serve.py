"""The bench's side of a rival: jobs come in as JSON lines, measurements go out as JSON lines.

A job is one fit. Its clock starts with the matrix in memory and stops when the fit returns. Where the
job has a "trace" folder the factors of every iteration are written there, and the fit waits, with its
clock stopped, until a line says "next" or "stop".
"""
import json
import sys
import time

import numpy
import scipy.sparse


class Stopped(Exception):
    """The bench has seen enough iterations."""


def serve(fit, confidence, prepare=lambda matrix, job: None, process=lambda: "self"):
    """Answers jobs until there is no more input.

    `fit(matrix, job, trace)` returns a function that gives the factors, `confidence(job)` is the value
    of every entry, `prepare(matrix, job)` belongs to having the matrix in memory, and `process()` is
    the process whose memory counts.
    """
    job = json.loads(sys.stdin.readline())
    matrix = load(job["data"], confidence(job), job["items"])
    prepare(matrix, job)
    say(ready=True)
    while line := sys.stdin.readline():
        job |= json.loads(line)
        Run(fit, matrix, job, process).run()


def load(folder, value, items):
    """users x items as scipy's CSR: what implicit and irspack take without converting it."""
    indptr = numpy.load(f"{folder}/train.indptr.npy").view(numpy.int32)
    indices = numpy.load(f"{folder}/train.indices.npy").view(numpy.int32)
    data = numpy.full(len(indices), value, dtype=numpy.float32)
    return scipy.sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, items))


class Run:
    def __init__(self, fit, matrix, job, process):
        self.fit, self.matrix, self.job, self.process = fit, matrix, job, process
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
        peak = peak_mebibytes(self.process())
        if self.job.get("save") and factors is not None:
            self.save(self.job["save"], *factors())
        say(done=True, seconds=seconds, peakMiB=peak)

    def trace(self, users, items, iterations=1):
        """Hands the factors over and waits; raises Stopped where no more are wanted."""
        paused = time.perf_counter()
        self.iteration += iterations
        self.save(self.job["trace"], users, items)
        say(iteration=self.iteration, seconds=paused - self.began - self.paused)
        answer = sys.stdin.readline().strip()
        self.paused += time.perf_counter() - paused
        if answer != "next":
            raise Stopped

    def save(self, folder, users, items):
        numpy.save(f"{folder}/users.npy", numpy.ascontiguousarray(users, dtype=numpy.float32))
        numpy.save(f"{folder}/items.npy", numpy.ascontiguousarray(items, dtype=numpy.float32))


def peak_mebibytes(process="self"):
    """By the kernel's account; None where it keeps none. (getrusage also counts who started it.)"""
    try:
        with open(f"/proc/{process}/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except OSError:
        return None


def say(**message):
    print(json.dumps(message), flush=True)
