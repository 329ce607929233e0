/** Puts tables and pictures under a notebook's cell, complete before the cell ends. */
import type { Picture } from "./chart.ts";
import type { Table } from "./table.ts";

export async function showTable({ html, text }: Table): Promise<void> {
  await show({ "text/html": html, "text/plain": text }, {});
}

/** Shows a picture at its true size; `alt` says in words what it shows. */
export async function showPicture(
  { png, width, height }: Picture,
  alt: string,
): Promise<void> {
  await show({ "image/png": png, "text/plain": alt }, {
    "image/png": { width, height },
  });
}

/**
 * The kernel may publish an output after it has said that the cell is done, and Jupyter's own runner then
 * drops it: so the cell goes on a little longer.
 */
const PAUSE_MS = 60;

async function show(
  data: Record<string, unknown>,
  metadata: Record<string, unknown>,
) {
  await Deno.jupyter.broadcast("display_data", {
    data,
    metadata,
    transient: {},
  });
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
