import { createCookie } from "@remix-run/node";
import { z } from "zod";
import { env } from "./env.server.ts";

/** The portal link by which a guest came. Read at every request, so that an ended link ends at once. */
const cookie = createCookie("guest", { path: "/", sameSite: "lax", httpOnly: true });

const options = (expires: Date) => ({ expires, secure: env().PATCHBAY_URL?.startsWith("https:") ?? false });

/** The Set-Cookie value that keeps a link's token until the link ends. */
export const writeGuest = (token: string, expires: Date): Promise<string> => cookie.serialize(token, options(expires));

/** The Set-Cookie value that takes it away. */
export const clearGuest = (): Promise<string> => cookie.serialize("", { ...options(new Date(0)), maxAge: 0 });

/** The token, or null when the visitor is no guest. */
export async function readGuest(request: Request): Promise<string | null> {
  const found = z
    .string()
    .min(1)
    .safeParse(await cookie.parse(request.headers.get("cookie")));
  return found.success ? found.data : null;
}
