/**
 * Drives the page in a real browser: `main.ts {"chromium": …, "shop": …, …}`. One line of JSON for each check:
 * its name, and its error where it failed. `test/serve/page/page_test.ts` runs it.
 */
import { chromium } from "playwright-core";
import { appearance } from "./appearance.ts";
import { checks } from "./checks.ts";
import type { Shops } from "./shops.ts";

const { chromium: executablePath, screenshots, ...shops }: Shops & {
  readonly chromium: string;
  /** A folder for pictures of the page; left out: none are taken. */
  readonly screenshots?: string;
} = JSON.parse(Deno.args[0] ?? "{}");

/** Longer than a slow machine takes for anything, in milliseconds. */
const PATIENCE = 120_000;

const browser = await chromium.launch({ executablePath, timeout: PATIENCE });
try {
  for (const [name, check] of Object.entries({ ...checks, ...appearance(screenshots) })) {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const faults: string[] = [];
    // Refusals by the content security policy are told there too; answers of 4xx are what some checks want.
    page.on("console", (message) => {
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) {
        faults.push(message.text());
      }
    });
    page.on("pageerror", ({ message }) => faults.push(message));
    let error: string | undefined;
    try {
      await check(page, shops);
      if (faults.length > 0) error = `The page's console says: ${faults.join("; ")}`;
    } catch (caught) {
      error = caught instanceof Error ? caught.stack ?? caught.message : String(caught);
    }
    await context.close();
    console.log(JSON.stringify({ name, error }));
  }
} finally {
  await browser.close();
}
