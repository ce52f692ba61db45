import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { magicLink, organization, twoFactor } from "better-auth/plugins";
import { z } from "zod";
import { CALLER_HEADER } from "#app/platform/caller.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { instanceSecrets } from "#app/platform/dev-secrets.server.ts";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { systemDatabase } from "#db/client.server.ts";
import * as people from "#db/schema/people.ts";

/* The sign-in library. Only this folder speaks to it, by `auth().api`, which has neither rate limit nor origin check:
 * every caller makes both first (`sign-in.server.ts`, `account.server.ts`). Its own HTTP handler is not mounted. */

const DAY = 24 * 60 * 60;
export const MIN_PASSWORD = 10;
export const LINK_MINUTES = 15;

const handOver = z.object({ take: z.custom<(token: string) => void>((value) => typeof value === "function") });

/**
 * The two-factor plugin asks for a code after a password only. Its own challenge is widened to sign-in links: the session
 * that the link made is dropped, and the code is asked for.
 */
function twoFactorAlsoAfterLinks() {
  const plugin = twoFactor({ issuer: "Patchbay", backupCodeOptions: { storeBackupCodes: "encrypted" } });
  const after = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: (context: Parameters<typeof hook.matcher>[0]) =>
      context.path === "/magic-link/verify" || hook.matcher(context),
  }));
  return { ...plugin, hooks: { ...plugin.hooks, after } };
}

function create(database: ReturnType<typeof systemDatabase>) {
  const url = env().PATCHBAY_URL ?? "http://127.0.0.1";
  return betterAuth({
    appName: "Patchbay",
    baseURL: url,
    secret: instanceSecrets().authSecret,
    telemetry: { enabled: false },
    database: drizzleAdapter(database, { provider: "pg", schema: people, transaction: true }),
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: "patchbay",
      useSecureCookies: url.startsWith("https:"),
      database: { generateId: () => newId() },
      ipAddress: { ipAddressHeaders: [CALLER_HEADER] },
    },
    logger: {
      level: "warn",
      log: (level, message) => log()[level]({ from: "sign-in" }, message),
    },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: MIN_PASSWORD, maxPasswordLength: 200 },
    session: { expiresIn: 30 * DAY, disableSessionRefresh: true },
    user: { additionalFields: { instanceAdmin: { type: "boolean", defaultValue: false, input: false } } },
    plugins: [
      organization({
        allowUserToCreateOrganization: false,
        schema: {
          organization: { modelName: "employer" },
          member: { fields: { organizationId: "employerId" } },
          invitation: { fields: { organizationId: "employerId" } },
        },
      }),
      twoFactorAlsoAfterLinks(),
      magicLink({
        expiresIn: LINK_MINUTES * 60,
        storeToken: "hashed",
        disableSignUp: true,
        sendMagicLink: async ({ token, metadata }) => handOver.parse(metadata).take(token),
      }),
    ],
  });
}

let memo: { database: ReturnType<typeof systemDatabase>; auth: ReturnType<typeof create> } | undefined;

/** The library's instance over the current database. */
export function auth(): ReturnType<typeof create> {
  const database = systemDatabase();
  if (memo?.database !== database) memo = { database, auth: create(database) };
  return memo.auth;
}

/** Of a request only what the library needs: the cookies, the caller's address and the browser's name. */
export function authHeaders(request: Request): Headers {
  const kept = new Headers();
  for (const name of ["cookie", "user-agent", CALLER_HEADER]) {
    const value = request.headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
