/** What a server process says of itself. */

/**
 * The address at which `child` listens, once it says so, and all that it writes to standard error until it
 * ends. `address` rejects with that where it ends before.
 */
export function listening(
  child: Deno.ChildProcess,
): { readonly address: Promise<URL>; readonly log: Promise<string> } {
  const { promise: address, resolve, reject } = Promise.withResolvers<URL>();
  const read = async () => {
    let text = "";
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const [, url] = /^Listening on (http:\S+) /m.exec(text) ?? [];
      if (url !== undefined) resolve(new URL(url));
    }
    reject(new Error(`The server ended before it listened: ${text}`));
    return text;
  };
  return { address, log: read() };
}
