import { z } from "zod";
import { filesOf } from "#app/platform/upload.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { systemActor } from "./actor.ts";
import { postingOfToken, receiveApplication } from "./applications.server.ts";
import { audit } from "./audit.server.ts";
import { type CareerSite, takesApplications } from "./careers.server.ts";
import { discardDocuments, type IncomingFile, MAX_DOCUMENTS, refuseFile, storeDocuments } from "./documents.server.ts";
import { AppError } from "./errors.ts";
import type { Job } from "./jobs.server.ts";
import { throttle } from "./throttle.server.ts";

/** All files and fields of one application together. */
export const MAX_APPLY_BYTES = 26 * 1024 * 1024;

const line = (most: number) => z.string().trim().max(most, `At most ${most} characters.`);

const applyInput = z.object({
  firstName: line(80).min(1, "Tell us your first name."),
  lastName: line(80).min(1, "Tell us your last name."),
  email: z.string().trim().max(200).pipe(z.email("Give an e-mail address we can answer to, such as you@example.com.")),
  phone: line(40)
    .regex(/^[+\d\s().\-/x]*$/i, "Use digits, spaces, + and - for the phone number.")
    .default(""),
  link: line(300)
    .refine(
      (value) => value === "" || /^https?:\/\/\S+\.\S+$/i.test(value),
      "Give a whole link that starts with https://.",
    )
    .default(""),
  coverLetter: line(10_000).default(""),
});

/** The field that people do not see and programs fill in. */
export const HONEYPOT = "company_site";

/**
 * Takes an application from the career site. `token` is the source token that came with the link. A form that a program
 * filled in is answered like any other and kept nowhere. AppError: invalid with sentences by field, conflict when the job
 * no longer takes applications, rate-limited for too many from one caller.
 */
export async function applyHere(
  site: CareerSite,
  job: Job,
  form: FormData,
  { token, caller }: { token: string; caller: string },
): Promise<void> {
  if (!takesApplications(job)) throw new AppError("conflict", "This job no longer takes applications.");
  if (String(form.get(HONEYPOT) ?? "") !== "") return;
  await throttle(`apply:${caller}`, { limit: 20, seconds: 3600 });
  const { input, files } = await readApplication(form);
  const documents = await storeDocuments(site.id, files);
  const unused = await withEmployer(site.id, async (tx) => {
    const posting = token === "" ? null : await postingOfToken(tx, site.id, job.id, token);
    const received = await receiveApplication(tx, site.id, {
      jobId: job.id,
      postingId: posting?.postingId ?? null,
      source: posting?.vendorId ?? "career-site",
      candidate: {
        firstName: input.firstName,
        lastName: input.lastName,
        emails: [input.email],
        phones: input.phone === "" ? [] : [input.phone],
        links: input.link === "" ? [] : [input.link],
      },
      ...(input.coverLetter === "" ? {} : { coverLetter: input.coverLetter }),
      appliedAt: new Date(),
      answers: [],
      documents,
    });
    const subject = { kind: "application", id: received.applicationId, name: `${input.firstName} ${input.lastName}` };
    await audit(tx, systemActor(site.id, "Career site"), "application.submitted", subject, {
      again: !received.created,
      files: documents.length,
    });
    return received.unusedDocuments;
  }).catch(async (error: unknown) => {
    await discardDocuments(documents);
    throw error;
  });
  await discardDocuments(unused);
}

async function readApplication(form: FormData) {
  const texts = Object.fromEntries([...form].filter(([, value]) => typeof value === "string"));
  const parsed = applyInput.safeParse(texts);
  const resume: IncomingFile[] = (await filesOf(form, "resume")).map((file) => ({ ...file, kind: "resume" }));
  const others: IncomingFile[] = await filesOf(form, "documents");
  const fields: Record<string, string> = {};
  for (const issue of parsed.error?.issues ?? []) fields[String(issue.path[0])] ??= issue.message;
  if (resume.length === 0) fields.resume = "Add your résumé.";
  for (const [field, files] of [["resume", resume] as const, ["documents", others] as const]) {
    const refused = files.map(refuseFile).filter((words) => words !== null);
    if (refused.length > 0) fields[field] = refused.join(" ");
  }
  if (resume.length + others.length > MAX_DOCUMENTS) {
    fields.documents = `Send at most ${MAX_DOCUMENTS} files, the résumé included.`;
  }
  if (!parsed.success || Object.keys(fields).length > 0) {
    throw new AppError("invalid", "Your application is not sent yet.", { fields });
  }
  return { input: parsed.data, files: [...resume, ...others] };
}
