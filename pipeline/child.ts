/** Child processes: what they say, and how they are told to end. */

/** How long a child may take to stop, in milliseconds. */
const GRACE_MS = 5000;

/** Sends a signal; a child that has ended already hears nothing of it. */
export function tell(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/**
 * Ends a child once `signal` is aborted: at once asked to stop, after some seconds killed. Disposed of when
 * the child has ended.
 */
export function endOnAbort(child: Deno.ChildProcess, signal: AbortSignal): Disposable {
  let killer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    tell(child, "SIGTERM");
    killer = setTimeout(() => tell(child, "SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(killer);
      signal.removeEventListener("abort", stop);
    },
  };
}

/** The lines of what a child writes, as they come, without their ends; the last though it has none. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
