/**
 * NumPy's .npy files (format version 1.0): arrays that Deno and Python read alike, and that Deno reads
 * without a copy, since the header fills whole cache lines.
 */

const types = { "<f4": Float32Array, "<f8": Float64Array, "<u4": Uint32Array } as const;
type TypeName = keyof typeof types;

/** What a file may hold. */
export type NpyArray = Float32Array | Float64Array | Uint32Array;

const MAGIC = "\x93NUMPY\x01\x00";
const HEADER = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([\d, ]*)\), \}\s*$/;

/** Writes a row-major array of any shape; one dimension unless `shape` says otherwise. */
export async function writeNpy(
  path: string,
  data: NpyArray,
  shape: readonly number[] = [data.length],
): Promise<void> {
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${typeOf(data)}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const width = Math.ceil((MAGIC.length + 2 + text.length + 1) / 64) * 64 - MAGIC.length - 2;
  const head = Uint8Array.from(MAGIC, (c) => c.charCodeAt(0));
  const length = Uint8Array.of(width & 255, width >> 8);
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const padded = new TextEncoder().encode(text.padEnd(width - 1) + "\n");
  for (const bytes of [head, length, padded, body]) {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  }
}

/** Reads a row-major array of the type asked for. Throws `SyntaxError` where the file holds no such. */
export async function readNpy<A extends NpyArray>(
  path: string,
  type: new (buffer: ArrayBuffer, offset: number, length: number) => A,
): Promise<{ readonly data: A; readonly shape: readonly number[] }> {
  const bytes = await Deno.readFile(path);
  const fail = (what: string) => new SyntaxError(`${path} is not usable: ${what}. Make it again`);
  const latin = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (latin(0, MAGIC.length) !== MAGIC) throw fail("it is no .npy file of version 1.0");
  const start = MAGIC.length + 2 + bytes[MAGIC.length]! + 256 * bytes[MAGIC.length + 1]!;
  const [, name = "", lengths = ""] = HEADER.exec(latin(MAGIC.length + 2, start)) ?? [];
  if (!isTypeName(name)) throw fail(`it holds "${name}" and not one of ${Object.keys(types)}`);
  if (types[name].name !== type.name) throw fail(`it holds ${name}, not a ${type.name}`);
  const shape = lengths.split(",").filter((part) => part.trim() !== "").map(Number);
  const length = shape.reduce((product, n) => product * n, 1);
  const size = types[name].BYTES_PER_ELEMENT;
  if (bytes.length !== start + length * size) {
    throw fail(`it has ${bytes.length - start} bytes of data for ${length} values`);
  }
  return { data: new type(bytes.buffer, start, length), shape };
}

function isTypeName(name: string): name is TypeName {
  return name in types;
}

function typeOf(data: NpyArray): TypeName {
  if (data instanceof Float32Array) return "<f4";
  return data instanceof Float64Array ? "<f8" : "<u4";
}
