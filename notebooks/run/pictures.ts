/** Pictures that documents show: a cell whose metadata names a `picture` file gives it its first PNG. */
import { fileURLToPath } from "node:url";
import { Buffer } from "node:buffer";
import { z } from "zod";
import type { Notebook } from "./notebook.ts";

const root = new URL("../../", import.meta.url);
const base64 = z.string();

/** Paths of the pictures that an executed notebook no longer agrees with. */
export async function stalePictures(notebook: Notebook): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, png] of picturesOf(notebook)) {
    const before = await Deno.readFile(fileURLToPath(new URL(path, root))).catch(absent);
    if (before === undefined || Buffer.compare(before, png) !== 0) stale.push(path);
  }
  return stale;
}

/** Writes the pictures of an executed notebook. */
export async function writePictures(notebook: Notebook): Promise<void> {
  for (const [path, png] of picturesOf(notebook)) {
    await Deno.writeFile(fileURLToPath(new URL(path, root)), png);
  }
}

function picturesOf(notebook: Notebook): Map<string, Uint8Array> {
  const pictures = new Map<string, Uint8Array>();
  for (const cell of notebook.cells) {
    const path = cell.metadata.picture;
    if (cell.cell_type !== "code" || path === undefined) continue;
    const png = cell.outputs.flatMap((output) =>
      output.output_type === "display_data" ? [output.data["image/png"]] : []
    ).find((data) => data !== undefined);
    if (png === undefined) throw new TypeError(`Cell ${cell.id} names a picture but shows none`);
    pictures.set(z.string().parse(path), Uint8Array.from(Buffer.from(base64.parse(png), "base64")));
  }
  return pictures;
}

function absent(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
