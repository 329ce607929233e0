/**
 * A client of ZMTP 3.0, ZeroMQ's wire protocol (https://rfc.zeromq.org/spec/23/), as far as a
 * Jupyter client needs it: TCP, no security, DEALER and SUB sockets, multipart messages.
 */

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_BYTES = 64;

/** One connected socket. A message is a list of frames. */
export class ZmtpSocket {
  readonly #connection: Deno.TcpConn;
  /** Bytes read but not used yet, oldest first. */
  #chunks: Uint8Array[] = [];
  #buffered = 0;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /**
   * Connects to a ZeroMQ socket on this machine. A SUB socket subscribes to everything.
   *
   * Throws `Deno.errors.ConnectionRefused` where nobody listens yet, `SyntaxError` where the peer
   * does not speak ZMTP.
   */
  static async connect(
    port: number,
    type: "DEALER" | "SUB",
  ): Promise<ZmtpSocket> {
    const socket = new ZmtpSocket(
      await Deno.connect({ hostname: "127.0.0.1", port }),
    );
    try {
      await socket.#handshake(type);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  async send(frames: readonly Uint8Array[]): Promise<void> {
    for (const [i, frame] of frames.entries()) {
      await this.#writeFrame(frame, i < frames.length - 1 ? MORE : 0);
    }
  }

  /** The next message. Throws `Deno.errors.UnexpectedEof` when the peer has gone. */
  async receive(): Promise<Uint8Array[]> {
    const frames: Uint8Array[] = [];
    for (;;) {
      const { flags, body } = await this.#readFrame();
      if (flags & COMMAND) continue;
      frames.push(body);
      if (!(flags & MORE)) return frames;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #handshake(type: "DEALER" | "SUB"): Promise<void> {
    await this.#write(greeting());
    const theirs = await this.#read(GREETING_BYTES);
    if (theirs[0] !== 0xff || (theirs[10] ?? 0) < 3) {
      throw new SyntaxError("The peer does not speak ZMTP 3");
    }
    await this.#writeFrame(ready(type), COMMAND);
    await this.#readFrame();
    if (type === "SUB") await this.#writeFrame(new Uint8Array([1]), 0);
  }

  async #writeFrame(body: Uint8Array, flags: number): Promise<void> {
    const head = new Uint8Array(body.length > 255 ? 9 : 2);
    if (body.length > 255) {
      head[0] = flags | LONG;
      new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
    } else {
      head[0] = flags;
      head[1] = body.length;
    }
    await this.#write(concat([head, body]));
  }

  async #readFrame(): Promise<{ flags: number; body: Uint8Array }> {
    const [flags = 0] = await this.#read(1);
    const size = await this.#read(flags & LONG ? 8 : 1);
    const length = flags & LONG ? Number(new DataView(size.buffer).getBigUint64(0)) : size[0] ?? 0;
    return { flags, body: await this.#read(length) };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }

  /** Exactly `length` bytes, in a buffer of their own. */
  async #read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#buffered < length) {
      const chunk = new Uint8Array(65536);
      const count = await this.#connection.read(chunk);
      if (count === null) {
        throw new Deno.errors.UnexpectedEof("The kernel closed its connection");
      }
      this.#chunks.push(chunk.subarray(0, count));
      this.#buffered += count;
    }
    const all = concat(this.#chunks);
    this.#chunks = [all.subarray(length)];
    this.#buffered -= length;
    return all.slice(0, length);
  }
}

/** Signature, version 3.0, mechanism NULL, as-server 0, filler. */
function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
  bytes.set(new TextEncoder().encode("NULL"), 12);
  return bytes;
}

/** The READY command: what kind of socket this is. */
function ready(type: string): Uint8Array {
  const name = new TextEncoder().encode("Socket-Type");
  const value = new TextEncoder().encode(type);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, value.length);
  const command = new TextEncoder().encode("READY");
  return concat([
    new Uint8Array([command.length]),
    command,
    new Uint8Array([name.length]),
    name,
    length,
    value,
  ]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
