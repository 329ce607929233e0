/** Notes the largest resident memory of the process, in MiB, every two milliseconds. */
/// <reference lib="deno.worker" />
globalThis.onmessage = ({ data: peak }: MessageEvent<Int32Array>) => {
  globalThis.postMessage("ready");
  setInterval(() => {
    peak[0] = Math.max(peak[0]!, Math.round(Deno.memoryUsage().rss / 2 ** 20));
  }, 2);
};
