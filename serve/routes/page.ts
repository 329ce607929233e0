/** The page that shows recommendations: a few files of this server, nothing from elsewhere. */
import { type Context, Hono } from "hono";
import { PAGES } from "./docs.ts";

const SCRIPT = "text/javascript; charset=UTF-8";

const FILES = {
  "style.css": "text/css; charset=UTF-8",
  "app.js": SCRIPT,
  "api.js": SCRIPT,
  "combobox.js": SCRIPT,
  "customer.js": SCRIPT,
  "basket.js": SCRIPT,
  "results.js": SCRIPT,
  "similar.js": SCRIPT,
  "show.js": SCRIPT,
} as const;

/** The page runs its own scripts and style, and asks this server alone. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page itself, as `GET /` answers browsers. Its links fit the address that it was asked for by. */
export async function page(c: Context): Promise<Response> {
  const html = await Deno.readTextFile(new URL("pages/index.html", new URL(".", PAGES)));
  // Mounted at /shop, `page/app.js` would be looked for at the root.
  const folder = new URL(c.req.url).pathname.split("/").at(-1);
  const text = folder ? html.replaceAll('="./', `="./${folder}/`) : html;
  return c.body(text, 200, {
    "content-type": "text/html; charset=UTF-8",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "vary": "Accept",
  });
}

/** The routes of what the page loads. */
export function pageRoutes() {
  const app = new Hono();
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/page/${name}`, async (c) => {
      const text = await Deno.readTextFile(new URL(`pages/${name}`, new URL(".", PAGES)));
      return c.body(text, 200, { "content-type": type, "cache-control": "no-cache" });
    });
  }
  return app;
}
