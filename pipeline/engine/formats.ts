/** Formats that any stage may use; apart from the graph, whose code is no stage's concern. */
import type { Format } from "./stage.ts";

/** Marks an input that may be absent: its value is `undefined` where nothing is wired to it. */
export function optional<T>(format: Format<T>): Format<T | undefined> {
  return {
    name: format.name,
    version: format.version,
    extension: format.extension,
    read: (path) => format.read(path),
    write: () => Promise.reject(new TypeError("An optional format is for inputs only")),
  };
}

/** A folder or file that stages read by path: an output of `filesFormat`, or the user's own files. */
export const filesFormat: Format<readonly string[]> = {
  name: "files",
  version: 1,
  extension: "",
  read: (path) => Promise.resolve([path]),
  write: () => Promise.reject(new TypeError("Write the file at `path` and call done()")),
};
