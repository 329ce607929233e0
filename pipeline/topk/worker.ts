/**
 * A thread of `TopKPool`. In: a job. Out: the number of finished rows of the whole job after each
 * block, then -1.
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { type Job, work } from "./block.ts";

self.onmessage = ({ data }: MessageEvent<Job>): void => {
  for (const finished of work(data)) self.postMessage(finished);
  self.postMessage(-1);
};
