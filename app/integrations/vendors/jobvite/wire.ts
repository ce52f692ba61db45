import { z } from "zod";
import type { RemoteFile, Upsert } from "../../contract/capabilities.ts";
import type { ApplicationRecord, ApplicationStatus, JobRecord } from "../../contract/domain.ts";
import { base64Pieces } from "../../kit/files.ts";
import { personOf } from "../../kit/people.ts";
import { locationOf } from "../../kit/places.ts";
import { upsertOf } from "../../kit/pull.server.ts";
import { epochMs, flag, text, trimmed } from "../../kit/shapes.ts";
import { employmentOf } from "../../kit/words.ts";

/* Shapes of API v2 as far as we read them; other fields pass unread. Strings carry stray spaces and line breaks. */

const moment = epochMs.nullish();

/** `{name, format, content}`: extracted text in lists, a base64 file where Jobvite gives one. */
const file = z.object({
  name: trimmed,
  format: trimmed,
  content: text,
  contentByteArray: text,
});
type File = z.output<typeof file>;

export const job = z.object({
  eId: z.string().min(1),
  requisitionId: trimmed,
  title: trimmed,
  description: trimmed,
  briefDescription: trimmed,
  jobState: trimmed,
  department: trimmed,
  jobType: trimmed,
  locations: z.array(z.object({ city: trimmed, state: trimmed, country: trimmed, postalCode: trimmed })).nullish(),
  sentDate: moment,
  lastUpdatedDate: moment,
});
export type Job = z.output<typeof job>;
export const jobPage = z.object({ requisitions: z.array(job).nullish() });

const application = z.object({
  eId: z.string().min(1),
  workflowState: trimmed,
  disposition: trimmed,
  source: trimmed,
  sentDate: moment,
  lastUpdatedDate: moment,
  hireDate: moment,
  personalDataProcessingStatus: trimmed,
  hasArtifacts: flag,
  resume: file.nullish(),
  coverletter: file.nullish(),
  artifacts: z.array(file).nullish(),
  job: z.object({ eId: z.string().min(1), company: trimmed }).nullish(),
});
/** One row per application; the person's fields lie around it. Equal-opportunity data is not read. */
export const candidate = z.object({
  eId: z.string().min(1),
  firstName: trimmed,
  lastName: trimmed,
  email: trimmed,
  homePhone: trimmed,
  mobile: trimmed,
  workPhone: trimmed,
  title: trimmed,
  companyName: trimmed,
  application: application.nullish(),
});
export type Row = z.output<typeof candidate>;
export const candidatePage = z.object({ candidates: z.array(candidate).nullish() });

const jobStates: Readonly<Record<string, JobRecord["status"]>> = {
  open: "open",
  "awaiting approval": "draft",
  approved: "draft",
  draft: "draft",
  "on hold": "draft",
};
type Dated = Pick<Job, "lastUpdatedDate" | "sentDate">;
const changed = (row: Dated): Date => row.lastUpdatedDate ?? row.sentDate ?? new Date(0);

export function jobToDomain(row: Job): Upsert<"jobs"> {
  const updatedAt = changed(row);
  const remote = (row.locations ?? []).some((one) => /remote/i.test(one.city)) ? "remote" : "on_site";
  const data: JobRecord = {
    title: row.title,
    descriptionHtml: row.description || row.briefDescription,
    status: jobStates[row.jobState.toLowerCase()] ?? "closed",
    departments: row.department ? [row.department] : [],
    locations: (row.locations ?? []).map(({ state, ...place }) => locationOf({ ...place, region: state })),
    remote,
    employment: employmentOf(row.jobType, "other"),
    openings: 1,
    ...(row.requisitionId ? { requisition: row.requisitionId } : {}),
  };
  return upsertOf(row.eId, updatedAt, data, String(updatedAt.getTime()));
}

export function candidateToDomain(row: Row): Upsert<"candidates"> {
  const updatedAt = row.application ? changed(row.application) : new Date(0);
  const headline = [row.title, row.companyName].filter((part) => part !== "").join(", ");
  const { firstName, lastName, email, mobile, homePhone, workPhone } = row;
  const data = personOf({ firstName, lastName, headline, emails: [email], phones: [mobile, homePhone, workPhone] });
  return upsertOf(row.eId, updatedAt, data, String(updatedAt.getTime()));
}

/** Jobvite has no closed list of states: the employer names them. What they mean is read from the names. */
function statusOf(state: string, disposition: string, hired: boolean): ApplicationStatus {
  if (hired || /^hired\b/i.test(state)) return "hired";
  if (/withdr/i.test(state)) return "withdrawn";
  return disposition !== "" || /reject|declin|not (selected|hired)/i.test(state) ? "rejected" : "active";
}

/** Null for a person without an application, or one whose job is not told. */
export function applicationToDomain(row: Row, withFiles: boolean): Upsert<"applications"> | null {
  const own = row.application;
  if (!own?.job) return null;
  const updatedAt = changed(own);
  const files = withFiles ? filesVersion(row) : null;
  const data: ApplicationRecord = {
    jobExternalId: own.job.eId,
    candidateExternalId: row.eId,
    status: statusOf(own.workflowState, own.disposition, Boolean(own.hireDate)),
    ...(own.workflowState ? { stageName: own.workflowState } : {}),
    ...(own.source ? { source: own.source } : {}),
    appliedAt: own.sentDate ?? updatedAt,
    ...(own.disposition ? { rejectedReason: own.disposition } : {}),
    ...(files ? { filesVersion: files } : {}),
  };
  return upsertOf(own.eId, updatedAt, data, String(updatedAt.getTime()));
}

/** Whether the person still lets the employer process their data; one who does not is neither shown nor kept up to date. */
export const isActive = (row: Row): boolean => {
  const status = row.application?.personalDataProcessingStatus ?? "";
  return status === "" || status.toLowerCase() === "active";
};

const filesOf = (row: Row): readonly { kind: "resume" | "attachment"; file: File }[] => {
  const own = row.application;
  const one = (kind: "resume" | "attachment", given: File | null | undefined) => (given ? [{ kind, file: given }] : []);
  return [
    ...one("resume", own?.resume),
    ...one("attachment", own?.coverletter),
    ...(own?.artifacts ?? []).flatMap((given) => one("attachment", given)),
  ].filter(({ file: given }) => (given.content ?? given.contentByteArray ?? "") !== "");
};

/** Names and lengths of the files: a change of stage does not make them new. */
function filesVersion(row: Row): string | null {
  const parts = filesOf(row).map(
    ({ kind, file: given }) => `${kind}:${given.name}:${(given.content ?? given.contentByteArray ?? "").length}`,
  );
  return parts.length > 0 ? parts.join("|").slice(0, 500) : null;
}

/** The files in one answer. Text is what Jobvite read out of the file; only a byte array is the file itself. */
export function remoteFiles(row: Row): RemoteFile[] {
  return filesOf(row).map(({ kind, file: given }) => ({
    kind,
    fileName: given.name || `${kind}.txt`,
    body: /^text$/i.test(given.format)
      ? [Buffer.from(given.content ?? "")]
      : base64Pieces(given.contentByteArray ?? given.content ?? ""),
  }));
}
