import { randomUUID } from "node:crypto";
import { z } from "zod";
import { json, jsonBody, type Outgoing, type Route, type Webhooks, type World } from "../../framework.ts";
import { asUser, invalid, noContent, notFound } from "./access.ts";
import type { Account, Hook, State } from "./state.ts";

export const EVENTS = [
  "job_status_changed",
  "jobad_posted",
  "jobad_expired",
  "candidate_status_changed",
  "candidate_updated",
  "jobapplication_status_changed",
  "placement_approved",
  "interview_scheduled",
  "user_suspended",
] as const;

const command = z.object({
  name: z.string().min(1).max(100),
  events: z.array(z.string()).min(1),
  url: z.url().optional(),
  authorization: z.string().optional(),
  status: z.enum(["Enabled", "Disabled", "Suspended"]).optional(),
});

const secure = (address: string) => {
  const url = new URL(address);
  return url.protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
};

const shown = (hook: Hook) => ({
  webhookId: hook.webhookId,
  name: hook.name,
  status: hook.status,
  url: hook.url,
  events: hook.events,
  createdAt: hook.createdAt,
  updatedAt: hook.updatedAt,
  suspendedAt: hook.suspendedAt,
});

const find = (account: Account, id: string | undefined) => account.webhooks.find((hook) => hook.webhookId === id);

const add: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["offline_access"], ({ account }) => {
    const parsed = command.safeParse(jsonBody(call));
    if (!parsed.success) return invalid("Invalid", "The webhook cannot be read", ["events"]);
    const { name, events, url, authorization, status } = parsed.data;
    if (url === undefined || !secure(url)) return invalid("Invalid", "The URL must be https", ["url"]);
    const at = world.now().toISOString();
    const hook: Hook = {
      webhookId: randomUUID(),
      name,
      status: status ?? "Enabled",
      url,
      events,
      authorization: authorization ?? null,
      createdAt: at,
      updatedAt: at,
      suspendedAt: null,
    };
    account.webhooks.push(hook);
    return json(201, shown(hook));
  });

const change: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["offline_access"], ({ account }) => {
    const hook = find(account, call.params.id);
    if (!hook) return notFound();
    const parsed = command.safeParse(jsonBody(call));
    if (!parsed.success) return invalid("Invalid", "The webhook cannot be read", ["events"]);
    const { url, authorization, status, ...rest } = parsed.data;
    Object.assign(hook, rest, {
      ...(url === undefined ? {} : { url }),
      // A replacement: what is left out is emptied.
      authorization: authorization ?? null,
      status: status ?? hook.status,
      suspendedAt: status === "Enabled" ? null : hook.suspendedAt,
      updatedAt: world.now().toISOString(),
    });
    return json(200, shown(hook));
  });

const remove: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["offline_access"], ({ account }) => {
    if (!find(account, call.params.id)) return notFound();
    account.webhooks = account.webhooks.filter((hook) => hook.webhookId !== call.params.id);
    return noContent();
  });

export const webhookRoutes: readonly Route<State>[] = [
  {
    method: "GET",
    path: "/v2/webhooks",
    handle: (call, world) =>
      asUser(call, world, ["offline_access"], ({ account }) => json(200, { items: account.webhooks.map(shown) })),
  },
  { method: "POST", path: "/v2/webhooks", handle: add },
  {
    method: "GET",
    path: "/v2/webhooks/:id",
    handle: (call, world) =>
      asUser(call, world, ["offline_access"], ({ account }) => {
        const hook = find(account, call.params.id);
        return hook ? json(200, shown(hook)) : notFound();
      }),
  },
  { method: "PUT", path: "/v2/webhooks/:id", handle: change },
  { method: "DELETE", path: "/v2/webhooks/:id", handle: remove },
];

const subjectOf = (account: Account, event: string, fields: Record<string, string>): [string, number] | null => {
  const number = (given: string | undefined, fallback: number | undefined) => Number(given || fallback || 0);
  if (event.startsWith("jobapplication_"))
    return ["applicationId", number(fields.applicationId, account.applications.at(-1)?.applicationId)];
  if (event.startsWith("jobad_")) return ["adId", number(fields.adId, account.ads.at(-1)?.adId)];
  if (event.startsWith("job_")) return ["jobId", number(fields.jobId, account.jobs.at(-1)?.jobId)];
  if (event.startsWith("candidate_"))
    return ["candidateId", number(fields.candidateId, account.candidates.at(-1)?.candidateId)];
  return null;
};

const build = (world: World<State>, event: string, fields: Record<string, string>): readonly Outgoing[] => {
  const account = world.state.accounts.find((one) => one.key === (fields.account || "acme"));
  const hooks = account?.webhooks.filter((hook) => hook.status === "Enabled" && hook.events.includes(event)) ?? [];
  return hooks.map((hook) => {
    const subject = account && subjectOf(account, event, fields);
    const place = world.state.idPlace;
    const id = subject ? { [subject[0]]: subject[1] } : {};
    const eventId = randomUUID();
    const body = {
      apiVersion: 2,
      event,
      eventId,
      eventDate: world.now().toISOString(),
      eventUser: { userId: account?.user.userId },
      eventData: place === "data" ? id : {},
      ...(place === "top" ? id : {}),
      ...(place === "nested" && subject ? { [subject[0].replace(/Id$/, "")]: id } : {}),
    };
    return {
      id: eventId,
      url: hook.url,
      secret: hook.authorization ?? "",
      body: JSON.stringify(body),
      headers: { "x-jobadder-webhookid": hook.webhookId },
    };
  });
};

export const jobadderWebhooks: Webhooks<State> = {
  events: EVENTS,
  build,
  // Nothing is signed: the value given at registration comes back.
  sign: (delivery): Record<string, string> => (delivery.secret ? { authorization: delivery.secret } : {}),
  redate: (body, at) => JSON.stringify({ ...JSON.parse(body), eventDate: at.toISOString() }),
  retryAfterMs: Array.from({ length: 10 }, () => 300_000),
};
