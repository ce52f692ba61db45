import { z } from "zod";
import { readUpload } from "#app/platform/upload.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { systemActor } from "./actor.ts";
import { postingOfToken, receiveApplication } from "./applications.server.ts";
import { audit } from "./audit.server.ts";
import { type CareerSite, takesApplications } from "./careers.server.ts";
import { type CheckedDocument, dropChecked, MAX_DOCUMENTS, takeFile } from "./document-intake.server.ts";
import { discardDocuments, keepDocuments } from "./documents.server.ts";
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

const FILE_FIELDS = ["resume", "documents"] as const;
type FileField = (typeof FILE_FIELDS)[number];
type TakenFile = { field: FileField } & ({ checked: CheckedDocument } | { refused: string });

/** An apply form as it came: its texts, and its files checked and encrypted but kept nowhere yet. */
export interface ApplyForm {
  texts: FormData;
  files: readonly TakenFile[];
}

/**
 * Reads an apply form, its files piece by piece. Give the result to `applyHere`, which keeps or drops the files. Throws
 * UploadTooLarge and MalformedForm; nothing is left then.
 */
export async function readApplyForm(site: CareerSite, request: Request): Promise<ApplyForm> {
  const taken: TakenFile[] = [];
  try {
    const { form } = await readUpload(request, MAX_APPLY_BYTES, async ({ field: name, fileName, body }) => {
      const field = FILE_FIELDS.find((one) => one === name);
      if (!field || taken.length > MAX_DOCUMENTS) return;
      try {
        const kind = field === "resume" ? "resume" : "attachment";
        taken.push({ field, checked: await takeFile(site.id, { fileName, body, kind }) });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        taken.push({ field, refused: error.message });
      }
    });
    return { texts: form, files: taken };
  } catch (error) {
    await dropChecked(checkedOf(taken));
    throw error;
  }
}

const checkedOf = (files: readonly TakenFile[]) => files.flatMap((file) => ("checked" in file ? [file.checked] : []));

/**
 * Takes an application from the career site. `token` is the source token that came with the link. A form that a program
 * filled in is answered like any other and kept nowhere. AppError: invalid with sentences by field, conflict when the job
 * no longer takes applications, rate-limited for too many from one caller.
 */
export async function applyHere(
  site: CareerSite,
  job: Job,
  form: ApplyForm,
  from: { token: string; caller: string },
): Promise<void> {
  try {
    if (!takesApplications(job)) throw new AppError("conflict", "This job no longer takes applications.");
    if (String(form.texts.get(HONEYPOT) ?? "") !== "") return;
    await throttle(`apply:${from.caller}`, { limit: 20, seconds: 3600 });
    await receive(site, job, checkApplication(form), from.token);
  } finally {
    // What was kept is no longer here; everything else is forgotten.
    await dropChecked(checkedOf(form.files));
  }
}

async function receive(
  site: CareerSite,
  job: Job,
  { input, files }: ReturnType<typeof checkApplication>,
  token: string,
): Promise<void> {
  const documents = await keepDocuments(files);
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

function checkApplication({ texts, files }: ApplyForm) {
  const parsed = applyInput.safeParse(Object.fromEntries(texts));
  const fields: Record<string, string> = {};
  for (const issue of parsed.error?.issues ?? []) fields[String(issue.path[0])] ??= issue.message;
  if (!files.some(({ field }) => field === "resume")) fields.resume = "Add your résumé.";
  for (const field of FILE_FIELDS) {
    const refused = files.flatMap((file) => (file.field === field && "refused" in file ? [file.refused] : []));
    if (refused.length > 0) fields[field] = refused.join(" ");
  }
  if (files.length > MAX_DOCUMENTS) fields.documents = `Send at most ${MAX_DOCUMENTS} files, the résumé included.`;
  if (!parsed.success || Object.keys(fields).length > 0) {
    throw new AppError("invalid", "Your application is not sent yet.", { fields });
  }
  return { input: parsed.data, files: checkedOf(files) };
}
