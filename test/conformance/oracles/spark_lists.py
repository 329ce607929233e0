"""Spark MLlib's RankingMetrics itself, one list at a time: it reports means only."""
import pyspark
from pyspark.mllib.evaluation import RankingMetrics
from pyspark.sql import SparkSession

from protocol import answer


def measure(lists):
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    context = session.sparkContext
    context.setLogLevel("ERROR")
    columns = {"map": [], "ndcg": [], "precision": [], "recall": []}
    for k, truth, predicted in lists:
        metrics = RankingMetrics(context.parallelize([(predicted, truth)], 1))
        columns["map"].append(metrics.meanAveragePrecisionAt(k))
        columns["ndcg"].append(metrics.ndcgAt(k))
        columns["precision"].append(metrics.precisionAt(k))
        columns["recall"].append(metrics.recallAt(k))
    session.stop()
    return columns


if __name__ == "__main__":
    answer(pyspark.__version__, measure)
