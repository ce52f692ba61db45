import type { PostingProblem } from "./contract/capabilities.ts";
import type { PostingJob } from "./contract/domain.ts";
import type { PostingRule } from "./contract/manifest.ts";

/** A job as far as it has been written; the editor checks while the person types. */
export type PostingDraft = Partial<PostingJob>;

/** What keeps a job off a board, by the board's rules as data. Pure and browser-safe. */
export function checkPosting(rules: readonly PostingRule[], job: PostingDraft): PostingProblem[] {
  return rules.flatMap((rule): PostingProblem[] => {
    const field = breach(rule, job);
    return field === null ? [] : [{ field, message: rule.message, level: "error" }];
  });
}

function breach(rule: PostingRule, job: PostingDraft): string | null {
  switch (rule.rule) {
    case "required":
      return isEmpty(rule.field, job) ? rule.field : null;
    case "length": {
      const length = [...textOf(rule.field, job)].length;
      // An empty field is the business of "required".
      if (length === 0) return null;
      return length < (rule.min ?? 0) || length > (rule.max ?? Number.POSITIVE_INFINITY) ? rule.field : null;
    }
    case "one-location":
      return (job.locations?.length ?? 0) > 1 ? "location" : null;
    case "remote-only":
      return job.remote !== undefined && job.remote !== "remote" ? "location" : null;
    case "one-of":
      return job.employment !== undefined && !rule.values.includes(job.employment) ? rule.field : null;
    case "pattern": {
      const text = textOf(rule.field, job);
      if (text === "") return null;
      const found = new RegExp(rule.source, rule.flags ?? "").test(text);
      return found === rule.refuse ? rule.field : null;
    }
  }
}

function textOf(field: "title" | "description", job: PostingDraft): string {
  if (field === "title") return (job.title ?? "").trim();
  return (job.descriptionText ?? plain(job.descriptionHtml ?? "")).trim();
}

/** Good enough for counting and required checks while typing; boards get the sanitised text. */
function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/\s+/g, " ");
}

type RequiredField = Extract<PostingRule, { rule: "required" }>["field"];

function isEmpty(field: RequiredField, job: PostingDraft): boolean {
  switch (field) {
    case "title":
    case "description":
      return textOf(field, job) === "";
    case "location":
      return !job.locations?.some((place) => place.city || place.region || place.country || place.postalCode);
    case "employment":
      return job.employment === undefined;
    case "category":
      return !job.category?.trim();
    case "salary":
      return job.salary === undefined;
    case "company":
      return !job.company?.trim();
    case "validThrough":
      return job.validThrough === undefined;
  }
}
