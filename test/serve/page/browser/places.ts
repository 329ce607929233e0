/** Where things are on the page, and what people do there. */
import type { Page } from "playwright-core";

export const customerBox = (page: Page) => page.getByRole("combobox", { name: "Customer id" });
export const itemBox = (page: Page) => page.getByRole("combobox", { name: "Add an item" });
export const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name });
export const cards = (page: Page) => page.locator("#items > .card");
export const kind = (page: Page, text: string) =>
  page.locator("#kind").getByText(text, { exact: true });
export const toBasket = (page: Page) => page.getByRole("radio", { name: "A basket" });
export const focused = (page: Page) => page.evaluate(() => document.activeElement?.id ?? "");

/** Until what was asked for last is answered, and shown. */
const settled = (page: Page) => page.locator("#results:not([aria-busy])").waitFor();

/** Opens the page, and waits for what it shows first. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await settled(page);
}

export async function choose(page: Page, id: string): Promise<void> {
  await customerBox(page).fill(id);
  await customerBox(page).press("Enter");
  await heading(page, `For customer ${id}`).waitFor();
  await settled(page);
}

/** Puts the first item that fits the words into the basket, by keyboard. */
export async function put(page: Page, words: string): Promise<void> {
  await itemBox(page).fill(words);
  await page.getByRole("option").first().waitFor();
  await itemBox(page).press("ArrowDown");
  await itemBox(page).press("Enter");
  await settled(page);
}

/** Text of all that match, once there are `count`. */
export async function texts(page: Page, selector: string, count: number): Promise<string[]> {
  await page.locator(selector).nth(count - 1).waitFor();
  return await page.locator(selector).allTextContents();
}
