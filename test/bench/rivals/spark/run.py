"""Spark MLlib's ALS, its defaults but for what makes the objective the same.

Its clock starts with the pairs in Spark's cache and the session running. Its regularization is
weighted (lambda times the entries of a row), so it is compared on that objective alone.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import numpy  # noqa: E402
import serve  # noqa: E402
from pyspark.ml.recommendation import ALS  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

cached = {}


def fit(matrix, job, trace):
    """One fit from the cached pairs; returns what gives its factors."""
    als = ALS(
        rank=job["factors"],
        maxIter=job["iterations"],
        regParam=job["lambda"],
        alpha=job["alpha"],
        implicitPrefs=True,
        userCol="user",
        itemCol="item",
        ratingCol="rating",
        seed=job["seed"],
    )
    model = als.fit(cached["frame"])
    # Factors are computed when they are asked for.
    model.userFactors.count()
    model.itemFactors.count()

    def factors():
        users, items = matrix.shape
        return rows(model.userFactors, users, job), rows(model.itemFactors, items, job)

    if trace is not None:
        trace(*factors(), iterations=job["iterations"])
    return factors


def prepare(matrix, job):
    """The session, and the pairs in its cache."""
    session = (
        SparkSession.builder.master(f"local[{job['threads']}]")
        .config("spark.driver.memory", "8g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", job["threads"])
        .config("spark.default.parallelism", job["threads"])
        .config("spark.sql.execution.arrow.pyspark.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    coo = matrix.tocoo()
    pairs = [(user, item, 1.0) for user, item in zip(coo.row.tolist(), coo.col.tolist())]
    frame = session.createDataFrame(pairs, "user int, item int, rating float").cache()
    frame.count()
    cached["frame"], cached["jvm"] = frame, session.sparkContext._gateway.proc.pid


def rows(frame, count, job):
    """count x factors; rows without entries, which Spark leaves out, are zero."""
    out = numpy.zeros((count, job["factors"]), dtype=numpy.float32)
    for row in frame.toLocalIterator():
        out[row.id] = row.features
    return out


if __name__ == "__main__":
    serve.serve(fit, lambda job: 1, prepare, process=lambda: cached["jvm"])
