import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "./tfjs_backend.ts";

/** Tensors that outlive a `tidy`, which cannot wait for anything: freed together, however it ends. */
export class Scope implements Disposable {
  readonly #tf: TensorFlow;
  readonly #tensors: Tensor[] = [];

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  /** Frees `tensor` with the scope. */
  own<T extends Tensor>(tensor: T): T {
    this.#tensors.push(tensor);
    return tensor;
  }

  [Symbol.dispose](): void {
    this.#tf.dispose(this.#tensors);
  }
}
