import { z } from "zod";
import { env } from "#app/platform/env.server.ts";
import { AppError } from "../errors.ts";
import {
  createPortalLink,
  listPortalLinks,
  type PortalLink,
  portalLinkInput,
  revokePortalLink,
} from "../portal-links.server.ts";
import { defineApi, idParam, listOf, nothing, wire, wireOrNull } from "./define.server.ts";

const tag = "Webhooks";

const shownLink = z
  .object({
    id: z.uuid(),
    name: z.string(),
    endpointId: z.uuid().nullable().describe("null: all endpoints"),
    access: z.enum(["read", "manage"]),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    openedAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "PortalLink" });

const shown = (row: PortalLink): z.input<typeof shownLink> => ({
  ...row,
  createdAt: wire(row.createdAt),
  expiresAt: wire(row.expiresAt),
  openedAt: wireOrNull(row.openedAt),
  revokedAt: wireOrNull(row.revokedAt),
});

/** The address of a link's page. Kind unavailable where this instance does not know its own address. */
export function portalUrl(token: string, origin = env().PATCHBAY_URL): string {
  if (origin === undefined) throw new AppError("unavailable", "This instance does not know its own address.");
  return `${origin.replace(/\/$/, "")}/portal/${token}`;
}

const create = defineApi({
  method: "POST",
  path: "/api/v1/webhooks/portal-links",
  id: "createPortalLink",
  summary: "Make a short-lived link that opens the webhook pages to an engineer without an account",
  tag,
  permission: "webhooks:manage",
  body: portalLinkInput,
  answer: {
    status: 201,
    schema: z.object({
      id: z.uuid(),
      url: z.url().describe("In this answer and nowhere later"),
      expiresAt: z.iso.datetime(),
    }),
  },
  handler: async ({ actor, body }) => {
    const { id, token, expiresAt } = await createPortalLink(actor, body);
    return { id, url: portalUrl(token), expiresAt: wire(expiresAt) };
  },
});

const list = defineApi({
  method: "GET",
  path: "/api/v1/webhooks/portal-links",
  id: "listPortalLinks",
  summary: "The newest 100 links, ended ones included, without their addresses",
  tag,
  permission: "webhooks:manage",
  answer: { status: 200, schema: listOf(shownLink) },
  handler: async ({ actor }) => ({ data: (await listPortalLinks(actor)).map(shown) }),
});

const revoke = defineApi({
  method: "DELETE",
  path: "/api/v1/webhooks/portal-links/{id}",
  id: "revokePortalLink",
  summary: "End a link at once, for those who are inside too",
  tag,
  permission: "webhooks:manage",
  params: idParam,
  answer: { status: 204, schema: nothing },
  handler: async ({ actor, params }) => {
    await revokePortalLink(actor, params.id);
    return undefined;
  },
});

export const portalLinkOperations = [create, list, revoke];
