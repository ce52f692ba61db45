import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { catalog } from "#app/integrations/catalog.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import type { Egress } from "#app/integrations/kit/egress.server.ts";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";
import type { Check } from "./check.ts";
import { auth, resilience } from "./checks/auth.ts";
import { calendar } from "./checks/calendar.ts";
import { messaging } from "./checks/messaging.ts";
import { posting } from "./checks/posting.ts";
import { structure } from "./checks/structure.ts";
import { pull, push } from "./checks/sync.ts";
import { webhook } from "./checks/webhook.ts";
import { createReceiver } from "./receiver.ts";
import { createWorld, suiteEgress, type World } from "./world.ts";

export const checks: readonly Check[] = [
  ...structure,
  ...auth,
  ...pull,
  ...push,
  ...resilience,
  ...posting,
  ...calendar,
  ...messaging,
  ...webhook,
];
export const vendors: readonly Manifest[] = catalog;

/** What came of one check at one vendor. `idle`: the vendor does not declare what the check is about. */
export interface Row {
  vendor: string;
  check: string;
  title: string;
  result: "holds" | "fails" | "waived" | "idle";
  reason?: string;
}

/** The simulated vendors and our own receiver, started once for a run. */
export async function startSuite(
  options: { writeGolden?: boolean; around?: (egress: Egress, sandbox: Sandbox) => Egress } = {},
) {
  const receiver = await createReceiver();
  const sandbox = await createSandbox({ portalOrigin: receiver.origin });
  const guarded = suiteEgress(sandbox);
  const egress = options.around?.(guarded, sandbox) ?? guarded;
  const worlds = new Map<string, World>();
  const rows: Row[] = [];

  async function worldOf(manifest: Manifest): Promise<World> {
    const known = worlds.get(manifest.id);
    if (known) return known;
    const adapter = await loadAdapter(manifest.id);
    if (!adapter) throw new Error(`There is no adapter for ${manifest.id}.`);
    const world = createWorld({
      manifest,
      adapter,
      sandbox,
      receiver,
      egress,
      writeGolden: options.writeGolden ?? false,
    });
    worlds.set(manifest.id, world);
    return world;
  }

  return {
    sandbox,
    egress,
    rows: (): readonly Row[] => rows,
    /** The checks whose subject this vendor declares. */
    async applicable(manifest: Manifest): Promise<readonly Check[]> {
      const world = await worldOf(manifest);
      return checks.filter((check) => !check.when || check.when(manifest, world.adapter, world));
    },
    /** Runs one check on a vendor that was reset; the row says what came of it. Nothing is thrown. */
    async run(manifest: Manifest, check: Check): Promise<Row> {
      const base = { vendor: manifest.id, check: check.id, title: check.title };
      const row = await judge(base, manifest, check);
      rows.push(row);
      return row;
    },
    async close() {
      await egress.close();
      await sandbox.close();
      await receiver.close();
    },
  };

  async function judge(base: Omit<Row, "result">, manifest: Manifest, check: Check): Promise<Row> {
    const waiver = manifest.waivers[check.id];
    try {
      const world = await worldOf(manifest);
      if (world.isSimulated) world.simulated.reset();
      receiver.take();
      if (check.when && !check.when(manifest, world.adapter, world)) return { ...base, result: "idle" };
      if (waiver !== undefined) return { ...base, result: "waived", reason: waiver };
      await check.run(world);
      return { ...base, result: "holds" };
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      return { ...base, result: "fails", reason: said };
    }
  }
}

const marks: Record<Row["result"], string> = { holds: "ok", fails: "NO", waived: "w", idle: "." };

/** The vendors × checks table for people, with the reasons below it. */
export function table(rows: readonly Row[]): string {
  const ids = checks.map((check) => check.id);
  const names = [...new Set(rows.map((row) => row.vendor))];
  const width = Math.max(6, ...names.map((name) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(width)} ${cells.map((cell) => cell.padEnd(4)).join("")}`.trimEnd();
  const cellOf = (vendor: string, id: string) => {
    const row = rows.find((one) => one.vendor === vendor && one.check === id);
    return row ? marks[row.result] : marks.idle;
  };
  const reasons = rows
    .filter((row) => row.reason !== undefined)
    .map((row) => `${row.vendor} ${row.check} ${row.result}: ${row.reason}`);
  return [
    line("vendor", ids),
    ...names.map((name) =>
      line(
        name,
        ids.map((id) => cellOf(name, id)),
      ),
    ),
    ...reasons,
  ].join("\n");
}
