import { and, desc, eq, gt } from "drizzle-orm";
import { z } from "zod";
import { assertSameOrigin } from "#app/platform/caller.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { account, session } from "#db/schema/people.ts";
import { audit } from "./audit.server.ts";
import { auth, authHeaders, MIN_PASSWORD } from "./auth.server.ts";
import { setFirstPassword } from "./employers.server.ts";
import { AppError } from "./errors.ts";
import { type Member, optionalMember, requirePerson } from "./people.server.ts";
import { throttle } from "./throttle.server.ts";

/* A person's own account: password, second step, sessions. Each function checks the form's origin and counts the try. */

const FRESH_MS = 15 * 60 * 1000;

async function guard(request: Request) {
  assertSameOrigin(request);
  const found = await requirePerson(request);
  await throttle(`account:${found.user.id}`, { limit: 20, seconds: 600 });
  return { ...found, member: await optionalMember(request) };
}

/** Notes it in the log of the employer the person works at now. The member is read before, as the session may be replaced. */
async function note(found: Member | null, action: string): Promise<void> {
  if (!found) return;
  const subject = { kind: "person", id: found.user.id, name: found.user.name };
  await withEmployer(found.employer.id, (tx) => audit(tx, found.actor, action, subject));
}

/** Whether this person has a password at all; who came by link may have none. */
export async function hasPassword(userId: string): Promise<boolean> {
  const rows = await withSystem((tx) =>
    tx
      .select({ id: account.id })
      .from(account)
      .where(and(eq(account.userId, userId), eq(account.providerId, "credential"))),
  );
  return rows.length > 0;
}

/**
 * Changes the password and ends all other sessions. A person without one sets their first within 15 minutes after
 * signing in. Answers with the cookies of the session that goes on.
 */
export async function changePassword(
  request: Request,
  input: { current: string; next: string },
): Promise<readonly string[]> {
  const { user, sessionId, member } = await guard(request);
  if (input.next.length < MIN_PASSWORD || input.next.length > 200) {
    throw new AppError("invalid", "The new password is too short or too long.", {
      fields: { next: `From ${MIN_PASSWORD} to 200 characters.` },
    });
  }
  if (!(await hasPassword(user.id))) {
    await assertFresh(sessionId);
    await setFirstPassword(user.id, input.next);
    await note(member, "person.password_set");
    return [];
  }
  const answer = await auth().api.changePassword({
    body: { currentPassword: input.current, newPassword: input.next, revokeOtherSessions: true },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) {
    throw new AppError("invalid", "The password was not changed.", {
      fields: { current: "This is not your password." },
    });
  }
  await note(member, "person.password_changed");
  return answer.headers.getSetCookie();
}

async function assertFresh(sessionId: string): Promise<void> {
  const [row] = await withSystem((tx) =>
    tx
      .select({ id: session.id })
      .from(session)
      .where(and(eq(session.id, sessionId), gt(session.createdAt, new Date(Date.now() - FRESH_MS)))),
  );
  if (!row) throw new AppError("conflict", "Sign out and in again first, then set a password within 15 minutes.");
}

export interface TwoFactorSetup {
  /** `otpauth://` address for the authenticator. */
  uri: string;
  /** The same secret to type in. */
  key: string;
  backupCodes: readonly string[];
}

const setupSchema = z.looseObject({ totpURI: z.string(), backupCodes: z.array(z.string()) });

/** Begins the second step: nothing is asked for until `confirmTwoFactor`. Shown once. Throws invalid on a wrong password. */
export async function beginTwoFactor(request: Request, password: string): Promise<TwoFactorSetup> {
  await guard(request);
  const answer = await auth().api.enableTwoFactor({
    body: { password, method: "totp" },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) throw wrongPassword();
  const { totpURI, backupCodes } = setupSchema.parse(await answer.json());
  return { uri: totpURI, key: new URL(totpURI).searchParams.get("secret") ?? "", backupCodes };
}

const wrongPassword = () =>
  new AppError("invalid", "Nothing was changed.", { fields: { password: "This is not your password." } });

/** Switches the second step on once the authenticator's code fits. Answers with the new session's cookies. */
export async function confirmTwoFactor(request: Request, code: string): Promise<readonly string[]> {
  const { member } = await guard(request);
  const answer = await auth().api.verifyTOTP({
    body: { code: code.replaceAll(/\s/g, "") },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) {
    throw new AppError("invalid", "Two-factor is not on yet.", {
      fields: { code: "This code does not fit. Take the newest one." },
    });
  }
  await note(member, "person.two_factor_on");
  return answer.headers.getSetCookie();
}

/** Switches the second step off. Throws invalid on a wrong password. */
export async function endTwoFactor(request: Request, password: string): Promise<readonly string[]> {
  const { member } = await guard(request);
  const answer = await auth().api.disableTwoFactor({
    body: { password },
    headers: authHeaders(request),
    asResponse: true,
  });
  if (!answer.ok) throw wrongPassword();
  await note(member, "person.two_factor_off");
  return answer.headers.getSetCookie();
}

export interface OwnSession {
  id: string;
  current: boolean;
  since: Date;
  ipAddress: string | null;
  userAgent: string | null;
}

/** Where this person is signed in, newest first. */
export async function listSessions(request: Request): Promise<OwnSession[]> {
  const { user, sessionId } = await requirePerson(request);
  const rows = await withSystem((tx) =>
    tx
      .select({
        id: session.id,
        since: session.createdAt,
        ipAddress: session.ipAddress,
        userAgent: session.userAgent,
      })
      .from(session)
      .where(and(eq(session.userId, user.id), gt(session.expiresAt, new Date())))
      .orderBy(desc(session.createdAt))
      .limit(100),
  );
  return rows.map((row) => ({ ...row, current: row.id === sessionId }));
}

/** Ends one of the person's own sessions at once; not-found for anybody else's. */
export async function endSession(request: Request, id: string): Promise<void> {
  const { user, member } = await guard(request);
  const gone = z.uuid().safeParse(id).success
    ? await withSystem((tx) =>
        tx
          .delete(session)
          .where(and(eq(session.id, id), eq(session.userId, user.id)))
          .returning({ id: session.id }),
      )
    : [];
  if (gone.length === 0) throw new AppError("not-found", "This session has ended already.");
  await note(member, "person.session_ended");
}
