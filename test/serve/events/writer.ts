/** A process that writes events and says which are acknowledged, until it is killed. Args: folder, first number. */
import { EventStore } from "../../../serve/events/store.ts";

const [dir = "", first = "0"] = Deno.args;
const store = await EventStore.open(dir);
const encoder = new TextEncoder();
let next = Number(first);

/** Event `n`: the test knows it by its number. */
async function write(): Promise<void> {
  for (;;) {
    const n = next++;
    await store.append([{ id: `${n}`, user: `u${n % 5}`, item: `i${n}`, quantity: 1 + n % 3 }]);
    Deno.stdout.writeSync(encoder.encode(`${n}\n`));
  }
}

await Promise.all([write(), write(), write(), write()]);
