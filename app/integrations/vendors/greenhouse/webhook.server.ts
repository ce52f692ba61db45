import { z } from "zod";
import type { InboundEvent, RawRequest, Webhook } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import type { ResourceName } from "../../contract/manifest.ts";

const id = z.number().int().transform(String);
const withId = z.object({ id });

const envelope = z.object({
  action: z.string(),
  payload: z.object({
    id: id.nullish(),
    job_id: id.nullish(),
    job: withId.nullish(),
    application: z.object({ id, candidate_id: id.nullish(), candidate: withId.nullish() }).nullish(),
    candidate: withId.nullish(),
    candidate_id: id.nullish(),
    person: z.object({ id, new_candidate_id: id.nullish(), deleted_application_ids: z.array(id).nullish() }).nullish(),
  }),
});
type Payload = z.output<typeof envelope>["payload"];
type Touched = { kind: "changed" | "removed"; resource: ResourceName; externalId: string | null | undefined };

const jobChanged = (p: Payload): Touched[] => [{ kind: "changed", resource: "jobs", externalId: p.job?.id }];
const postChanged = (p: Payload): Touched[] => [{ kind: "changed", resource: "jobs", externalId: p.job_id }];
const applicationChanged = (p: Payload): Touched[] => [
  { kind: "changed", resource: "candidates", externalId: p.application?.candidate?.id ?? p.application?.candidate_id },
  { kind: "changed", resource: "applications", externalId: p.application?.id },
];

/** What each action touches. Events are thin to us: the fresh object is fetched, so repeats and reordering converge. */
const actions: Readonly<Record<string, (payload: Payload) => Touched[]>> = {
  job_created: jobChanged,
  job_updated: jobChanged,
  job_approved: jobChanged,
  job_deleted: (p) => [{ kind: "removed", resource: "jobs", externalId: p.job?.id }],
  job_post_created: postChanged,
  job_post_updated: postChanged,
  job_post_deleted: postChanged,
  new_candidate_application: applicationChanged,
  application_updated: applicationChanged,
  candidate_stage_change: applicationChanged,
  reject_candidate: applicationChanged,
  unreject_candidate: applicationChanged,
  hire_candidate: applicationChanged,
  unhire_candidate: applicationChanged,
  delete_application: (p) => [{ kind: "removed", resource: "applications", externalId: p.application?.id }],
  update_candidate: (p) => [{ kind: "changed", resource: "candidates", externalId: p.candidate?.id }],
  candidate_anonymized: (p) => [{ kind: "changed", resource: "candidates", externalId: p.candidate_id }],
  delete_candidate: (p) => [
    { kind: "removed", resource: "candidates", externalId: p.person?.id },
    ...(p.person?.deleted_application_ids ?? []).map(
      (externalId): Touched => ({ kind: "removed", resource: "applications", externalId }),
    ),
  ],
  merge_candidate: (p) => [
    { kind: "changed", resource: "candidates", externalId: p.person?.new_candidate_id },
    { kind: "removed", resource: "candidates", externalId: p.person?.id },
  ],
};

function parse(request: RawRequest): readonly InboundEvent[] {
  const eventId = request.headers["greenhouse-event-id"];
  if (!eventId)
    throw new IntegrationError("contract", "Greenhouse sent an event without its id.", {
      field: "Greenhouse-Event-ID",
    });
  const parsed = envelope.safeParse(JSON.parse(new TextDecoder().decode(request.body)));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".") ?? "body";
    throw new IntegrationError("contract", `Greenhouse sent an event we cannot read: ${path}.`, { field: path });
  }
  const { action, payload } = parsed.data;
  const base = { dedupeId: eventId, type: action, at: new Date(0) };
  const touched = Object.hasOwn(actions, action) ? (actions[action]?.(payload) ?? []) : [];
  const events = touched.flatMap(({ kind, resource, externalId }, index): InboundEvent[] =>
    externalId ? [{ ...base, dedupeId: `${eventId}:${index}`, kind, resource, externalId }] : [],
  );
  return events.length > 0 ? events : [{ ...base, kind: "ignored", why: `“${action}” changes nothing we hold.` }];
}

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha256",
    encoding: "hex",
    header: "signature",
    prefix: "sha256 ",
    signed: "{body}",
    secret: { of: "connection", field: "webhookSecret" },
  },
  routing: { per: "connection" },
  parse,
};
