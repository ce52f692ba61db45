import { timingSafeEqual } from "node:crypto";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { alertsOf } from "./alerts.server.ts";
import { createSnapshotWatch } from "./snapshot-watch.server.ts";
import { webhookFigures } from "./webhook-figures.server.ts";

/** Whether a collector may read: `off` without a token in the settings, so that nothing is public by default. */
export function mayCollect(authorization: string | null): "yes" | "no" | "off" {
  const token = env().PATCHBAY_METRICS_TOKEN;
  if (token === undefined) return "off";
  const given = Buffer.from(sha256Hex(authorization ?? ""));
  return timingSafeEqual(given, Buffer.from(sha256Hex(`Bearer ${token}`))) ? "yes" : "no";
}

/** Ages are counted from look to look of the collector. */
const snapshots = createSnapshotWatch();

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

/** All figures in the text format that Prometheus and OpenTelemetry collectors read. */
export async function metricsText(now: Date = new Date()): Promise<string> {
  const [figures, snapshot] = await Promise.all([webhookFigures(now), snapshots.look()]);
  const { buckets, sum } = figures.firstAttempt;
  const byLabel = (name: string, counts: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(counts).map(([label, count]) => [{ [name]: label }, count]);
  return [
    family("patchbay_webhook_queue_age_seconds", "Wait of the oldest delivery that could have gone out.", [
      [{}, figures.queueAgeSeconds],
    ]),
    family(
      "patchbay_webhook_deliveries_waiting",
      "Deliveries with an attempt to come, by state.",
      byLabel("state", { queued: 0, sending: 0, retrying: 0, ...figures.waiting }),
    ),
    family(
      "patchbay_webhook_attempts_recent",
      "Attempts of the last five minutes, by class.",
      byLabel("class", { delivered: 0, ...figures.attempts }),
    ),
    family(
      "patchbay_webhook_first_attempt_seconds",
      "From event to first attempt, of the last five minutes.",
      [
        ...buckets.map(
          ({ le, count }): Sample => [{ le: Number.isFinite(le) ? String(le) : "+Inf" }, count, "_bucket"],
        ),
        [{}, sum, "_sum"],
        [{}, buckets.at(-1)?.count ?? 0, "_count"],
      ],
      "histogram",
    ),
    family("patchbay_database_oldest_snapshot_seconds", "For how long the oldest snapshot has been seen.", [
      [{}, snapshot?.seconds ?? 0],
    ]),
    family("patchbay_database_oldest_snapshot_transactions", "Transactions that began since it was taken.", [
      [{}, snapshot?.transactions ?? 0],
    ]),
    family("patchbay_worker_pools", "Pools of worker processes that are known.", [[{}, figures.workers.length]]),
    family("patchbay_worker_heartbeat_age_seconds", "Since the pool that was silent longest was heard.", [
      [{}, Math.max(0, ...figures.workers)],
    ]),
    family(
      "patchbay_alert_firing",
      "1 while the rule fires.",
      alertsOf({ ...figures, snapshot }).map(({ name, firing }): Sample => [{ alert: name }, firing ? 1 : 0]),
    ),
  ].join("");
}

function family(name: string, help: string, samples: readonly Sample[], type = "gauge"): string {
  const lines = samples.map(([labels, value, suffix = ""]) => {
    const inside = Object.entries(labels).map(([label, text]) => `${label}="${text.replace(/[\\"\n]/g, "_")}"`);
    return `${name}${suffix}${inside.length > 0 ? `{${inside.join(",")}}` : ""} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
