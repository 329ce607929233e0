/**
 * The safetensors format (https://github.com/huggingface/safetensors): eight bytes with the length
 * of a JSON header, the header, then the tensors' bytes, little-endian and without gaps.
 */
import { z } from "zod";

const kinds = { F32: Float32Array, F64: Float64Array, U32: Uint32Array, I32: Int32Array } as const;
type Kind = keyof typeof kinds;

/** The arrays that a tensor may hold. */
export type TensorData = Float32Array | Float64Array | Uint32Array | Int32Array;

export interface Tensor<D extends TensorData = TensorData> {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: D;
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Free text by name: the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_HEADER = 100_000_000;

const headerSchema = z.record(
  z.string(),
  z.union([
    z.strictObject({
      dtype: z.enum(Object.keys(kinds) as [Kind, ...Kind[]]),
      shape: z.array(z.int().min(0)),
      data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
    }),
    z.record(z.string(), z.string()),
  ]),
);

/** Writes tensors in the order of their names, so that equal tensors give equal bytes. */
export async function writeSafetensors(path: string, file: TensorFile): Promise<void> {
  // Widest elements first keeps every tensor aligned, as the format's own writers do.
  const names = Object.keys(file.tensors).sort((a, b) =>
    tensor(file, b).data.BYTES_PER_ELEMENT - tensor(file, a).data.BYTES_PER_ELEMENT ||
    (a < b ? -1 : 1)
  );
  const header: Record<string, unknown> = {};
  if (Object.keys(file.metadata).length > 0) header.__metadata__ = file.metadata;
  let end = 0;
  for (const name of names) {
    const { data, shape } = tensor(file, name);
    const length = shape.reduce((product, n) => product * n, 1);
    if (length !== data.length) {
      throw new RangeError(`Tensor "${name}" has ${data.length} values, its shape says ${length}`);
    }
    header[name] = { dtype: kindOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  let json = JSON.stringify(header);
  while ((new TextEncoder().encode(json).length) % 8 !== 0) json += " ";
  const text = new TextEncoder().encode(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  using out = await Deno.open(path, { write: true, createNew: true });
  await writeAll(out, length);
  await writeAll(out, text);
  for (const name of names) {
    const { data } = tensor(file, name);
    await writeAll(out, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
}

/** Reads a whole file. Throws `SyntaxError` where it is not safetensors or is cut short. */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const bytes = await Deno.readFile(path);
  const fail = (what: string) =>
    new SyntaxError(`${path} is not a usable safetensors file: ${what}. Make or copy it again`);
  if (bytes.length < 8) throw fail(`it has ${bytes.length} bytes`);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (size > MAX_HEADER || 8 + size > bytes.length) throw fail(`its header claims ${size} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + size)),
    );
  } catch {
    throw fail("its header is not JSON");
  }
  const header = headerSchema.safeParse(json);
  if (!header.success) throw fail(z.prettifyError(header.error));
  const tensors: Record<string, Tensor> = {};
  let metadata: Record<string, string> = {};
  const body = 8 + size;
  for (const [name, entry] of Object.entries(header.data)) {
    if (name === "__metadata__") {
      metadata = z.record(z.string(), z.string()).parse(entry);
      continue;
    }
    if (!isTensorEntry(entry)) throw fail(`tensor "${name}" has no shape`);
    const [from, to] = entry.data_offsets;
    const Array = kinds[entry.dtype];
    const length = entry.shape.reduce((product, n) => product * n, 1);
    if (to - from !== length * Array.BYTES_PER_ELEMENT || body + to > bytes.length) {
      throw fail(`tensor "${name}" does not fit its offsets`);
    }
    // A copy: the header's length need not leave the body aligned.
    tensors[name] = {
      shape: entry.shape,
      data: new Array(bytes.slice(body + from, body + to).buffer),
    };
  }
  return { tensors, metadata };
}

/** The tensor `name` as the array type asked for; throws `SyntaxError` where it is another. */
export function pick<D extends TensorData>(
  file: TensorFile,
  name: string,
  type: new (buffer: ArrayBuffer) => D,
): Tensor<D> {
  const found = file.tensors[name];
  if (!found) throw new SyntaxError(`The safetensors file has no tensor "${name}"`);
  const { data, shape } = found;
  if (!(data instanceof type)) {
    throw new SyntaxError(`Tensor "${name}" holds ${kindOf(data)}, not ${type.name}`);
  }
  return { data, shape };
}

type TensorEntry = { dtype: Kind; shape: number[]; data_offsets: [number, number] };

function isTensorEntry(entry: TensorEntry | Record<string, string>): entry is TensorEntry {
  return Array.isArray(entry.shape);
}

function tensor(file: TensorFile, name: string): Tensor {
  const found = file.tensors[name];
  if (!found) throw new TypeError(`No tensor "${name}"`);
  return found;
}

function kindOf(data: TensorData): Kind {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Uint32Array ? "U32" : "I32";
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
