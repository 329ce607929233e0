"""irspack's iALS by conjugate gradients, its defaults but for what makes the objective the same."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import serve  # noqa: E402
from irspack import IALSRecommender  # noqa: E402


def fit(matrix, job, trace):
    """One fit from the user x item matrix in memory; returns what gives its factors."""
    model = IALSRecommender(
        matrix,
        n_components=job["factors"],
        alpha0=1,
        reg=job["lambda"],
        nu=0,
        loss_type="ORIGINAL",
        solver_type="CG",
        n_threads=job["threads"],
        random_seed=job["seed"],
    )
    # What `learn` does, without its progress bar.
    model.start_learning()
    for _ in range(job["iterations"]):
        model.run_epoch()
        if trace is not None:
            trace(model.get_user_embedding(), model.get_item_embedding())
    return lambda: (model.get_user_embedding(), model.get_item_embedding())


if __name__ == "__main__":
    serve.serve(fit, confidence=lambda job: job["alpha"])
