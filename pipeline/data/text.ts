/** The bytes of text files: decompressed, in UTF-8, and the lines on which records stand. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { z } from "zod";
import type { sourceSchema } from "../config/source.ts";

/** How the text of a file is encoded. */
export type Encoding = z.infer<typeof sourceSchema>["interactions"]["encoding"];

/** How much of a file is looked at for its encoding and its first line. */
const HEAD_BYTES = 1 << 20;

/** The first line of a file, and what it says of the rest. */
export interface Head {
  /** Without its line end and byte order mark. Undefined where the file is empty. */
  readonly line: string | undefined;
  /** The first character that is no white space, or "". */
  readonly first: string;
}

/** Labels of `TextDecoder`. Bytes 0x80 to 0x9f of latin-1 are read as Windows-1252, as browsers do. */
const LABELS = { "utf-16": "utf-16le", "latin-1": "windows-1252" } as const;

/** A file's bytes in pieces, decompressed where its name ends in .gz or .zst. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, void> {
  const raw = createReadStream(path, { highWaterMark: 1 << 18 });
  const unpack = /\.gz$/i.test(path)
    ? createGunzip()
    : /\.zst$/i.test(path)
    ? createZstdDecompress()
    : undefined;
  // Errors come out of the iteration, so the callback has nothing to do.
  const stream = unpack === undefined ? raw : pipeline(raw, unpack, () => {});
  for await (const chunk of stream) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

/** The first bytes of a file, at most `limit`. */
async function firstBytes(path: string, limit: number): Promise<Uint8Array> {
  const head = new Uint8Array(limit);
  let length = 0;
  for await (const chunk of bytesOf(path)) {
    const part = chunk.subarray(0, limit - length);
    head.set(part, length);
    length += part.length;
    if (length === limit || part.includes(LF)) break;
  }
  return head.subarray(0, length);
}

/**
 * Reads the head of a UTF-8 file. Throws `SyntaxError` where it is no text or its first line does not
 * end.
 */
export async function readHead(path: string): Promise<Head> {
  const bytes = await firstBytes(path, HEAD_BYTES);
  const magic = new TextDecoder("latin1").decode(bytes.subarray(0, 4));
  if (magic === "PAR1") throw new SyntaxError("it is a Parquet file: let its name end in .parquet");
  if (magic.startsWith("\x1f\x8b")) throw new SyntaxError("it is gzipped: let its name end in .gz");
  const text = new TextDecoder("utf-8").decode(bytes);
  const line = text.match(/^[^\r\n]*/)?.[0] ?? "";
  if (line.includes("\0")) {
    throw new SyntaxError(
      "its first line holds zero bytes, so it is no UTF-8 text: convert it, or set encoding",
    );
  }
  if (line.length === text.length && bytes.length === HEAD_BYTES) {
    throw new SyntaxError("its first line is longer than 1 MiB: it is no table");
  }
  if (line.includes("\ufffd")) {
    throw new SyntaxError("its first line is not UTF-8: convert it, or set encoding");
  }
  return { line: text === "" ? undefined : line, first: text.trimStart().slice(0, 1) };
}

/**
 * Makes a UTF-8 copy at `target` of a file in another encoding; a file that begins with the byte order
 * mark of UTF-16 is in UTF-16 whatever `encoding` says. Returns false where the file is UTF-8 already.
 * Throws `SyntaxError` where the bytes are none of that encoding.
 */
export async function toUtf8(path: string, encoding: Encoding, target: string): Promise<boolean> {
  const [a, b] = await firstBytes(path, 2);
  const mark = a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : "";
  if (mark === "" && encoding === "utf-8") return false;
  const label = mark === "" && encoding !== "utf-8" ? LABELS[encoding] : mark;
  const decoder = new TextDecoder(label, { fatal: true });
  const encoder = new TextEncoder();
  using file = await Deno.open(target, { write: true, create: true, truncate: true });
  const write = async (text: string) => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  };
  try {
    for await (const chunk of bytesOf(path)) await write(decoder.decode(chunk, { stream: true }));
    await write(decoder.decode());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`it is not ${mark === "" ? encoding : "whole UTF-16"}: convert it`);
  }
  return true;
}

const LF = 10;
const CR = 13;
const QUOTE = 34;

/** What is looked for in a CSV file. */
export interface Wanted {
  readonly delimiter: string;
  /** Rows in the order of the file from 0, without header, blank lines and broken records. */
  readonly rows: readonly number[];
  /**
   * First bytes of the broken records in the decompressed file, as DuckDB gives them: blank lines before
   * a record, and half a line end, may be counted in.
   */
  readonly broken: ReadonlySet<number>;
  /** Whether a blank line is a row: where there is one column. */
  readonly blankRows: boolean;
}

/** Lines from 1 by row, and by the first byte of each broken record. */
export interface Lines {
  readonly rows: ReadonlyMap<number, number>;
  readonly broken: ReadonlyMap<number, number>;
}

/**
 * The physical lines on which records of a CSV file begin: DuckDB counts records, people count lines.
 * Only quotes and line ends are looked at (RFC 4180), the fields are DuckDB's business.
 */
export async function csvLines(path: string, wanted: Wanted): Promise<Lines> {
  const delimiter = wanted.delimiter.charCodeAt(0);
  const rows = new Map<number, number>();
  const broken = new Map<number, number>();
  const want = new Set(wanted.rows);
  const offsets = [...wanted.broken].sort((a, b) => a - b);
  /** The header is record -1. */
  let row = -1;
  let line = 1;
  let at = 0;
  let start = 0;
  let startLine = 1;
  let state: "field" | "plain" | "quoted" | "closed" | "spoilt" = "field";
  let previous = 0;
  const end = (length: number) => {
    if (length === 0 && !wanted.blankRows) return;
    const offset = offsets[broken.size];
    if (offset !== undefined && offset <= start) broken.set(offset, startLine);
    else {
      if (want.has(row)) rows.set(row, startLine);
      row++;
    }
  };
  for await (const chunk of bytesOf(path)) {
    for (const byte of chunk) {
      const lineEnd = byte === CR || byte === LF;
      const secondHalf = byte === LF && previous === CR;
      if (lineEnd && !secondHalf) line++;
      if (lineEnd && state !== "quoted") {
        if (!secondHalf) end(at - start);
        start = at + 1;
        startLine = line;
        state = "field";
      } else if (state === "quoted") {
        if (byte === QUOTE) state = "closed";
      } else if (state === "closed") {
        // A second quote is an escaped one; anything else but a delimiter breaks the record.
        state = byte === QUOTE ? "quoted" : byte === delimiter ? "field" : "spoilt";
      } else if (state === "field" && byte === QUOTE) {
        state = "quoted";
      } else if (byte === delimiter && state !== "spoilt") {
        state = "field";
      } else if (state === "field" && !(at < 3 && isMark(byte))) {
        state = "plain";
      }
      previous = byte;
      at++;
    }
    if (rows.size === want.size && broken.size === offsets.length) return { rows, broken };
  }
  if (at > start) end(at - start);
  return { rows, broken };
}

/** A byte of UTF-8's byte order mark. */
function isMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}
