import { and, asc, eq } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { manifestOf } from "#app/integrations/catalog.ts";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { PostingProblem } from "#app/integrations/contract/capabilities.ts";
import type { PostingProfile, PostingRule } from "#app/integrations/contract/manifest.ts";
import { log } from "#app/platform/log.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { posting } from "#db/schema/postings.ts";
import type { Actor } from "./actor.ts";
import { jobRow } from "./jobs.server.ts";
import {
  type EmployerFacts,
  employerFacts,
  type Job,
  type Posting,
  postingJob,
  postingKey,
  problemsOf,
} from "./posting-job.server.ts";
import { type Connection, callVendor } from "./vendor-context.server.ts";

export interface Price {
  amount: number;
  currency: string;
}

/** One board before a job is sent to it. */
export interface BoardCheck {
  connectionId: string;
  vendorId: string;
  label: string;
  way: "api" | "feed" | "hand-off";
  usually: string;
  problems: readonly PostingProblem[];
  /** Null when it costs nothing or the plan decides. */
  price: Price | null;
  /** Why nothing can be sent at the moment, with the way out. */
  blocked: { word: string; href: string } | null;
  /** The posting that is there already. */
  already: { id: string; state: Posting["state"]; desired: Posting["desired"] } | null;
  /** The board's rules as data, for checking while one types. */
  rules: readonly PostingRule[];
}

/** What the boards of an employer would say about a job. Needs jobs:read. AppError not-found. */
export async function preflight(actor: Actor, jobId: string, connectionIds?: readonly string[]): Promise<BoardCheck[]> {
  allow(actor, "jobs:read");
  const { employerId } = actor;
  const found = await withEmployer(employerId, async (tx) => ({
    of: await jobRow(tx, employerId, jobId),
    facts: await employerFacts(tx, employerId),
    boards: await boardsOf(tx, employerId),
    there: await tx
      .select()
      .from(posting)
      .where(and(eq(posting.employerId, employerId), eq(posting.jobId, jobId))),
  }));
  const boards = found.boards.filter((board) => !connectionIds || connectionIds.includes(board.id));
  const checks = boards.map((board) => {
    const there = found.there.find((row) => row.connectionId === board.id);
    return checkBoard(board, found.of, found.facts, there);
  });
  return (await Promise.all(checks)).filter((check) => check !== null);
}

/** The connections that take postings, by label; those being removed are left out. */
export async function boardsOf(tx: EmployerTx, employerId: string): Promise<Connection[]> {
  const rows = await tx
    .select()
    .from(connection)
    .where(eq(connection.employerId, employerId))
    .orderBy(asc(connection.label), asc(connection.id));
  return rows.filter(
    (row) => manifestOf(row.vendorId)?.posting !== undefined && row.state !== "disconnecting" && row.state !== "added",
  );
}

/** One board's verdict; null for a vendor that this instance no longer knows. */
export async function checkBoard(
  board: Connection,
  of: Job,
  facts: EmployerFacts,
  there: Posting | undefined,
): Promise<BoardCheck | null> {
  const adapter = await loadAdapter(board.vendorId);
  const profile = adapter && postingProfile(adapter.manifest, board.config);
  if (!adapter || !profile) return null;
  const value = postingJob(of, facts, { key: postingKey(of.id, board.id), sourceToken: "preview", inbound: null });
  const blocked = blockOf(board);
  const isUp = there !== undefined && there.desired === "live" && there.state !== "rejected" && there.state !== "draft";
  const free = isUp || (there?.externalId && there.desired === "live");
  return {
    connectionId: board.id,
    vendorId: board.vendorId,
    label: board.label,
    way: profile.way,
    usually: profile.usually,
    problems: problemsOf(adapter, value, board.config),
    price: free ? null : await priceOf(adapter, profile, board, value, blocked === null),
    blocked,
    already: there ? { id: there.id, state: there.state, desired: there.desired } : null,
    rules: profile.rules,
  };
}

async function priceOf(
  adapter: AnyAdapter,
  profile: PostingProfile,
  board: Connection,
  value: ReturnType<typeof postingJob>,
  runs: boolean,
): Promise<Price | null> {
  const listed = profile.price;
  const known = listed?.per === "posting" ? { amount: listed.amount, currency: listed.currency } : null;
  const module = postingModule(adapter, board.config);
  if (!runs || module?.way !== "api" || !module.quote) return known;
  const { quote } = module;
  const options = {
    signal: AbortSignal.timeout(5_000),
    idempotencyKey: `quote:${value.key}`,
    interactive: true,
    part: "postings",
  };
  try {
    return await callVendor(board.employerId, board.id, options, ({ ctx }) => quote(ctx, value));
  } catch (error) {
    log().info({ err: error, connectionId: board.id }, "A board did not tell its price.");
    return known;
  }
}

function blockOf(board: Connection): BoardCheck["blocked"] {
  if (board.state === "active" || board.state === "degraded") return null;
  const page = `/integrations/${board.id}`;
  if (board.state === "needs_reconnect") {
    return { word: "Needs reconnect", href: `/integrations/connect/${board.vendorId}?connection=${board.id}` };
  }
  return { word: board.state === "paused_by_user" ? "Paused" : "Needs setup", href: page };
}

/** Sums by currency, in the order of the currencies' codes. */
export function totalOf(prices: readonly (Price | null)[]): Price[] {
  const sums = new Map<string, number>();
  for (const price of prices) if (price) sums.set(price.currency, (sums.get(price.currency) ?? 0) + price.amount);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ currency, amount }));
}

/** A total as one word, so that a form can carry what the person agreed to: "EUR 1000, USD 29900"; "" is nothing. */
export const totalWord = (total: readonly Price[]): string =>
  total.map(({ currency, amount }) => `${currency} ${amount}`).join(", ");
