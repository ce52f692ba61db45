import { readFile } from "node:fs/promises";
import { and, asc, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { ConfigField, Manifest } from "#app/integrations/contract/manifest.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import type { Actor } from "./actor.ts";
import { type BlastRadius, countDependents } from "./connection-removal.server.ts";
import { type SetupQuestion, setupQuestions } from "./connection-setup.server.ts";
import {
  type Connection,
  connectionRow,
  getConnection,
  pasteables,
  signsInByConsent,
  vendorOf,
} from "./connections.server.ts";
import { storedFields } from "./credentials.server.ts";
import { type Issue, openIssues } from "./issues.server.ts";
import { callsByDay, emptyBars, sentenceOf, successRate, type VendorCard, vendorCard } from "./marketplace.server.ts";
import { type SignInWay, signInWays } from "./sign-in-ways.server.ts";
import { rejectsOf, streamsOf } from "./sync.server.ts";

export interface ConnectionHead {
  vendor: VendorCard;
  id: string;
  label: string;
  environment: string;
  state: string;
  stateReason: string | null;
  sentence: string;
  accountName: string | null;
  createdAt: Date;
  capabilities: readonly string[];
  /** Sign-in is on the vendor's page, typed, or not needed. */
  signIn: "consent" | "typed" | "none";
}

function headOf(row: Connection, manifest: Manifest): ConnectionHead {
  const kind = strategyFor(manifest, row.config).kind;
  return {
    vendor: vendorCard(manifest),
    id: row.id,
    label: row.label,
    environment: row.environment,
    state: row.state,
    stateReason: row.stateReason,
    sentence: row.stateDetail ?? sentenceOf(row, manifest),
    accountName: row.accountName,
    createdAt: row.createdAt,
    capabilities: manifest.capabilities,
    signIn: kind === "none" ? "none" : kind === "oauth2-code" ? "consent" : "typed",
  };
}

/** The head that every tab of a connection shares. Kinds: not-found, forbidden. */
export async function connectionHead(actor: Actor, connectionId: string): Promise<ConnectionHead> {
  const row = await getConnection(actor, connectionId);
  return headOf(row, vendorOf(row.vendorId));
}

export interface Freshness {
  name: string;
  lastAt: Date | null;
  nextAt: Date | null;
  status: string | null;
  records: number | null;
  /** The run that goes on. */
  run: { id: string; read: number; total: number | null; pages: number } | null;
  /** Why the last run stopped. */
  error: string | null;
  /** Rows that could not be used. */
  rejects: number;
}

export interface ConnectionOverview {
  issues: Issue[];
  freshness: Freshness[];
  /** Deletions that wait for a person's word. */
  held: { id: string; resource: string; count: number; outOf: number; why: string }[];
  /** The newest rows that could not be used, with their reasons. */
  rejects: { resource: string; externalId: string; reason: string }[];
  syncs: boolean;
  /** Whether our changes go to the vendor; null where it takes none. */
  push: boolean | null;
  dependents: BlastRadius;
  bars: { total: number; failed: number }[];
  rate: number | null;
  lastSuccessAt: Date | null;
  lastTestedAt: Date | null;
  /** When a sign-in that cannot be renewed ends; null when it renews itself. */
  signInEndsAt: string | null;
}

const takesChanges = (row: Connection): boolean =>
  vendorOf(row.vendorId).resources?.some((resource) => resource.direction !== "pull") ?? false;

/** The overview tab: issues, how old each kind of data is, what hangs on it. A fixed number of statements. */
export async function connectionOverview(actor: Actor, connectionId: string): Promise<ConnectionOverview> {
  allow(actor, "connections:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    const { streams, held } = await streamsOf(tx, employerId, connectionId);
    const calendars = await tx
      .select()
      .from(calendarStream)
      .where(and(eq(calendarStream.employerId, employerId), eq(calendarStream.connectionId, connectionId)))
      .orderBy(asc(calendarStream.name));
    const bars = (await callsByDay(tx, employerId, [connectionId])).get(connectionId) ?? emptyBars();
    return {
      issues: await openIssues(tx, employerId, connectionId),
      freshness: [
        ...streams.map(({ stream, run, rejects }) => ({
          name: stream.resource,
          lastAt: stream.lastCompleteAt,
          nextAt: stream.nextRunAt,
          status: stream.currentRunId ? (run?.status ?? null) : stream.lastStatus,
          records: stream.records,
          run: stream.currentRunId && run ? { id: run.id, read: run.read, total: run.total, pages: run.pages } : null,
          error: run?.error ?? null,
          rejects,
        })),
        ...calendars.map((calendar) => ({
          name: calendar.name,
          lastAt: calendar.lastSyncedAt,
          nextAt: calendar.nextRunAt,
          status: calendar.error ? "failed" : null,
          records: null,
          run: null,
          error: calendar.error,
          rejects: 0,
        })),
      ],
      held: held.map(({ id, resource, externalIds, outOf, why }) => ({
        ...{ id, resource, outOf, why, count: externalIds.length },
      })),
      rejects: (await rejectsOf(tx, employerId, connectionId, 20)).map(({ resource, externalId, reason }) => ({
        ...{ resource, externalId, reason },
      })),
      syncs: streams.length > 0,
      push: takesChanges(row) ? row.features.push === true : null,
      dependents: await countDependents(tx, employerId, connectionId),
      bars,
      rate: successRate(bars),
      lastSuccessAt: row.lastSuccessAt,
      lastTestedAt: row.lastTestedAt,
      signInEndsAt: row.grant.signInEndsAt ?? null,
    };
  });
}

export interface ConnectionSettings {
  /** How the form signs in: `consent` where it leads to the vendor first. */
  ways: readonly SignInWay[];
  fields: readonly ConfigField[];
  values: Connection["config"];
  stored: readonly string[];
  questions: readonly SetupQuestion[];
  paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
}

/** The settings tab: the form without secrets, the choices with what the vendor offers now, and what to paste. */
export async function connectionSettings(actor: Actor, connectionId: string): Promise<ConnectionSettings> {
  allow(actor, "connections:manage");
  const { row, stored } = await withEmployer(actor.employerId, async (tx) => ({
    row: await connectionRow(tx, actor.employerId, connectionId),
    stored: await storedFields(tx, actor.employerId, connectionId),
  }));
  const running = row.state === "active" || row.state === "degraded" || row.state === "needs_setup";
  const manifest = vendorOf(row.vendorId);
  const ways = await signInWays(manifest, row);
  return {
    // One who is signed in there already need not go again to change a field.
    ways: signsInByConsent(row) ? ways.map((way) => ({ ...way, consent: false, appReady: true })) : ways,
    fields: manifest.fields.filter((field) => !field.generated),
    values: row.config,
    stored,
    questions: running ? await setupQuestions(actor, connectionId) : [],
    paste: await pasteables(actor, connectionId),
  };
}

/** The vendor's README as Markdown, with the list of symptoms from the manifest; null when it has none. */
export async function vendorGuide(
  vendorId: string,
): Promise<{ readme: string | null; troubleshooting: Manifest["docs"]["troubleshooting"] }> {
  const manifest = manifestOf(vendorId);
  if (!manifest) return { readme: null, troubleshooting: [] };
  const file = inProject("app", "integrations", "vendors", manifest.id, "README.md");
  const readme = await readFile(file, "utf8").catch(() => null);
  return { readme, troubleshooting: manifest.docs.troubleshooting };
}
