import { z } from "zod";
import { defineAdapter } from "../../contract/adapter.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { flag, numericId, text } from "../../kit/shapes.ts";
import { baseUrl, type GreenhouseCtx, isV1 } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { sync } from "./sync.server.ts";
import { webhook } from "./webhook.server.ts";

const user = z.object({
  id: numericId,
  site_admin: flag,
  primary_email: text,
  primary_email_address: text,
});

/** Harvest has no "who am I": the organisation is known by the mail domain of its first Site Admin. */
async function organisation(ctx: GreenhouseCtx): Promise<string> {
  const people = await ctx.http.json({ url: `${baseUrl(ctx)}/users`, query: { per_page: 100 } }, z.array(user));
  const admin = people.find((person) => person.site_admin) ?? people[0];
  const domain = (admin?.primary_email ?? admin?.primary_email_address ?? "").split("@")[1];
  if (!domain)
    throw new IntegrationError("forbidden", "Greenhouse shows no user to this credential.", {
      field: "harvest:users:list",
    });
  const acting = people.find((person) => person.id === ctx.config.actingUserId);
  if (acting && acting.site_admin === false) {
    const message = "The acting user is not a Site Admin, so lists would come back incomplete.";
    throw new IntegrationError("config", message, { field: "actingUserId" });
  }
  return domain;
}

export default defineAdapter(manifest, {
  async test(ctx) {
    const name = await organisation(ctx);
    for (const list of ["jobs", "candidates", "applications"]) {
      await ctx.http.json(
        { url: `${baseUrl(ctx)}/${list}`, query: { per_page: 1 } },
        z.array(z.object({ id: z.number() })),
      );
    }
    return {
      id: name,
      name,
      ...(isV1(ctx) ? { warnings: ["Harvest v1 ended on 31 August 2026. Change to v3 soon."] } : {}),
    };
  },
  sync,
  webhook,
});
