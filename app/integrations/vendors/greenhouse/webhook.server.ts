import { z } from "zod";
import type { RawRequest, Webhook } from "../../contract/capabilities.ts";
import { readEvent, thinEvents, touchTable } from "../../kit/events.server.ts";

const envelope = z.object({ action: z.string(), payload: z.record(z.string(), z.unknown()) });

/** What each action touches. Events are thin to us: the fresh object is fetched, so repeats and reordering converge. */
const actions = touchTable([
  ["job_created job_updated job_approved", ["changed", "jobs", "job.id"]],
  ["job_deleted", ["removed", "jobs", "job.id"]],
  ["job_post_created job_post_updated job_post_deleted", ["changed", "jobs", "job_id"]],
  [
    "new_candidate_application application_updated candidate_stage_change reject_candidate unreject_candidate hire_candidate unhire_candidate",
    ["changed", "candidates", "application.candidate.id", "application.candidate_id"],
    ["changed", "applications", "application.id"],
  ],
  ["delete_application", ["removed", "applications", "application.id"]],
  ["update_candidate", ["changed", "candidates", "candidate.id"]],
  ["candidate_anonymized", ["changed", "candidates", "candidate_id"]],
  [
    "delete_candidate",
    ["removed", "candidates", "person.id"],
    ["removed", "applications", "person.deleted_application_ids"],
  ],
  ["merge_candidate", ["changed", "candidates", "person.new_candidate_id"], ["removed", "candidates", "person.id"]],
]);

function parse(request: RawRequest) {
  // The header is not signed: it names the event in the log and decides nothing.
  const dedupeId = request.headers["greenhouse-event-id"] || "unnamed";
  const { action: type, payload } = readEvent(request, envelope, "Greenhouse sent an event");
  return thinEvents({ dedupeId, type, at: new Date(0) }, actions.get(type) ?? [], payload);
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
  identity: "body",
  parse,
};
