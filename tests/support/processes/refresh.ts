import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { createCredentials } from "#app/services/credentials.server.ts";
import { closeDatabase } from "#db/client.server.ts";
import { tokenVendor } from "#tests/support/token-server.ts";

/**
 * A process of its own that calls many times at once on one credential and prints, as JSON, which tokens it got:
 * `node refresh.ts <token server> <employer> <connection> <calls>`. Waits for a line on stdin, so that several begin together.
 */
const [origin = "", employerId = "", connectionId = "", calls = "1"] = process.argv.slice(2);
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const egress = createEgress({ allow: [new URL(origin).host] });
const tokens = await Promise.all(
  Array.from({ length: Number(calls) }, async () => {
    const credentials = createCredentials({
      employerId,
      connectionId,
      strategy: tokenVendor.auth.kind === "choice" ? { kind: "none" } : tokenVendor.auth,
      io: { manifest: tokenVendor, egress, rewrite: { kind: "origin", origin } },
      client: async () => ({ clientId: "client", clientSecret: "secret" }),
    });
    return (await credentials.current()).accessToken ?? "";
  }),
);
process.stdout.write(`${JSON.stringify(tokens)}\n`);
process.stdin.destroy();
await egress.close();
await closeDatabase();
