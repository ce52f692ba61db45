import { readFile } from "node:fs/promises";
import { and, asc, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { ConfigField, Manifest } from "#app/integrations/contract/manifest.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import { syncStream } from "#db/schema/sync.ts";
import type { Actor } from "./actor.ts";
import { type BlastRadius, countDependents } from "./connection-removal.server.ts";
import { type SetupQuestion, setupQuestions } from "./connection-setup.server.ts";
import { type Connection, connectionRow, getConnection, pasteables, vendorOf } from "./connections.server.ts";
import { storedFields } from "./credentials.server.ts";
import { type Issue, openIssues } from "./issues.server.ts";
import { callsByDay, emptyBars, sentenceOf, successRate, type VendorCard, vendorCard } from "./marketplace.server.ts";

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
}

export interface ConnectionOverview {
  issues: Issue[];
  freshness: Freshness[];
  dependents: BlastRadius;
  bars: { total: number; failed: number }[];
  rate: number | null;
  lastSuccessAt: Date | null;
  lastTestedAt: Date | null;
  /** When a sign-in that cannot be renewed ends; null when it renews itself. */
  signInEndsAt: string | null;
}

/** The overview tab: issues, how old each kind of data is, what hangs on it. A fixed number of statements. */
export async function connectionOverview(actor: Actor, connectionId: string): Promise<ConnectionOverview> {
  allow(actor, "connections:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    const streams = await tx
      .select()
      .from(syncStream)
      .where(and(eq(syncStream.employerId, employerId), eq(syncStream.connectionId, connectionId)))
      .orderBy(asc(syncStream.resource));
    const calendars = await tx
      .select()
      .from(calendarStream)
      .where(and(eq(calendarStream.employerId, employerId), eq(calendarStream.connectionId, connectionId)))
      .orderBy(asc(calendarStream.name));
    const bars = (await callsByDay(tx, employerId)).get(connectionId) ?? emptyBars();
    return {
      issues: await openIssues(tx, employerId, connectionId),
      freshness: [
        ...streams.map((stream) => ({
          name: stream.resource,
          lastAt: stream.lastCompleteAt,
          nextAt: stream.nextRunAt,
          status: stream.lastStatus,
          records: stream.records,
        })),
        ...calendars.map((calendar) => ({
          name: calendar.name,
          lastAt: calendar.lastSyncedAt,
          nextAt: calendar.nextRunAt,
          status: calendar.error,
          records: null,
        })),
      ],
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
  return {
    fields: vendorOf(row.vendorId).fields.filter((field) => !field.generated),
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
