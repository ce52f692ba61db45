import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import { json, jsonBody, type Outgoing, type Route, type Webhooks, type World } from "../../framework.ts";
import { as, invalid, notFound } from "./access.ts";
import type { Account, Hook, Opportunity, State } from "./state.ts";

export const EVENTS = [
  "applicationCreated",
  "candidateStageChange",
  "candidateArchiveChange",
  "candidateHired",
  "candidateDeleted",
  "interviewCreated",
  "interviewUpdated",
  "interviewDeleted",
] as const;

const command = z.object({
  event: z.enum(EVENTS),
  url: z.url(),
  configuration: z.object({ conditions: z.record(z.string(), z.unknown()).optional() }).optional(),
});

const secure = (address: string) => {
  const url = new URL(address);
  return url.protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
};

/** The signature token shows in the answer to the creation and never again. */
const shown = ({ signatureToken, conditions, ...hook }: Hook, first: boolean) => ({
  ...hook,
  configuration: { conditions, ...(first ? { signatureToken } : {}) },
});

/** The same event and address may be registered twice: nothing is refused for that. */
const add: Route<State>["handle"] = (call, world) =>
  as(call, world, "webhooks:write", (account) => {
    const parsed = command.safeParse(jsonBody(call));
    if (!parsed.success) return invalid(`${parsed.error.issues[0]?.path.join(".")} is not valid`);
    const { event, url, configuration } = parsed.data;
    if (!secure(url)) return invalid("url must be https");
    const at = world.now().getTime();
    const hook: Hook = {
      ...{ id: randomUUID(), event, url, conditions: configuration?.conditions ?? {} },
      ...{ signatureToken: randomBytes(16).toString("hex"), createdAt: at, updatedAt: at },
    };
    account.webhooks.push(hook);
    return json(201, { data: shown(hook, true) });
  });

const remove: Route<State>["handle"] = (call, world) =>
  as(call, world, "webhooks:write", (account) => {
    if (!account.webhooks.some((hook) => hook.id === call.params.id)) return notFound();
    account.webhooks = account.webhooks.filter((hook) => hook.id !== call.params.id);
    return { status: 204 };
  });

export const webhookRoutes: readonly Route<State>[] = [
  {
    method: "GET",
    path: "/v1/webhooks",
    handle: (call, world) =>
      as(call, world, "webhooks:read", (account) =>
        json(200, { data: account.webhooks.map((hook) => shown(hook, false)), hasNext: false }),
      ),
  },
  { method: "POST", path: "/v1/webhooks", handle: add },
  { method: "DELETE", path: "/v1/webhooks/:id", handle: remove },
];

const detailOf = (event: string, row: Opportunity | undefined, fields: Record<string, string>) => {
  if (event === "applicationCreated") return { applicationId: row?.applications.at(-1)?.id };
  if (event === "candidateStageChange") return { fromStageId: fields.fromStageId ?? "lead-new", toStageId: row?.stage };
  if (event === "candidateArchiveChange") return { toArchived: row?.archived ?? null, fromArchived: null };
  return event.startsWith("interview") ? { interviewId: randomUUID() } : {};
};

const build = (world: World<State>, event: string, fields: Record<string, string>): readonly Outgoing[] => {
  const account: Account | undefined = world.state.accounts.find((one) => one.key === (fields.account || "acme"));
  const row = fields.opportunityId
    ? account?.opportunities.find((one) => one.id === fields.opportunityId)
    : account?.opportunities.findLast((one) => one.applications.length > 0);
  const opportunityId = fields.opportunityId || row?.id;
  return (account?.webhooks ?? [])
    .filter((hook) => hook.event === event)
    .map((hook) => {
      const id = randomUUID();
      const data = {
        opportunityId,
        candidateId: opportunityId,
        contactId: row?.contact,
        ...detailOf(event, row, fields),
      };
      const body = { id, event, token: randomBytes(16).toString("hex"), data };
      return { id, url: hook.url, secret: hook.signatureToken, body: JSON.stringify(body) };
    });
};

export const leverWebhooks: Webhooks<State> = {
  events: EVENTS,
  build,
  // No header is signed: the signature stands in the body, over token and time only.
  sign: () => ({}),
  signInside(delivery, at, spoil) {
    const body = z.looseObject({ token: z.string() }).parse(JSON.parse(delivery.body));
    const triggeredAt = at.getTime();
    const signature = createHmac("sha256", delivery.secret).update(`${body.token}${triggeredAt}`).digest("hex");
    return JSON.stringify({ ...body, triggeredAt, signature: spoil(signature) });
  },
  retryAfterMs: [60_000, 300_000, 900_000],
};
