import { recoverableStates } from "#db/schema/webhooks.ts";
import { AppError } from "./errors.ts";
import type { RecoveryInput } from "./recoveries.server.ts";

const HOUR = 3_600_000;

/** Times that the form offers, in hours before now. */
const spans: Readonly<Record<string, number>> = {
  ...{ "1h": 1, "6h": 6, "24h": 24, "3d": 72, "7d": 168, "30d": 720, "90d": 2_160 },
};

/** The recover form as the service takes it; "missed" is the time since the endpoint missed something. */
export function recoveryForm(form: FormData, missedSince: Date | null, now: Date = new Date()): RecoveryInput {
  const type = String(form.get("type") ?? "");
  const asked = form.getAll("states").map(String);
  const states = recoverableStates.filter((state) => asked.includes(state));
  if (asked.length > 0 && states.length === 0)
    throw new AppError("invalid", "What is under way goes out by itself. Choose failed, not sent or delivered.");
  return {
    since: sinceOf(form, missedSince, now).toISOString(),
    ...(states.length > 0 ? { states } : {}),
    eventTypes: type === "" ? [] : [type],
  };
}

function sinceOf(form: FormData, missedSince: Date | null, now: Date): Date {
  const exact = String(form.get("exact") ?? "").trim();
  if (exact !== "") {
    const at = new Date(`${exact}Z`);
    if (Number.isNaN(at.getTime())) throw new AppError("invalid", "Give the time as year-month-day and hour:minute.");
    return at;
  }
  const word = String(form.get("since") ?? "");
  if (word === "missed" && missedSince) return missedSince;
  const hours = spans[word];
  if (word === "all") return new Date(0);
  if (hours === undefined) throw new AppError("invalid", "Choose since when.");
  return new Date(now.getTime() - hours * HOUR);
}
