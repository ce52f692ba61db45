import { z } from "zod";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import type { Egress } from "#app/integrations/kit/egress.server.ts";
import { createCredentials, type GrantSource } from "#app/services/credentials.server.ts";
import { grantSourceOf, loadConnection } from "#app/services/vendor-context.server.ts";

/**
 * A process that uses one sign-in many times at once, as a worker does. Asked `{ employerId, connectionId, calls }` it
 * answers which tokens its callers got. `how` breaks it: `die` is killed when the vendor has answered and nothing is
 * written yet; `stall` says when it is about to send the token, and waits a moment.
 */
const { how } = z.object({ how: z.enum(["well", "die", "stall"]) }).parse(JSON.parse(process.argv[2] ?? "{}"));
const question = z.object({
  question: z.object({ employerId: z.string(), connectionId: z.string(), calls: z.number() }),
});

function broken(egress: Egress): Egress {
  return {
    ...egress,
    async request(url, options) {
      if (how === "stall") {
        process.send?.("sending");
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const answer = await egress.request(url, options);
      if (how === "die") process.kill(process.pid, "SIGKILL");
      return answer;
    },
  };
}

async function tokens(employerId: string, connectionId: string, calls: number): Promise<string[]> {
  const row = await loadConnection(employerId, connectionId);
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter) throw new Error("There is no such vendor.");
  const source = grantSourceOf(row, adapter);
  const own: GrantSource =
    how === "well" ? source : { ...source, io: { ...source.io, egress: broken(source.io.egress) } };
  const call = async () => (await createCredentials(own).current()).accessToken ?? "";
  return Promise.all(Array.from({ length: calls }, () => call().catch((error: Error) => `failed: ${error.message}`)));
}

process.on("message", async (message) => {
  const { employerId, connectionId, calls } = question.parse(message).question;
  process.send?.(await tokens(employerId, connectionId, calls));
});
process.on("SIGTERM", () => process.exit(0));
// Questions are all that this process lives for.
process.channel?.ref();
process.send?.("ready");
