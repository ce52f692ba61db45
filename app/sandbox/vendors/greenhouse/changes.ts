import type { World } from "../../framework.ts";
import { type Account, type Application, enterStage, newId, type State } from "./state.ts";

/** The vendor's own changes, from its API or its web page alike; each fires the webhooks that the vendor documents. */
const touch = (account: Account, application: Application, at: string) => {
  Object.assign(application, { updated_at: at, last_activity_at: at });
  const candidate = account.candidates.find((person) => person.id === application.candidate_id);
  if (candidate) Object.assign(candidate, { updated_at: at, last_activity_at: at });
};

const tell = (world: World<State>, event: string, account: Account, applicationId: number) =>
  world.emit(event, { account: account.key, applicationId: String(applicationId) });

export const moveTo = (world: World<State>, account: Account, application: Application, stageId: number): void => {
  const at = world.now().toISOString();
  enterStage(world.state, account, application, stageId, at);
  touch(account, application, at);
  tell(world, "candidate_stage_change", account, application.id);
};

/** The stage after the present one, or null at the last. */
export const nextStage = (account: Account, application: Application) => {
  const stages = account.job_interview_stages.filter((stage) => stage.job_id === application.job_id);
  return stages[stages.findIndex((stage) => stage.id === application.job_interview_stage_id) + 1] ?? null;
};

export const reject = (
  world: World<State>,
  account: Account,
  application: Application,
  reasonId: number | null,
): void => {
  const at = world.now().toISOString();
  Object.assign(application, { status: "rejected", rejected_at: at, rejection_reason_id: reasonId });
  touch(account, application, at);
  tell(world, "reject_candidate", account, application.id);
};

export const unreject = (world: World<State>, account: Account, application: Application): void => {
  Object.assign(application, { status: "in_process", rejected_at: null, rejection_reason_id: null });
  touch(account, application, world.now().toISOString());
  tell(world, "unreject_candidate", account, application.id);
};

export const closeJob = (world: World<State>, account: Account, jobId: number): void => {
  const at = world.now().toISOString();
  const job = account.jobs.find((candidate) => candidate.id === jobId);
  if (!job) return;
  Object.assign(job, { status: "closed", closed_at: at, updated_at: at });
  for (const post of account.job_posts) if (post.job_id === jobId) Object.assign(post, { live: false, updated_at: at });
  for (const opening of account.openings)
    if (opening.job_id === jobId && opening.open)
      Object.assign(opening, { open: false, closed_at: at, updated_at: at });
  world.emit("job_updated", { account: account.key, jobId: String(jobId) });
};

export const hire = (
  world: World<State>,
  account: Account,
  application: Application,
  closeReasonId: number | null,
): void => {
  const at = world.now().toISOString();
  const opening = account.openings.find((candidate) => candidate.job_id === application.job_id && candidate.open);
  Object.assign(application, { status: "hired" });
  touch(account, application, at);
  tell(world, "hire_candidate", account, application.id);
  if (!opening) return;
  Object.assign(opening, {
    open: false,
    closed_at: at,
    updated_at: at,
    application_id: application.id,
    close_reason_id: closeReasonId,
  });
  const left = account.openings.some((candidate) => candidate.job_id === application.job_id && candidate.open);
  if (!left && application.job_id !== null) closeJob(world, account, application.job_id);
};

/** Removes a job and everything that hangs on it, as if deleted in the web application. */
export const deleteJob = (world: World<State>, account: Account, jobId: number): void => {
  const job = account.jobs.find((candidate) => candidate.id === jobId);
  if (!job) return;
  account.jobs = account.jobs.filter((candidate) => candidate.id !== jobId);
  account.openings = account.openings.filter((opening) => opening.job_id !== jobId);
  account.job_interview_stages = account.job_interview_stages.filter((stage) => stage.job_id !== jobId);
  for (const post of account.job_posts)
    if (post.job_id === jobId)
      Object.assign(post, { active: false, live: false, updated_at: world.now().toISOString() });
  world.emit("job_deleted", { account: account.key, jobId: String(jobId), name: job.name });
};

export const deleteCandidate = (world: World<State>, account: Account, candidateId: number): void => {
  const gone = account.applications
    .filter((application) => application.candidate_id === candidateId)
    .map(({ id }) => id);
  account.candidates = account.candidates.filter((candidate) => candidate.id !== candidateId);
  account.applications = account.applications.filter((application) => application.candidate_id !== candidateId);
  account.attachments = account.attachments.filter((attachment) => attachment.candidate_id !== candidateId);
  world.emit("delete_candidate", {
    account: account.key,
    candidateId: String(candidateId),
    applicationIds: gone.join(","),
  });
};

export type NewAttachment = { application_id: number; type: string; filename: string; content_base64: string };

export const attach = (state: State, account: Account, file: NewAttachment, at: string) => {
  const application = account.applications.find((candidate) => candidate.id === file.application_id);
  const attachment = {
    id: newId(state),
    candidate_id: application?.candidate_id ?? 0,
    ...file,
    created_at: at,
    updated_at: at,
  };
  account.attachments.push(attachment);
  if (application) touch(account, application, at);
  return attachment;
};
