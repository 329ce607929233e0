/**
 * One Deno kernel and a client for it: `deno jupyter --kernel` on loopback ports. Nothing is
 * installed and no Python is needed.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { addOutput, decode, isIdle, Requests } from "./messages.ts";
import type { Output } from "./notebook.ts";
import { ZmtpSocket } from "./zmtp.ts";

/** A kernel whose cell takes longer than this is killed. */
const CELL_TIMEOUT = 600_000;
const START_TIMEOUT = 30_000;

interface Sockets {
  readonly shell: ZmtpSocket;
  readonly iopub: ZmtpSocket;
}

/** A running kernel. Close it with `await using`. */
export class Kernel implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #sockets: Sockets;
  readonly #requests: Requests;

  private constructor(
    process: Deno.ChildProcess,
    sockets: Sockets,
    requests: Requests,
  ) {
    this.#process = process;
    this.#sockets = sockets;
    this.#requests = requests;
  }

  /** Starts a kernel in the folder `cwd`, whose deno.json gives the imports, with `env` added. */
  static async start(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Kernel> {
    const key = randomUUID();
    const ports = freePorts();
    const file = await Deno.makeTempFile({ suffix: ".json" });
    const connection = {
      transport: "tcp",
      ip: "127.0.0.1",
      ...ports,
      key,
      signature_scheme: "hmac-sha256",
      kernel_name: "deno",
    };
    await Deno.writeTextFile(file, JSON.stringify(connection));
    const process = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const open: ZmtpSocket[] = [];
    try {
      const shell = await connect(ports.shell_port, "DEALER");
      open.push(shell);
      const iopub = await connect(ports.iopub_port, "SUB");
      open.push(iopub);
      const kernel = new Kernel(process, { shell, iopub }, new Requests(key));
      await kernel.#awaitSubscription();
      return kernel;
    } catch (error) {
      await end(process, open);
      throw error;
    } finally {
      await Deno.remove(file);
    }
  }

  /** Runs `code`; returns what it put out, errors included. */
  async execute(code: string): Promise<{ count: number; outputs: Output[] }> {
    const timer = setTimeout(
      () => kill(this.#process, "SIGKILL"),
      CELL_TIMEOUT,
    );
    try {
      const id = await this.#send(
        "execute_request",
        executeContent(code, false),
      );
      const outputs: Output[] = [];
      await this.#collect(new Set([id]), id, outputs);
      // The kernel may publish an output just after it said "idle", under the next request's
      // name: a silent request that waits a little flushes it out.
      const fence = executeContent(
        "await new Promise((r) => setTimeout(r, 40))",
        true,
      );
      const fenceId = await this.#send("execute_request", fence);
      await this.#collect(new Set([id, fenceId]), fenceId, outputs);
      const count = await this.#reply(id);
      await this.#reply(fenceId);
      return { count, outputs };
    } catch (error) {
      if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
      const limit = `${CELL_TIMEOUT / 1000} s`;
      throw new Error(
        `The kernel ended: the cell crashed it or took longer than ${limit}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#process, [this.#sockets.shell, this.#sockets.iopub]);
  }

  /** Gathers outputs of the requests `ids` until the request `last` is done. */
  async #collect(
    ids: ReadonlySet<string>,
    last: string,
    outputs: Output[],
  ): Promise<void> {
    for (;;) {
      const message = decode(await this.#sockets.iopub.receive());
      if (message.parent === undefined || !ids.has(message.parent)) continue;
      if (isIdle(message) && message.parent === last) return;
      addOutput(outputs, message);
    }
  }

  /** The execution count in the reply to the request `id`. */
  async #reply(id: string): Promise<number> {
    for (;;) {
      const message = decode(await this.#sockets.shell.receive());
      if (message.parent !== id) continue;
      return z.object({ execution_count: z.int() }).parse(message.content)
        .execution_count;
    }
  }

  /** What is published before a subscription arrives is lost: asks until something comes back. */
  async #awaitSubscription(): Promise<void> {
    const first = this.#sockets.iopub.receive().then(() => true);
    for (const start = Date.now(); Date.now() - start < START_TIMEOUT;) {
      await this.#send("kernel_info_request", {});
      const pause = delay(50);
      const up = await Promise.race([first, pause.done.then(() => false)]);
      pause.cancel();
      if (up) return;
    }
    throw new Error(
      `The Deno kernel did not answer within ${START_TIMEOUT / 1000} s`,
    );
  }

  async #send(type: string, content: unknown): Promise<string> {
    const { id, frames } = this.#requests.encode(type, content);
    await this.#sockets.shell.send(frames);
    return id;
  }
}

function executeContent(code: string, silent: boolean): unknown {
  return {
    code,
    silent,
    store_history: !silent,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: false,
  };
}

async function connect(
  port: number,
  type: "DEALER" | "SUB",
): Promise<ZmtpSocket> {
  for (const start = Date.now();;) {
    try {
      return await ZmtpSocket.connect(port, type);
    } catch (error) {
      if (Date.now() - start > START_TIMEOUT) throw error;
      await delay(25).done;
    }
  }
}

async function end(
  process: Deno.ChildProcess,
  sockets: readonly ZmtpSocket[],
): Promise<void> {
  for (const socket of sockets) socket.close();
  kill(process, "SIGTERM");
  await process.status;
}

function kill(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
}

/** Ports that nobody listens on: all held at once, so that no two are the same. */
function freePorts() {
  const listen = () => Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const shell = listen();
  const iopub = listen();
  const stdin = listen();
  const control = listen();
  const hb = listen();
  const ports = {
    shell_port: shell.addr.port,
    iopub_port: iopub.addr.port,
    stdin_port: stdin.addr.port,
    control_port: control.addr.port,
    hb_port: hb.addr.port,
  };
  for (const listener of [shell, iopub, stdin, control, hb]) listener.close();
  return ports;
}

function delay(ms: number): { done: Promise<void>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return { done: promise, cancel: () => clearTimeout(timer) };
}
