/** A model as a folder: what `export` writes, `serve` loads and the next fit may start from. */
import { loadModel, type Model, saveModel } from "../als/model.ts";
import type { Format } from "../engine/stage.ts";

export const modelFormat: Format<Model> = {
  name: "model",
  version: 1,
  extension: "/",
  read: loadModel,
  async write(path, model) {
    await saveModel(path, model);
  },
};
