/**
 * Turns Amazon's review lists, as published with S3-Rec (Zhou et al., CIKM 2020; the `data` folder of
 * its repository), into the purchases of `examples/amazon-beauty.json` and `examples/amazon-toys.json`:
 *
 *     deno task data:amazon FOLDER
 *
 * FOLDER holds Beauty.txt and Toys_and_Games.txt, or one of them. A line is `user item item …` in the
 * order of time. No more than the order is known: the n-th review of a user gets the n-th day as its
 * time, which is enough to leave out the last one, and means nothing between users.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILES = {
  "Beauty.txt": {
    name: "beauty",
    sha256: "226cce9c3105299ca0db9615d7d3fb32b3175e90da43100ae352599f0f0107b8",
  },
  "Toys_and_Games.txt": {
    name: "toys",
    sha256: "176c680c688d497598c4a89a03b402c0fe78d795e5db335c2e78dd5f2d778a3f",
  },
};

/** A day of September 2001: times are read as seconds from nine digits on. */
const FIRST = 1_000_000_000;
const DAY = 86_400;

/** The lines as a table of purchases. Throws `SyntaxError` where one is not `user item item …`. */
export function toCsv(text: string): string {
  const rows = ["user_id,item_id,time"];
  for (const [n, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [user, ...items] = line.trim().split(" ");
    if (items.length === 0 || ![user, ...items].every((id) => /^[0-9]+$/.test(id ?? ""))) {
      throw new SyntaxError(
        `line ${n + 1} is not a user and items, numbers with spaces between them`,
      );
    }
    for (const [at, item] of items.entries()) rows.push(`${user},${item},${FIRST + at * DAY}`);
  }
  return rows.join("\n") + "\n";
}

/** Makes the tables of what `folder` holds; returns the names of those. Throws where it holds none. */
async function make(folder: string, into: string): Promise<string[]> {
  const made: string[] = [];
  for (const [file, { name, sha256 }] of Object.entries(FILES)) {
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(join(folder, file));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw error;
    }
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (digest !== sha256) {
      throw new Error(
        `${file} has SHA-256 ${digest}; ${sha256} was expected: nothing was made of it`,
      );
    }
    await Deno.mkdir(into, { recursive: true });
    const path = join(into, `${name}.csv`);
    await Deno.writeTextFile(`${path}.new`, toCsv(new TextDecoder().decode(bytes)));
    await Deno.rename(`${path}.new`, path);
    made.push(name);
  }
  if (made.length > 0) return made;
  throw new Error(`${folder} holds none of ${Object.keys(FILES).join(", ")}`);
}

if (import.meta.main) {
  const say = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
  const [folder] = Deno.args;
  const into = join(dirname(fileURLToPath(import.meta.url)), "..", "data", "amazon");
  try {
    if (folder === undefined) {
      throw new Error(
        "Name the folder that holds Beauty.txt and Toys_and_Games.txt, as published with S3-Rec " +
          "(CIKM 2020): deno task data:amazon FOLDER",
      );
    }
    for (const name of await make(folder, into)) {
      say(`data/amazon/${name}.csv is made. Next:`);
      say(`  deno task pipeline --config examples/amazon-${name}.json`);
    }
  } catch (error) {
    say(`error: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exitCode = 1;
  }
}
