/** Jupyter's messages (https://jupyter-client.readthedocs.io/en/latest/messaging.html). */
import { createHmac, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Output } from "./notebook.ts";

const DELIMITER = "<IDS|MSG>";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const mimeData = z.record(
  z.string(),
  z.union([z.string(), z.record(z.string(), z.unknown())]),
);
const metadata = z.record(z.string(), z.unknown()).default({});
const headerSchema = z.object({ msg_type: z.string() });
const parentSchema = z.object({ msg_id: z.string().optional() });
const statusSchema = z.object({ execution_state: z.string() });
const contents = {
  stream: z.object({ name: z.enum(["stdout", "stderr"]), text: z.string() }),
  display_data: z.object({ data: mimeData, metadata }),
  execute_result: z.object({
    execution_count: z.int(),
    data: mimeData,
    metadata,
  }),
  error: z.object({
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
};

export interface Message {
  readonly type: string;
  /** The request that this belongs to. */
  readonly parent: string | undefined;
  readonly content: unknown;
}

/** Signs and encodes requests of one session. */
export class Requests {
  readonly #key: string;
  readonly #session = randomUUID();

  /** `key` is the connection file's: it signs every message. */
  constructor(key: string) {
    this.#key = key;
  }

  encode(type: string, content: unknown): { id: string; frames: Uint8Array[] } {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.#session,
      username: "",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => encoder.encode(JSON.stringify(part)));
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    const signature = encoder.encode(hmac.digest("hex"));
    return { id, frames: [encoder.encode(DELIMITER), signature, ...parts] };
  }
}

/** Decodes what a kernel sent. Throws `SyntaxError` or `ZodError` where it is no Jupyter message. */
export function decode(frames: readonly Uint8Array[]): Message {
  const start = frames.findIndex((frame) => decoder.decode(frame) === DELIMITER);
  const [header, parent, , content] = frames.slice(start + 2)
    .map((frame): unknown => JSON.parse(decoder.decode(frame)));
  return {
    type: headerSchema.parse(header).msg_type,
    parent: parentSchema.parse(parent).msg_id,
    content,
  };
}

/** Whether the message says that the kernel has finished its request. */
export function isIdle({ type, content }: Message): boolean {
  return type === "status" &&
    statusSchema.parse(content).execution_state === "idle";
}

/** Adds what the message puts out to `outputs`; neighbouring pieces of one stream become one. */
export function addOutput(outputs: Output[], { type, content }: Message): void {
  if (type === "stream") {
    const { name, text } = contents.stream.parse(content);
    const last = outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else outputs.push({ output_type: "stream", name, text });
  } else if (type === "display_data") {
    outputs.push({
      output_type: type,
      ...contents.display_data.parse(content),
    });
  } else if (type === "execute_result") {
    outputs.push({
      output_type: type,
      ...contents.execute_result.parse(content),
    });
  } else if (type === "error") {
    outputs.push({ output_type: type, ...contents.error.parse(content) });
  }
}
