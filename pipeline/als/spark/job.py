"""Fits implicit-feedback ALS by Spark's MLlib, for train.solver = "spark"; started by spark-submit.

What to do comes as JSON, the one argument: see `Order` in submit.ts. Each line on standard output that
begins with {"event" is progress, as `eventSchema` in submit.ts reads it.
"""
import json
import os
import re
import shutil
import sys
import threading

from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

GROUP = "als"


def tell(event, **facts):
    """Writes one line of progress, whole: both threads tell."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


def watch(context, order, done):
    """Counts sweeps; ends the application once the pipeline that started it is gone."""
    tracker = context.statusTracker()
    told = 0
    ended = set()
    while not done.wait(0.5):
        try:
            os.kill(order["parent"], 0)
        except ProcessLookupError:
            # Nobody is left to remove it. The JVM ends with this process.
            shutil.rmtree(order["folder"], ignore_errors=True)
            os._exit(1)
        # MLlib says nothing of its iterations, but sums up each side's Gram matrix once in each.
        for job in tracker.getJobIdsForGroup(GROUP):
            info = tracker.getJobInfo(job)
            if job in ended or info is None or info.status != "SUCCEEDED":
                continue
            stages = [tracker.getStageInfo(stage) for stage in info.stageIds]
            if any(stage is not None and stage.name.startswith("aggregate at ALS") for stage in stages):
                ended.add(job)
        sweeps = min(len(ended) // 2, order["iterations"])
        if sweeps > told:
            told = sweeps
            tell("sweep", done=sweeps)


def url(order, name):
    """Of a folder of the order: a path alone would be one of the cluster's own file system, as HDFS."""
    return "file://" + order["folder"] + "/" + name


def reason(error):
    """The words of what went wrong first; Py4J's own say only which call failed."""
    try:
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        text = cause.toString()
    except Exception:  # It is none of the JVM's, or the JVM is gone.
        text = str(error)
    lines = text.strip().splitlines()
    return lines[0][:2000] if lines else repr(error)


def write(factors, order, name):
    """Factors as columns of floats, which readers need no lists for."""
    columns = [F.col("features")[at].alias(f"f{at}") for at in range(order["factors"])]
    factors.select("id", *columns).write.option("compression", "none").parquet(url(order, name))


def main(order):
    session = SparkSession.builder.getOrCreate()
    context = session.sparkContext
    context.setLogLevel("WARN")
    tell(
        "session",
        application=context.applicationId,
        spark=session.version,
        master=context.master,
    )
    # Without checkpoints, what a lost executor had would be made again from the first sweep on.
    context.setCheckpointDir(url(order, "checkpoints"))
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(context, order, done), daemon=True)
    watcher.start()
    context.setJobGroup(GROUP, "implicit-feedback ALS")
    # What is read may be a pattern.
    pairs = session.read.parquet(re.sub(r"([\\{}\[\]*?^])", r"\\\1", url(order, "pairs")))
    model = ALS(
        rank=order["factors"],
        maxIter=order["iterations"],
        regParam=order["lambda"],
        # The ratings are the extra confidence itself.
        alpha=1.0,
        implicitPrefs=True,
        userCol="user",
        itemCol="item",
        ratingCol="rating",
        seed=order["seed"],
        numUserBlocks=order["blocks"],
        numItemBlocks=order["blocks"],
        checkpointInterval=5,
    ).fit(pairs)
    write(model.userFactors, order, "user")
    write(model.itemFactors, order, "item")
    done.set()
    watcher.join()
    tell("sweep", done=order["iterations"])
    tell("done")
    session.stop()


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except Exception as error:
        tell("failed", message=reason(error))
        sys.exit(1)
