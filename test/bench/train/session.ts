/** A child that fits on demand: one of the own solvers, or a rival in its virtual environment. */
import { type Done, type Job, type Message, message, type Setup } from "./protocol.ts";

/** How a child is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What `trace` tells of an iteration, the factors being in the trace's folder. */
export type Look = (iteration: number, seconds: number) => Promise<"next" | "stop">;

/** One running child. Dispose of it to end it. */
export class Session implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #complaints: Promise<string>;

  private constructor(name: string, child: Deno.ChildProcess) {
    this.#name = name;
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#lines = linesOf(child.stdout);
    this.#complaints = new Response(child.stderr).text();
  }

  /** Starts the child and waits until the matrix is in its memory. Throws what it ends with. */
  static async open(program: Program, setup: Setup): Promise<Session> {
    const child = new Deno.Command(program.command, {
      args: [...program.args],
      env: { ...program.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const session = new Session(setup.solver, child);
    try {
      await session.#say(JSON.stringify(setup));
      const first = await session.#hear();
      if (!("ready" in first)) throw session.#unexpected(first);
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One fit of `iterations` without interruption. */
  async fit(iterations: number, after: Partial<Pick<Job, "save" | "digest">> = {}): Promise<Done> {
    await this.#start({ iterations, trace: null, save: null, digest: false, ...after });
    const done = await this.#hear();
    if (!("done" in done)) throw this.#unexpected(done);
    return done;
  }

  /** One fit of at most `iterations` that lets `look` see the factors of each in `folder`. */
  async trace(iterations: number, folder: string, look: Look): Promise<Done> {
    await this.#start({ iterations, trace: folder, save: null, digest: false });
    for (;;) {
      const said = await this.#hear();
      if ("done" in said) return said;
      if (!("iteration" in said)) throw this.#unexpected(said);
      await this.#say(await look(said.iteration, said.seconds));
    }
  }

  /** Ends the child: it stops where its input does. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#input.close();
    } catch {
      // It has ended by itself.
    }
    await this.#lines.return?.();
    await this.#child.status;
  }

  #start(job: Job): Promise<void> {
    return this.#say(JSON.stringify(job));
  }

  async #say(line: string): Promise<void> {
    try {
      await this.#input.write(new TextEncoder().encode(line + "\n"));
    } catch {
      throw await this.#failure();
    }
  }

  async #hear(): Promise<Message> {
    const { value, done } = await this.#lines.next();
    if (done) throw await this.#failure();
    return message.parse(JSON.parse(value));
  }

  /** Why the child has ended. */
  async #failure(): Promise<Error> {
    const { code, signal } = await this.#child.status;
    const last = (await this.#complaints).trim().split("\n").at(-1) || "it said nothing";
    return new Error(`${this.#name} ended with ${signal ?? `exit code ${code}`}: ${last}`);
  }

  #unexpected(said: Message): Error {
    return new Error(`${this.#name} said ${JSON.stringify(said)} out of turn`);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
