/** How the page looks: on a phone, light and dark, to those who do not see it. */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Check } from "./checks.ts";
import { cards, choose, itemBox, kind, put, toBasket, visit } from "./places.ts";
import { CUSTOMERS } from "./shops.ts";

/** By a name each; with a folder for `screenshots`, pictures of what was looked at. */
export const appearance = (screenshots?: string): Readonly<Record<string, Check>> =>
  Object.fromEntries(
    (["light", "dark"] as const).map((colorScheme): [string, Check] => [
      `axe finds nothing, nothing is wider than a phone: ${colorScheme}`,
      async (page, { shop }) => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width: 360, height: 740 });
        const view = async (name: string) => {
          const wide = await page.evaluate(() =>
            document.documentElement.scrollWidth - document.documentElement.clientWidth
          );
          assert.equal(wide, 0, `${name} is ${wide} pixels too wide`);
          await page.evaluate(axe.source);
          const found = await page.evaluate(async () => {
            // deno-lint-ignore no-explicit-any -- what the script above has put there
            const { violations } = await (globalThis as any).axe.run();
            return violations.map(
              ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
                `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
            );
          });
          assert.deepEqual(found, [], name);
          if (screenshots === undefined) return;
          const path = (size: string) => `${screenshots}/${name}-${size}-${colorScheme}.png`;
          await page.screenshot({ path: path("phone"), fullPage: true });
          await page.setViewportSize({ width: 1280, height: 900 });
          await page.screenshot({ path: path("desktop"), fullPage: name !== "similar" });
          await page.setViewportSize({ width: 360, height: 740 });
        };
        await visit(page, shop);
        const [light, dark] = ["rgb(245, 246, 248)", "rgb(17, 20, 23)"];
        assert.equal(
          await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
          colorScheme === "light" ? light : dark,
        );
        await choose(page, CUSTOMERS.since);
        await page.locator("#past-items li").first().waitFor();
        await page.getByText("Why this score").first().click();
        await view("customer");
        await cards(page).first().getByRole("button", { name: /^Similar items/ }).click();
        await page.locator("#similar-items li").first().waitFor();
        await view("similar");
        await page.keyboard.press("Escape");
        await toBasket(page).check();
        await put(page, "wool");
        await kind(page, "Folded in").waitFor();
        await itemBox(page).fill("cotton");
        await page.getByRole("option").first().waitFor();
        await itemBox(page).press("ArrowDown");
        await view("basket");
      },
    ]),
  );
