/** A thread of `machine.ts`: runs one kernel at a time and says from when to when. */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import type { Task } from "./machine.ts";

self.onmessage = ({ data: { module, memory, kernel, args, start } }: MessageEvent<Task>): void => {
  const run = new WebAssembly.Instance(module, { env: { memory } }).exports[kernel];
  if (typeof run !== "function") {
    throw new TypeError(`peak.wasm has no ${kernel}: compile it again`);
  }
  // Once unmeasured: compiled by V8's best compiler, pages there.
  run(...args);
  Atomics.sub(start, 0, 1);
  Atomics.notify(start, 0);
  for (let left = Atomics.load(start, 0); left > 0; left = Atomics.load(start, 0)) {
    Atomics.wait(start, 0, left);
  }
  const now = () => performance.timeOrigin + performance.now();
  const began = now();
  run(...args);
  self.postMessage({ began, ended: now() });
};
