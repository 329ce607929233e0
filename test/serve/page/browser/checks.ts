/** What the page must do, one check a name: each gets a new browser context. */
import assert from "node:assert/strict";
import type { Page, Request } from "playwright-core";
import {
  cards,
  choose,
  customerBox,
  focused,
  heading,
  kind,
  put,
  texts,
  toBasket,
  visit,
} from "./places.ts";
import { CUSTOMERS, type Shops } from "./shops.ts";

export type Check = (page: Page, shops: Shops) => Promise<void>;

export const checks: Readonly<Record<string, Check>> = {
  "a customer is found, chosen and shown by keyboard alone": async (page, { shop }) => {
    await visit(page, shop);
    await cards(page).nth(4).waitFor();
    await kind(page, "Popular").waitFor();
    // The skip link, the API, the two choices, the box.
    for (let tabs = 0; await focused(page) !== "customer-input"; tabs++) {
      assert(tabs < 6, "the box is not reached by Tab");
      await page.keyboard.press("Tab");
    }
    const box = customerBox(page);
    const list = page.getByRole("listbox", { name: "Customers" });
    await page.keyboard.type("user1");
    // Whoever types slowly sees lists of what was typed before, which begin with user0.
    await list.getByRole("option").first().getByText(/^user1/).waitFor();
    assert.equal(await box.getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const active = page.locator(`#${await box.getAttribute("aria-activedescendant")}`);
    assert.equal(await active.getAttribute("aria-selected"), "true");
    const id = await active.locator(".label").textContent();
    await page.keyboard.press("Escape");
    assert.equal(await list.isVisible(), false);
    assert.equal(await box.inputValue(), "user1");
    await page.keyboard.press("ArrowUp");
    await list.waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await heading(page, `For customer ${id}`).waitFor();
    assert.equal(await box.getAttribute("aria-expanded"), "false");
    assert.equal(await focused(page), "customer-input");
    await kind(page, "Personalized").waitFor();
    assert.equal(await cards(page).count(), 5);
    const status = page.getByRole("status");
    await status.getByText(`5 recommendations, personalized: For customer ${id}`).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await box.inputValue(), "");
  },

  "names, brands, order and scores are the server's; the bars add up to the score": async (
    page,
    { shop },
  ) => {
    await visit(page, shop);
    await choose(page, CUSTOMERS.known);
    const response = await fetch(`${shop}v1/users/${CUSTOMERS.known}/recommendations?n=5`);
    const { items } = await response.json();
    const named = await texts(page, "#items h3", 5);
    assert.deepEqual(named, items.map(({ name }: { name: string }) => name));
    const about = await texts(page, "#items .what p", 5);
    items.forEach(({ brand }: { brand: string }, n: number) => assert(about[n]?.includes(brand)));
    const scores = await texts(page, "#items .score span", 5);
    assert.deepEqual(scores, items.map(({ score }: { score: number }) => score.toFixed(3)));
    await page.getByText("Why this score").first().click();
    const rows = cards(page).first().locator("tbody tr");
    await rows.first().waitFor();
    const parts = (await rows.locator(".number").allTextContents()).map(Number);
    const sum = parts.reduce((a, b) => a + b, 0);
    assert(Math.abs(sum - Number(scores[0])) < 0.001 * (parts.length + 4), `${sum}: ${scores[0]}`);
    const widths = await rows.locator(".bar").evaluateAll((bars) =>
      bars.map((bar) => bar.getBoundingClientRect().width)
    );
    const largest = Math.max(...parts.map(Math.abs));
    const longest = Math.max(...widths);
    parts.forEach((part, n) =>
      assert(Math.abs(widths[n]! / longest - Math.abs(part) / largest) < 0.05, `bar ${n}`)
    );
  },

  "a history shows names and what was posted since; names stay text": async (page, { shop }) => {
    await visit(page, shop);
    await choose(page, CUSTOMERS.since);
    await kind(page, "Folded in").waitFor();
    await page.locator("#past-items li").first().waitFor();
    const first = await page.locator("#past-items li").first().textContent();
    assert.match(first ?? "", /<b>Bold<\/b> & "quoted"/);
    assert.match(first ?? "", /New.*Mar 1, 2026.*× 2/);
    assert.equal(await page.locator("#past-items li b, #items h3 *").count(), 0);
  },

  "an unknown customer gets popular items, and is told so": async (page, { shop }) => {
    await visit(page, shop);
    await choose(page, CUSTOMERS.unknown);
    await kind(page, "Popular").waitFor();
    await page.getByText("Nothing is known of this customer.").waitFor();
    assert.match(await cards(page).first().locator(".score").textContent() ?? "", /\d+buyers/);
  },

  "a basket is put together and emptied by keyboard; the focus is never lost": async (
    page,
    { shop },
  ) => {
    await visit(page, shop);
    await toBasket(page).check();
    await page.getByText("Nothing yet").waitFor();
    await put(page, "wool brand 1");
    await heading(page, "For this basket").waitFor();
    await kind(page, "Folded in").waitFor();
    await put(page, "cotton");
    const names = await texts(page, "#basket-items .name", 2);
    assert.match(names[0]!, /^Wool/);
    assert.match(names[1]!, /^Cotton/);
    assert.equal(await cards(page).count(), 5);
    const shown = await texts(page, "#items h3", 5);
    assert(!shown.some((name) => names.includes(name)), "what is in the basket is not recommended");
    await page.getByRole("spinbutton").first().fill("3");
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.keyboard.press("Tab");
    assert.equal((await posted).postDataJSON().basket[0].quantity, 3);
    await page.getByRole("button", { name: `Remove ${names[0]}` }).press("Enter");
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      `Remove ${names[1]} from the basket`,
    );
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "item-input");
    await heading(page, "Popular items").waitFor();
    await cards(page).nth(4).waitFor();
    await cards(page).first().getByRole("button", { name: /^Add to basket/ }).press("Enter");
    await heading(page, "For this basket").waitFor();
    await kind(page, "Folded in").waitFor();
    assert.equal(await focused(page), "results");
  },

  "similar items open in a dialog; Escape closes it and gives the focus back": async (
    page,
    { shop },
  ) => {
    await visit(page, shop);
    const opener = cards(page).first().getByRole("button", { name: /^Similar items/ });
    await opener.press("Enter");
    const dialog = page.getByRole("dialog", { name: /^Similar to/ });
    await dialog.getByRole("listitem").first().waitFor();
    assert.equal(await focused(page), "similar-title");
    const other = dialog.getByRole("button", { name: /^Items similar to/ }).first();
    const name = await other.textContent();
    await other.press("Enter");
    await dialog.getByRole("heading", { name: `Similar to ${name}` }).waitFor();
    await dialog.getByRole("button", { name: /^Add to basket/ }).first().click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await opener.evaluate((button) => button === document.activeElement), true);
    await page.getByRole("radio", { name: "A basket (1)" }).waitFor();
  },

  "a guarded server asks for its token, and shows customers to who has it": async (page, shops) => {
    await visit(page, shops.guarded);
    const field = page.getByLabel("The server's token");
    await field.fill("wrong");
    await field.press("Enter");
    await page.locator("#customer-note").getByText("not the server's token").waitFor();
    await choose(page, CUSTOMERS.known);
    await kind(page, "Personalized").waitFor();
    await page.getByText("Customers are shown to who has the server's bearer token").waitFor();
    await field.fill(shops.token);
    await field.press("Enter");
    await page.locator("#samples button").first().waitFor();
    assert.equal(await field.isVisible(), false);
    assert.equal(await focused(page), "customer-input");
    await page.locator("#past-items li").first().waitFor();
  },

  "where nobody may see customers, whole ids and baskets still work": async (page, { baskets }) => {
    await visit(page, baskets);
    await page.getByText("Type the whole id. This server does not list customers.").waitFor();
    await choose(page, CUSTOMERS.known);
    await kind(page, "Personalized").waitFor();
    await toBasket(page).check();
    await put(page, "wool");
    await heading(page, "For this basket").waitFor();
  },

  "what is wrong is said in words, and can be tried again": async (page, { shop, empty }) => {
    await visit(page, empty);
    await page.getByRole("alert").getByText("No model is loaded").waitFor();
    await visit(page, shop);
    await cards(page).nth(4).waitFor();
    await page.route("**/v1/**", (route) => route.abort());
    await customerBox(page).fill(CUSTOMERS.known);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("alert").getByText("The server cannot be reached").waitFor();
    await heading(page, `For customer ${CUSTOMERS.known}`).waitFor();
    assert.equal(await cards(page).count(), 0);
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await kind(page, "Personalized").waitFor();
    assert.equal(await page.getByRole("alert").textContent(), "");
  },

  "a slow answer holds its place and is overtaken by a later one": async (page, { shop }) => {
    await visit(page, shop);
    await cards(page).nth(4).waitFor();
    const later = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    await page.route("**/users/slow/recommendations*", async (route) => {
      await later.promise;
      await route.continue().catch(() => {});
    });
    // The page gives it up, or it is answered.
    const ended = (request: Request) => {
      if (new URL(request.url()).pathname.endsWith("/users/slow/recommendations")) over.resolve();
    };
    page.on("requestfailed", ended);
    page.on("requestfinished", ended);
    await customerBox(page).fill("slow");
    await customerBox(page).press("Enter");
    await page.locator(".card.waiting").first().waitFor();
    assert.equal(await page.locator("#results").getAttribute("aria-busy"), "true");
    const moving = await page.locator(".card.waiting").first()
      .evaluate((card) => getComputedStyle(card).animationName);
    assert.equal(moving, "none", "motion is reduced");
    await choose(page, CUSTOMERS.known);
    await kind(page, "Personalized").waitFor();
    later.resolve();
    await over.promise;
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await kind(page, "Personalized").waitFor();
    assert.equal(await page.locator("#results").getAttribute("aria-busy"), null);
  },
};
