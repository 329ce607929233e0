/** The page that shows the API and tries it: three files of this server, nothing from elsewhere. */
import { Hono } from "hono";
import { z } from "zod";
import type { Operation } from "../openapi/operation.ts";

/** Where the files are that pages are made of. */
export const PAGES = new URL("../pages", import.meta.url);

const FILES = {
  "/docs": ["docs.html", "text/html; charset=UTF-8"],
  "/docs/docs.js": ["docs.js", "text/javascript; charset=UTF-8"],
  "/docs/docs.css": ["docs.css", "text/css; charset=UTF-8"],
} as const;

/** The page runs its own script and style, and asks this server alone. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** `GET /docs` */
export const docsOperation: Operation = {
  method: "get",
  path: "/docs",
  id: "docs",
  tag: "Operations",
  summary: "This API as a page to read and try",
  answers: {
    200: { description: "A page", schema: z.string(), type: "text/html; charset=UTF-8" },
  },
};

/** The routes of the page and what it loads. */
export function docsRoutes() {
  const app = new Hono();
  for (const [path, [name, type]] of Object.entries(FILES)) {
    app.get(path, async (c) => {
      const text = await Deno.readTextFile(new URL(`pages/${name}`, new URL(".", PAGES)));
      return c.body(text, 200, { "content-type": type, "content-security-policy": POLICY });
    });
  }
  return app;
}
