import { and, eq, gt, sql as statement } from "drizzle-orm";
import { catalog, manifestOf } from "#app/integrations/catalog.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { callStat, connection } from "#db/schema/connections.ts";
import type { Actor } from "./actor.ts";
import { openIssues } from "./issues.server.ts";
import { filterTools, type ToolFilter } from "./marketplace-filter.ts";

/** What a page may know of a vendor: a projection of the manifest. */
export interface VendorCard {
  vendorId: string;
  name: string;
  summary: string;
  category: string;
  cost: string;
  color: string;
  monogram: string;
  signIn: string;
}

export interface ConnectionCard extends VendorCard {
  id: string;
  label: string;
  environment: string;
  state: string;
  stateReason: string | null;
  sentence: string;
  accountName: string | null;
  /** False where nothing is signed in to, so that "Connected" would claim too much. */
  signsIn: boolean;
  lastSuccessAt: Date | null;
  /** One bar per day, oldest first. */
  bars: readonly { total: number; failed: number }[];
  /** Share of calls that succeeded, per cent with one digit; null without calls. */
  rate: number | null;
}

const DAYS = 14;
const DAY_MS = 86_400_000;

export const vendorCard = (manifest: Manifest): VendorCard => ({
  vendorId: manifest.id,
  name: manifest.name,
  summary: manifest.summary,
  category: manifest.category,
  cost: manifest.cost,
  color: manifest.brand.color,
  monogram: manifest.brand.monogram,
  signIn: manifest.signIn,
});

/** Calls per day of the last fourteen of these connections: one statement. */
export async function callsByDay(
  tx: EmployerTx,
  employerId: string,
  connectionIds: readonly string[],
  now = Date.now(),
): Promise<Map<string, { total: number; failed: number }[]>> {
  const today = Math.floor(now / DAY_MS);
  const day = statement<number>`floor(date_part('epoch', ${callStat.hour}) / 86400)::int`;
  const rows = await tx
    .select({
      id: callStat.connectionId,
      day,
      succeeded: statement<number>`sum(${callStat.succeeded})::int`,
      failed: statement<number>`sum(${callStat.failed})::int`,
    })
    .from(callStat)
    .where(
      and(
        eq(callStat.employerId, employerId),
        amongIds(callStat.connectionId, connectionIds),
        gt(callStat.hour, new Date((today - DAYS + 1) * DAY_MS - 1)),
      ),
    )
    .groupBy(callStat.connectionId, day);
  const byId = new Map<string, { total: number; failed: number }[]>();
  for (const row of rows) {
    const bars = byId.get(row.id) ?? Array.from({ length: DAYS }, () => ({ total: 0, failed: 0 }));
    byId.set(row.id, bars);
    const bar = bars[row.day - today + DAYS - 1];
    if (!bar) continue;
    bar.total += row.succeeded + row.failed;
    bar.failed += row.failed;
  }
  return byId;
}

export const emptyBars = (): { total: number; failed: number }[] =>
  Array.from({ length: DAYS }, () => ({ total: 0, failed: 0 }));

/** Share that succeeded, with one digit; null where nothing ran. */
export function successRate(bars: readonly { total: number; failed: number }[]): number | null {
  const total = bars.reduce((sum, bar) => sum + bar.total, 0);
  const failed = bars.reduce((sum, bar) => sum + bar.failed, 0);
  return total === 0 ? null : Math.round(((total - failed) / total) * 1000) / 10;
}

/** Connections on one page of the marketplace: whole rows of two, three and four cards. */
export const TOOLS_ON_A_PAGE = 48;

/**
 * The marketplace as filtered: a page of the employer's connections, those that need somebody first, each with two weeks
 * of calls; the open issues that need somebody; the tools not connected yet. Three statements whatever the number of
 * connections.
 */
export async function marketplace(actor: Actor, filter: ToolFilter) {
  allow(actor, "connections:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const [rows, issues] = await Promise.all([
      tx.select().from(connection).where(eq(connection.employerId, employerId)).orderBy(connection.label),
      openIssues(tx, employerId),
    ]);
    const now = Date.now();
    const taken = new Set(rows.map((row) => row.vendorId));
    const found = filterTools(
      {
        yours: rows.flatMap(unmeasuredCard),
        others: catalog.filter((manifest) => !taken.has(manifest.id)).map(vendorCard),
        issues: issues.filter((issue) => issue.snoozedUntil === null || issue.snoozedUntil.getTime() <= now),
      },
      filter,
    );
    const pages = Math.max(1, Math.ceil(found.yours.length / TOOLS_ON_A_PAGE));
    const page = Math.min(filter.page, pages);
    const shown = found.yours.slice((page - 1) * TOOLS_ON_A_PAGE, page * TOOLS_ON_A_PAGE);
    const calls = await callsByDay(
      tx,
      employerId,
      shown.map((tool) => tool.id),
    );
    const yours = shown.map((tool): ConnectionCard => {
      const bars = calls.get(tool.id) ?? emptyBars();
      return { ...tool, bars, rate: successRate(bars) };
    });
    return { ...found, yours, fitting: found.yours.length, page, pages };
  });
}

function unmeasuredCard(row: typeof connection.$inferSelect): Omit<ConnectionCard, "bars" | "rate">[] {
  const manifest = manifestOf(row.vendorId);
  if (!manifest) return [];
  return [
    {
      ...vendorCard(manifest),
      id: row.id,
      label: row.label,
      environment: row.environment,
      state: row.state,
      stateReason: row.stateReason,
      sentence: row.stateDetail ?? sentenceOf(row, manifest),
      accountName: row.accountName,
      signsIn: strategyFor(manifest, row.config).kind !== "none",
      lastSuccessAt: row.lastSuccessAt,
    },
  ];
}

/** The sentence under the state where the state machine had nothing special to say. */
export function sentenceOf(row: typeof connection.$inferSelect, manifest: Manifest): string {
  if (row.state === "added") return `Nobody has signed in to ${manifest.name} yet; nothing runs. Sign in to start.`;
  if (row.accountName && strategyFor(manifest, row.config).kind !== "none")
    return `Signed in as ${row.accountName}. ${manifest.summary}`;
  return manifest.summary;
}
