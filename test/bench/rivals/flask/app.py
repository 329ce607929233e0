"""The design of the service that this project replaces: Flask's own server, and implicit's `recommend`.

    app.py FOLDER PORT

FOLDER holds users.npy and items.npy (factors), train.indptr.npy and train.indices.npy (who bought
what), users.json (ids) and catalogue.json (id, name and brand of each item): what the recommender under
test serves as well. Ids are looked up in a dictionary and texts in lists, which favours this side: the
replaced service searched its table of purchases.
"""
import json
import sys

import numpy
import scipy.sparse
from flask import Flask, jsonify, request
from implicit.als import AlternatingLeastSquares

folder, port = sys.argv[1], int(sys.argv[2])


def read(name):
    with open(f"{folder}/{name}.json", encoding="utf-8") as file:
        return json.load(file)


model = AlternatingLeastSquares(factors=1)
model.user_factors = numpy.load(f"{folder}/users.npy")
model.item_factors = numpy.load(f"{folder}/items.npy")
indptr = numpy.load(f"{folder}/train.indptr.npy").view(numpy.int32)
indices = numpy.load(f"{folder}/train.indices.npy").view(numpy.int32)
seen = scipy.sparse.csr_matrix(
    (numpy.ones(len(indices), numpy.float32), indices, indptr),
    shape=(len(model.user_factors), len(model.item_factors)),
)
index = {user: row for row, user in enumerate(read("users"))}
catalogue = read("catalogue")

app = Flask(__name__)


@app.get("/health/ready")
def ready():
    return jsonify(status="ready")


@app.post("/reco")
def reco():
    user = index[request.get_json()["user_id_hash"]]
    items, scores = model.recommend(user, seen[user], N=5, filter_already_liked_items=True)
    chosen = [catalogue[item] for item in items]
    return jsonify([{
        "score": [float(score) for score in scores],
        "catalog_item_name": [item["name"] for item in chosen],
        "catalog_item_id": [item["id"] for item in chosen],
        "brand_name": [item["brand"] for item in chosen],
    }])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=port)
