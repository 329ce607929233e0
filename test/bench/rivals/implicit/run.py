"""implicit's ALS with its defaults, on the matrix that the bench has written.

The confidence of a purchase is 31 (implicit has no "1 +" of its own, see DESIGN), alpha 1, so that
the objective is that of the other solvers.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serve  # noqa: E402
from implicit.als import AlternatingLeastSquares  # noqa: E402


def fit(matrix, job, trace):
    """One fit from the user x item matrix in memory; returns what gives its factors."""
    model = AlternatingLeastSquares(
        factors=job["factors"],
        regularization=job["lambda"],
        alpha=1,
        iterations=job["iterations"],
        num_threads=job["threads"],
        random_state=job["seed"],
    )
    callback = None if trace is None else lambda *_: trace(model.user_factors, model.item_factors)
    model.fit(matrix, show_progress=False, callback=callback)
    return lambda: (model.user_factors, model.item_factors)


if __name__ == "__main__":
    serve.serve(fit, confidence=lambda job: 1 + job["alpha"])
