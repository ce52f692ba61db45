import { parseArgs } from "node:util";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { openLocally } from "#app/integrations/local.server.ts";
import { type Bench, busy, converges, deadToken, discovers, type Figures, writes } from "./checks.ts";
import { createOtherSide } from "./other-side.ts";
import { find, kinds, start, USER } from "./servers.ts";

/**
 * `npm run test:servers -- [radicale|xandikos …] [--json] [--seed n] [--edits n]`: the CalDAV family against real calendar
 * servers on loopback. A server that is not installed is left out and the reason is printed. Non-zero when a row fails.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    seed: { type: "string", default: "20260321" },
    /** On each side. */
    edits: { type: "string", default: "200" },
  },
});

interface Row {
  name: string;
  holds: boolean;
  figures: Figures;
  reason?: string;
}

/** The host that the adapter believes in; the wire leads to loopback. */
const HOST = "https://dav.loopback.example";
const rows: Row[] = [];

function say(row: Row): void {
  rows.push(row);
  const { name, holds, figures, reason } = row;
  if (values.json)
    process.stdout.write(`${JSON.stringify({ name, holds, ...(reason ? { reason } : {}), ...figures })}\n`);
  else {
    const all = Object.entries(figures).map(([key, value]) => `${key} ${value}`);
    const mark = holds ? (figures.skipped ? "left out" : "holds   ") : "FAILS   ";
    process.stdout.write(
      `${mark}  ${name}${all.length > 0 ? `  (${all.join(", ")})` : ""}${reason ? `\n          ${reason}` : ""}\n`,
    );
  }
}

async function judge(name: string, work: () => Promise<Figures>): Promise<void> {
  try {
    say({ name, holds: true, figures: await work() });
  } catch (error) {
    say({ name, holds: false, figures: {}, reason: error instanceof Error ? error.message : String(error) });
  }
}

for (const kind of kinds) {
  if (positionals.length > 0 && !positionals.includes(kind.command)) continue;
  const found = find(kind);
  if ("reason" in found) {
    say({ name: kind.name, holds: true, figures: { skipped: "not installed" }, reason: found.reason });
    continue;
  }
  const server = await start(kind, found.file).catch((error: unknown) => {
    say({ name: `${kind.name}: starts`, holds: false, figures: {}, reason: String(error) });
    return null;
  });
  if (!server) continue;
  const egress = createEgress({ allow: [`127.0.0.1:${server.port}`] });
  try {
    const vendor = await openLocally({
      vendorId: "caldav",
      values: { server: `${HOST}/`, username: USER.name, password: USER.password },
      rewrite: { kind: "origin", origin: server.origin },
      egress,
      pacer: { take: async () => ({ ok: true }) },
    });
    const { calendar } = vendor.adapter;
    if (!calendar) throw new Error("There is no calendar module.");
    const bench: Bench = {
      vendor,
      calendar,
      calendarId: `${HOST}${kind.calendar}`,
      other: createOtherSide(server.origin, kind.calendar),
    };
    await judge(`${kind.name}: is found from its host's name`, () => discovers(bench));
    await judge(`${kind.name}: create, move, cancel`, () => writes(bench));
    await judge(`${kind.name}: free and busy times`, () => busy(bench));
    await judge(`${kind.name}: both sides agree after ${values.edits} random edits on each`, () =>
      converges(bench, Number(values.seed), Number(values.edits)),
    );
    await judge(`${kind.name}: a dead token is noticed`, () => deadToken(bench));
    await vendor.close();
  } finally {
    await egress.close();
    await server.stop();
  }
}
process.exitCode = rows.some((row) => !row.holds) ? 1 : 0;
