/** A standalone cluster of Spark on loopback: one master, some workers, ended with the scope. */
import { join } from "node:path";
import { HOME } from "../../pipeline/als/spark/submit.ts";

export interface Cluster extends AsyncDisposable {
  /** spark://host:port */
  readonly master: string;
  /** Kills the worker at `n` as a machine that fails would: its executor ends with it. */
  kill(n: number): void;
}

/** Why Spark cannot run here; `undefined` where it can. */
export async function whyNoSpark(): Promise<string | undefined> {
  try {
    await Deno.stat(join(HOME, "manifest.json"));
  } catch {
    return "no Spark: deno task setup:spark";
  }
  try {
    await new Deno.Command("java", { args: ["-version"], stderr: "null" }).output();
  } catch {
    return "no Java: apt-get install openjdk-17-jre-headless";
  }
  return undefined;
}

/** Starts the cluster with its files in `folder`. Throws `Error` where it does not come up in three minutes. */
export async function startCluster(folder: string, workers: number): Promise<Cluster> {
  const submit = await Deno.readTextFile(join(HOME, "bin", "spark-submit"));
  const [, home = ""] = /SPARK_HOME='(.*)'/.exec(submit) ?? [];
  const started: Deno.ChildProcess[] = [];
  const logs: string[] = [];
  const start = (...args: string[]) => {
    const child = new Deno.Command(join(home, "bin", "spark-class"), {
      args,
      env: {
        SPARK_HOME: home,
        SPARK_LOCAL_IP: "127.0.0.1",
        SPARK_WORKER_DIR: join(folder, "work"),
        SPARK_DAEMON_MEMORY: "256m",
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    started.push(child);
    void (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) logs.push(text);
    })();
    return child;
  };
  const end = async () => {
    for (const child of started) tryKill(child);
    await Promise.all(started.map((child) => child.status));
  };
  /** Waits until the logs say `what`, for three minutes at most. */
  const said = async (what: () => string | undefined) => {
    for (let waited = 0; waited <= 720; waited++) {
      const found = what();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await end();
    throw new Error(`The cluster did not come up:\n${logs.join("").slice(-2000)}`);
  };
  const deploy = "org.apache.spark.deploy";
  // A port that the system chooses when it is taken, not one that was free before.
  start(`${deploy}.master.Master`, ...["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]);
  const master = await said(() =>
    /Starting Spark master at (spark:\/\/127\.0\.0\.1:\d+)\s/.exec(logs.join(""))?.[1]
  );
  const own = Array.from({ length: workers }, () =>
    start(
      `${deploy}.worker.Worker`,
      ...["--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g"],
      master,
    ));
  await said(() => logs.join("").split("Registering worker").length > workers ? "up" : undefined);
  return {
    master,
    kill(n) {
      const child = own[n];
      if (child === undefined) throw new RangeError(`There is no worker ${n}`);
      child.kill("SIGKILL");
    },
    [Symbol.asyncDispose]: end,
  };
}

function tryKill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}
