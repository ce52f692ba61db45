import { and, eq } from "drizzle-orm";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { SetupChoice } from "#app/integrations/contract/manifest.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { connectionRow, getConnection, vendorOf } from "./connections.server.ts";
import { AppError } from "./errors.ts";
import { callVendor, type OpenVendor } from "./vendor-context.server.ts";

export interface SetupOption {
  value: string;
  label: string;
}

export interface SetupQuestion {
  choice: SetupChoice;
  options: readonly SetupOption[];
  chosen: readonly string[];
  /** Why the vendor's list could not be read, in one sentence; null when it was. */
  problem: string | null;
}

const LIST_MS = 20_000;
/** Channels beyond this many are found by search, not by scrolling. */
const MOST_OPTIONS = 1_000;

/**
 * The choices of a connection with what the vendor offers right now. A list that cannot be read is a problem on its own
 * question, not an error of the page.
 */
export async function setupQuestions(actor: Actor, connectionId: string): Promise<SetupQuestion[]> {
  const row = await getConnection(actor, connectionId);
  const manifest = vendorOf(row.vendorId);
  const lists = new Map<SetupChoice["from"], Promise<readonly SetupOption[]>>();
  const listOf = (choice: SetupChoice): Promise<readonly SetupOption[]> => {
    if (choice.from === "static") return Promise.resolve(choice.options ?? []);
    const known = lists.get(choice.from) ?? liveOptions(actor, connectionId, choice.from);
    lists.set(choice.from, known);
    return known;
  };
  return Promise.all(
    manifest.setup.map(async (choice) => {
      const chosen = [row.setup[choice.key] ?? []].flat();
      try {
        return { choice, options: await listOf(choice), chosen, problem: null };
      } catch (error) {
        if (!(error instanceof IntegrationError)) throw error;
        return { choice, options: [], chosen, problem: error.message };
      }
    }),
  );
}

async function liveOptions(
  actor: Actor,
  connectionId: string,
  from: SetupChoice["from"],
): Promise<readonly SetupOption[]> {
  const options = {
    signal: AbortSignal.timeout(LIST_MS),
    idempotencyKey: newId(),
    interactive: true,
    purpose: "setup",
    part: "setup",
  } as const;
  return callVendor(actor.employerId, connectionId, options, (open) =>
    from === "calendar.list" ? calendars(open) : destinations(open),
  );
}

async function calendars({ adapter, ctx }: OpenVendor): Promise<SetupOption[]> {
  const found = (await adapter.calendar?.list(ctx)) ?? [];
  return found.map((one) => ({
    value: one.id,
    label: `${one.name}${one.primary ? " (primary)" : ""}${one.writable ? "" : " (read only)"}`,
  }));
}

async function destinations({ adapter, ctx }: OpenVendor): Promise<SetupOption[]> {
  const found: SetupOption[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: readonly { id: string; label: string; private: boolean }[]; cursor: string | null } =
      (await adapter.messaging?.destinations(ctx, { search: "", cursor })) ?? { items: [], cursor: null };
    for (const item of page.items)
      found.push({ value: item.id, label: `${item.label}${item.private ? " (private)" : ""}` });
    cursor = page.cursor;
  } while (cursor !== null && found.length < MOST_OPTIONS);
  return found;
}

/**
 * Keeps the choices once each is one the vendor offers and none that is required is empty; then the connection may start.
 * Kinds: invalid with a sentence per choice, unavailable when the vendor's list cannot be read, not-found, forbidden.
 */
export async function saveSetup(
  actor: Actor,
  connectionId: string,
  form: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  allow(actor, "connections:manage");
  const questions = await setupQuestions(actor, connectionId);
  const setup: Record<string, string | readonly string[]> = {};
  const fields: Record<string, string> = {};
  for (const { choice, options, problem } of questions) {
    const wanted = [...new Set(form[choice.key] ?? [])].filter((value) => value !== "");
    if (problem !== null) throw new AppError("unavailable", problem);
    if (wanted.some((value) => !options.some((option) => option.value === value)))
      fields[choice.key] = "This choice is no longer offered. Choose another.";
    else if (choice.required && wanted.length === 0) fields[choice.key] = `Choose: ${choice.label.toLowerCase()}.`;
    else if (!choice.multiple && wanted.length > 1) fields[choice.key] = "Choose one.";
    if (wanted.length > 0) setup[choice.key] = choice.multiple ? wanted : (wanted[0] ?? "");
  }
  if (Object.keys(fields).length > 0) throw new AppError("invalid", "A choice is missing.", { fields });
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    await tx
      .update(connection)
      .set({ setup, updatedAt: new Date() })
      .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
    const state = await applyOutcome(tx, employerId, connectionId, { kind: "configured" });
    if (state === "active" || state === "degraded")
      await enqueue(tx, "connection-activate", { employerId, connectionId });
    await audit(tx, actor, "connection.setup_saved", { kind: "connection", id: connectionId, name: row.label });
  });
}
