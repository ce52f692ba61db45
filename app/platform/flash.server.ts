import { createCookie } from "@remix-run/node";
import { z } from "zod";
import type { Flash } from "#app/components/ui/flash-note.tsx";

/**
 * One message from an action to the page it leads to. It lives in a short cookie of its own and is shown once. The cookie
 * belongs to the reader, so what it says is shown as text and its undo may only lead to a path of this site.
 */
const cookie = createCookie("flash", { path: "/", sameSite: "lax", httpOnly: true, maxAge: 60 });

const schema: z.ZodType<Flash> = z.object({
  tone: z.enum(["ok", "warn", "bad"]),
  title: z.string().max(300),
  text: z.string().max(600).optional(),
  undo: z.object({ action: z.string().regex(/^\/(?![/\\])/), fields: z.record(z.string(), z.string()) }).optional(),
});

/** The Set-Cookie value that carries a message over a redirect. */
export async function writeFlash(flash: Flash): Promise<string> {
  return cookie.serialize(flash);
}

/** The message that waits, and the Set-Cookie value that takes it away. */
export async function takeFlash(request: Request): Promise<{ flash: Flash; clear: string } | null> {
  const found = schema.safeParse(await cookie.parse(request.headers.get("cookie")));
  if (!found.success) return null;
  return { flash: found.data, clear: await cookie.serialize("", { maxAge: 0 }) };
}
