import { and, count, isNull, lte, or } from "drizzle-orm";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { optionalMember, requireMember } from "./people.server.ts";
import { guestOrEnd } from "./webhook-visitors.server.ts";

/** How many issues wait for a person: open and not snoozed. */
async function countOpenIssues(employerId: string): Promise<number> {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select({ open: count() })
      .from(issue)
      .where(and(isNull(issue.resolvedAt), or(isNull(issue.snoozedUntil), lte(issue.snoozedUntil, new Date())))),
  );
  return row?.open ?? 0;
}

const GUEST_PAGES = /^\/webhooks(\/|$)/;

/**
 * Who is here, for the frame around a page: a member of the team, or on the webhook pages a guest who came by a link.
 * Everybody else is led to sign in.
 */
export async function loadShell(request: Request) {
  const asGuest = GUEST_PAGES.test(new URL(request.url).pathname) && !(await optionalMember(request));
  const guest = asGuest ? await guestOrEnd(request) : null;
  if (guest) {
    const { employer, link } = guest;
    const home = link.endpointId === null ? "/webhooks" : `/webhooks/endpoints/${link.endpointId}`;
    const { name, access, expiresAt } = link;
    return { kind: "guest" as const, guest: { name, access, expiresAt, home, employer: employer.name } };
  }
  const { user, employer, role, employers } = await requireMember(request);
  const openIssues = await countOpenIssues(employer.id);
  return { kind: "member" as const, member: { user, employer, role, employers }, openIssues };
}
