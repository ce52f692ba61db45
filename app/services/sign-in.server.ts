import { eq } from "drizzle-orm";
import { z } from "zod";
import { assertSameOrigin, callerAddress, ownUrl } from "#app/platform/caller.server.ts";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { trySendMail } from "#app/platform/mail.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { member, user } from "#db/schema/people.ts";
import { audit } from "./audit.server.ts";
import { auth, authHeaders, LINK_MINUTES } from "./auth.server.ts";
import { AppError } from "./errors.ts";
import { forgive, throttle } from "./throttle.server.ts";

/* Signing in and out. Every function that acts for a stranger counts the try and checks the form's origin first. */

const MINUTE = 60;

/** What a step of signing in led to: cookies to set, and whether a code is still to be given. */
export interface SignInStep {
  cookies: readonly string[];
  needsCode: boolean;
}

const credentials = z.object({ email: z.email(), password: z.string().min(1).max(200) });

/** Counts a try of this caller; throws rate-limited beyond 60 in ten minutes. */
async function guardCaller(request: Request, what: string): Promise<void> {
  assertSameOrigin(request);
  await throttle(`${what}:${callerAddress(request)}`, { limit: 60, seconds: 10 * MINUTE });
}

/**
 * Signs in by password. Throws invalid on a wrong pair (never saying which half is wrong), rate-limited after 8 tries of
 * one caller or 40 of all callers on one address in ten minutes, and forbidden to another site's form.
 */
export async function signIn(request: Request, input: { email: unknown; password: unknown }): Promise<SignInStep> {
  await guardCaller(request, "sign-in");
  const parsed = credentials.safeParse(input);
  if (!parsed.success) throw wrongPair();
  const email = parsed.data.email.toLowerCase();
  const keys = { here: `sign-in:${email}:${callerAddress(request)}`, anywhere: `sign-in:${email}` };
  await throttle(keys.here, { limit: 8, seconds: 10 * MINUTE });
  await throttle(keys.anywhere, { limit: 40, seconds: 10 * MINUTE });
  const answer = await auth().api.signInEmail({
    body: { email, password: parsed.data.password },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) throw wrongPair();
  await forgive(keys.here);
  return stepOf(answer, "password");
}

const wrongPair = () => new AppError("invalid", "This address and password do not fit together.");

const stepSchema = z.looseObject({
  twoFactorRedirect: z.boolean().optional(),
  user: z.looseObject({ id: z.uuid(), name: z.string() }).optional(),
});

async function stepOf(answer: Response, how: "password" | "link" | "code"): Promise<SignInStep> {
  const body = stepSchema.parse(await answer.json());
  const needsCode = body.twoFactorRedirect === true;
  if (!needsCode && body.user) await noteSignIn(body.user, how);
  return { cookies: answer.headers.getSetCookie(), needsCode };
}

/** Writes the sign-in into the log of each employer whose team the person is in. */
async function noteSignIn(person: { id: string; name: string }, how: string): Promise<void> {
  const teams = await withSystem((tx) =>
    tx.select({ employerId: member.employerId }).from(member).where(eq(member.userId, person.id)),
  );
  for (const { employerId } of teams) {
    const actor = { kind: "person" as const, ...person, employerId };
    await withEmployer(employerId, (tx) =>
      audit(tx, actor, "person.signed_in", { kind: "person", ...person }, { how }),
    );
  }
}

/**
 * Makes a one-time sign-in link for a person, valid for 15 minutes; null when nobody has this address. `origin` is where
 * the portal is reached. The link opens a page whose button signs in: a mail scanner that only reads it spends nothing.
 */
export async function createSignInLink(email: string, origin = env().PATCHBAY_URL): Promise<string | null> {
  if (origin === undefined) throw new Error("A sign-in link needs PATCHBAY_URL or an origin.");
  const [known] = await withSystem((tx) =>
    tx.select({ id: user.id }).from(user).where(eq(user.email, email.toLowerCase())),
  );
  if (!known) return null;
  const token = await new Promise<string>((resolve, reject) => {
    auth()
      .api.signInMagicLink({
        body: { email: email.toLowerCase(), metadata: { take: resolve } },
        headers: new Headers(),
      })
      .catch(reject);
  });
  return `${origin.replace(/\/$/, "")}/login/link?token=${encodeURIComponent(token)}`;
}

/** Mails a sign-in link if the address is known. Answers alike for strangers; 5 mails per address in an hour. */
export async function mailSignInLink(request: Request, input: unknown): Promise<void> {
  await guardCaller(request, "link");
  const parsed = z.email().safeParse(input);
  if (!parsed.success)
    throw new AppError("invalid", "This is not a mail address.", { fields: { email: "Like name@company.com." } });
  const email = parsed.data.toLowerCase();
  await throttle(`link:${email}`, { limit: 5, seconds: 60 * MINUTE });
  const link = await createSignInLink(email, ownUrl(request));
  if (link === null) return;
  await trySendMail({
    to: email,
    subject: "Your sign-in link for Patchbay",
    text: `Open this page and press the button to sign in:\n\n${link}\n\nIt works once, for ${LINK_MINUTES} minutes. If you did not ask for it, nothing happens.\n`,
  });
}

/** Redeems a sign-in link, once. Accounts with two-factor are asked for their code as after a password. */
export async function redeemSignInLink(request: Request, token: string): Promise<SignInStep> {
  await guardCaller(request, "redeem");
  const answer = await auth().api.magicLinkVerify({
    query: { token },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) {
    throw new AppError("invalid", "This link was used or is too old. Ask for a new one.");
  }
  return stepOf(answer, "link");
}

/**
 * Finishes a sign-in by a code of the authenticator, or by one of the backup codes. Throws invalid on a wrong code;
 * after 5 wrong ones the sign-in starts over, and 10 in a row lock the account's second step for 15 minutes.
 */
export async function giveCode(request: Request, code: string, kind: "app" | "backup"): Promise<SignInStep> {
  await guardCaller(request, "code");
  const started = sha256Hex(request.headers.get("cookie") ?? "");
  await throttle(`code:${started}`, { limit: 10, seconds: 10 * MINUTE });
  const call = { body: { code: code.replaceAll(/\s/g, "") }, headers: authHeaders(request), asResponse: true } as const;
  const answer = kind === "app" ? await auth().api.verifyTOTP(call) : await auth().api.verifyBackupCode(call);
  if (answer.ok) return stepOf(answer, "code");
  if (answer.status === 429)
    throw new AppError("rate-limited", "Too many wrong codes. Wait 15 minutes, then sign in again.");
  const { code: reason } = z.looseObject({ code: z.string().optional() }).parse(await answer.json());
  if (reason === "INVALID_CODE" || reason === "INVALID_BACKUP_CODE") {
    throw new AppError("invalid", "This code does not fit.", {
      fields: { code: "Take the newest code and try again." },
    });
  }
  throw new AppError("conflict", "This sign-in took too long or had too many tries. Start again.");
}

/** Ends the session; answers with the cookies that take it away. */
export async function signOut(request: Request): Promise<readonly string[]> {
  assertSameOrigin(request);
  const answer = await auth().api.signOut({ headers: authHeaders(request), asResponse: true });
  return answer.headers.getSetCookie();
}
