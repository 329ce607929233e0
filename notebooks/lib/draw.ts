/** Draws the Vega-Lite specification on standard input as a PNG file: `draw.ts OUT.png`. */
import { z } from "zod";
import { chart } from "./chart.ts";

const [path] = Deno.args;
if (path === undefined) throw new TypeError("Give the file to write: draw.ts OUT.png");
/** What Vega-Lite does not know in it makes `chart` fail. */
const specification = z.custom<Parameters<typeof chart>[0]>((value) =>
  typeof value === "object" && value !== null
);
const given: unknown = await new Response(Deno.stdin.readable).json();
const { png } = await chart(specification.parse(given));
await Deno.writeFile(path, Uint8Array.fromBase64(png));
