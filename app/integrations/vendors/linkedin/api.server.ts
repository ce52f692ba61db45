import { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import { IntegrationError } from "../../contract/errors.ts";
import type { manifest } from "./manifest.ts";
import { type JobElement, type Listing, listingBatch, submitted, type Task, taskBatch } from "./wire.ts";

export type LinkedInCtx = Ctx<ConfigOf<typeof manifest>>;

const REST = "https://api.linkedin.com/rest";
const V2 = "https://api.linkedin.com/v2";

const versioned = (ctx: LinkedInCtx) => ({ "linkedin-version": ctx.config.apiVersion ?? "202504" });

/**
 * Sends one order and gives the task that works on it. LinkedIn answers 200 to a refused element too. Kinds: validation
 * with the field that LinkedIn names, forbidden, rate-limited, unavailable.
 */
export async function submit(ctx: LinkedInCtx, element: JobElement): Promise<string> {
  const answer = await ctx.http.json(
    {
      method: "POST",
      url: `${REST}/simpleJobPostings`,
      headers: { ...versioned(ctx), "x-restli-method": "batch_create" },
      body: { elements: [element] },
    },
    submitted,
  );
  const [own] = answer.elements;
  if (own?.id && !own.error) return own.id;
  const status = Number(own?.error?.status ?? own?.status ?? 0);
  const said = (own?.error?.message ?? "no reason given").replace(/\s+/g, " ").trim();
  const field = fieldOf(said);
  const passing = status === 429 ? "rate-limited" : status >= 500 ? "unavailable" : null;
  const kind = passing ?? (status === 403 ? "forbidden" : "validation");
  throw new IntegrationError(kind, `LinkedIn refused it: ${said.replace(/^ERROR :: /, "").replace(/\.$/, "")}.`, {
    status,
    ...(field ? { field } : {}),
    ...(kind === "rate-limited" ? { retryAfter: new Date(ctx.now().getTime() + 60_000) } : {}),
  });
}

/** "ERROR :: /title :: field is required": the part that LinkedIn names, in our words. */
export function fieldOf(message: string): string | null {
  const named = /\/(title|description|location|city|expireAt|compensation)/.exec(message)?.[1];
  if (!named) return null;
  const ours: Record<string, string> = { city: "location", expireAt: "validThrough", compensation: "salary" };
  return ours[named] ?? named;
}

/** One task; null when LinkedIn has forgotten it (tasks live 30 days). */
export async function taskOf(ctx: LinkedInCtx, id: string): Promise<Task | null> {
  const request = { url: `${REST}/simpleJobPostingTasks`, query: { ids: id }, headers: versioned(ctx) };
  const { results, elements } = await ctx.http.json(request, taskBatch);
  return results?.[id] ?? elements?.find((one) => one.id === id) ?? null;
}

/** Whether a job is listed, by our key; null when LinkedIn knows none. */
export async function listingOf(ctx: LinkedInCtx, key: string): Promise<Listing | null> {
  const { results } = await ctx.http.json({ url: `${V2}/jobPostingStatus`, query: { ids: key } }, listingBatch);
  return results?.[key] ?? null;
}

/** Tells what became of one application. */
export async function lifecycleAction(
  ctx: LinkedInCtx,
  action: "APPLICATION_VIEWED" | "APPLICATION_REJECTED",
  at: { externalId: string; at: Date },
): Promise<void> {
  await ctx.http.send({
    method: "POST",
    url: `${V2}/jobApplicationLifecycleActions`,
    headers: { "x-restli-method": "create" },
    idempotent: true,
    body: {
      jobApplicationId: at.externalId,
      action,
      performedAt: at.at.getTime(),
      integrationContext: `urn:li:organization:${z.string().parse(ctx.config.organizationId)}`,
    },
  });
}
