import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type {
  ApiPosting,
  PostingData,
  PostingObservation,
  PostingRef,
} from "#app/integrations/contract/capabilities.ts";
import type { Ctx } from "#app/integrations/contract/ctx.ts";
import type { PostingJob } from "#app/integrations/contract/domain.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Posting } from "./posting-job.server.ts";
import type { RemoteStep } from "./posting-plan.ts";
import { type Connection, callVendor } from "./vendor-context.server.ts";

/** What came of speaking with a board. `gone` is proof that it holds nothing of ours. */
export type Answer =
  | { kind: "seen"; observation: PostingObservation; version?: number }
  /** Told to close, and still shown: the board works on it; `data` follows it. */
  | { kind: "closing"; observation: PostingObservation; data: PostingData }
  | { kind: "gone" }
  | { kind: "failed"; error: unknown };

export interface RemoteWork {
  step: RemoteStep;
  row: Posting;
  job: PostingJob;
  /** The job version that `job` was made of. */
  version: number;
  connection: Pick<Connection, "id" | "state">;
}

/** A board gets this long over all calls of one step; the lease outlives it. */
const STEP_MS = 60_000;

export interface SpeakOptions {
  signal: AbortSignal;
  interactive: boolean;
  /** See `VendorOptions`. */
  departing?: () => Promise<void>;
}

/** Does one step at the board. Never throws: what went wrong is an answer too. */
export async function speak(work: RemoteWork, { signal, interactive, departing }: SpeakOptions): Promise<Answer> {
  const { row, step, connection } = work;
  const options = {
    signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]),
    idempotencyKey: `posting:${row.key}:${row.desiredVersion}`,
    part: "postings",
    interactive,
    ...(departing ? { departing } : {}),
    // Closing goes on while a connection is taken apart; a pause by a person still holds it.
    ...(connection.state === "disconnecting" ? { purpose: "cleanup" as const } : {}),
  };
  try {
    return await callVendor(row.employerId, row.connectionId, options, async ({ adapter, ctx }) => {
      const board = postingModule(adapter, ctx.config);
      if (board?.way !== "api") throw new IntegrationError("unsupported", "This board has no posting API.");
      const again = postingProfile(adapter.manifest, ctx.config)?.lookup === "upsert";
      return steps[step === "find" && again ? "send" : step](board, ctx, work);
    });
  } catch (error) {
    return { kind: "failed", error };
  }
}

type Step = (board: ApiPosting, ctx: Ctx, work: RemoteWork) => Promise<Answer>;

const refOf = ({ externalId, externalData, url }: Posting, data = externalData): PostingRef => ({
  externalId: externalId ?? "",
  ...(url ? { url } : {}),
  ...(data ? { data } : {}),
});

const isKind = (error: unknown, ...kinds: string[]) => error instanceof IntegrationError && kinds.includes(error.kind);

type Look = Extract<Answer, { kind: "seen" | "gone" }>;

async function look(board: ApiPosting, ctx: Ctx, ref: PostingRef): Promise<Look> {
  try {
    return { kind: "seen", observation: await board.status(ctx, ref) };
  } catch (error) {
    if (isKind(error, "not-found")) return { kind: "gone" };
    throw error;
  }
}

const steps: Record<RemoteStep, Step> = {
  async send(board, ctx, { job, version }) {
    return { kind: "seen", observation: await board.publish(ctx, job), version };
  },
  async find(board, ctx, { job }) {
    const observation = await board.find?.(ctx, job);
    return observation ? { kind: "seen", observation } : { kind: "gone" };
  },
  /** A conflict is read once more: what is gone stays gone, anything else gets one second try. */
  async update(board, ctx, { row, job, version }) {
    const change = async (): Promise<Answer> => ({
      kind: "seen",
      observation: await board.update(ctx, refOf(row), job),
      version,
    });
    try {
      return await change();
    } catch (error) {
      if (!isKind(error, "conflict", "not-found")) throw error;
      const seen = await look(board, ctx, refOf(row));
      if (seen.kind !== "seen" || seen.observation.state === "closed") return seen;
      return change();
    }
  },
  look: (board, ctx, { row }) => look(board, ctx, refOf(row)),
  /** Told, then read back: only what the board says afterwards counts. */
  async "take-down"(board, ctx, { row, job }) {
    let data: PostingData | null = null;
    try {
      data = await board.close(ctx, refOf(row), closeReason(row), job);
    } catch (error) {
      if (!isKind(error, "not-found", "conflict")) throw error;
    }
    const seen = await look(board, ctx, refOf(row, data ?? row.externalData));
    return data && seen.kind === "seen" ? { kind: "closing", observation: seen.observation, data } : seen;
  },
};

function closeReason({ closeReason: reason }: Posting): "filled" | "withdrawn" | "expired" {
  return reason === "filled" || reason === "expired" ? reason : "withdrawn";
}

const REFUSED = [
  "validation",
  "not-found",
  "conflict",
  "rate-limited",
  "auth-revoked",
  "forbidden",
  "config",
  "unsupported",
];
const NEVER_LEFT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"];

/** Whether the board may have taken a posting although we saw an error: then we look before anything is sent again. */
export function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof IntegrationError)) return true;
  if (error.kind === "network" && NEVER_LEFT.includes(codeOf(error.info.cause))) return false;
  return !REFUSED.includes(error.kind);
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if ("code" in cause && typeof cause.code === "string" && NEVER_LEFT.includes(cause.code)) return cause.code;
  return codeOf(cause.cause);
}
