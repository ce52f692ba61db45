import { log } from "#app/platform/log.server.ts";
import { createSnapshotWatch, type HeldSnapshot, type SnapshotWatch } from "./snapshot-watch.server.ts";
import { queueAge } from "./webhook-figures.server.ts";

/** Something that could have gone out has waited this long. */
export const QUEUE_AGE_SECONDS = 60;
const LOOK_MS = 5_000;

export type AlertName = "webhook-queue-age" | "oldest-snapshot";

export interface Alert {
  name: AlertName;
  firing: boolean;
  seconds: number;
  /** For whoever runs the instance. */
  sentence: string;
}

/** What the rules look at. */
export interface AlertFigures {
  queueAgeSeconds: number;
  snapshot: HeldSnapshot | null;
}

/** Each rule, and whether it fires. */
export function alertsOf({ queueAgeSeconds, snapshot }: AlertFigures): Alert[] {
  const held = snapshot ?? { pid: 0, login: "nobody", seconds: 0, transactions: 0, alert: false };
  const { pid, login, transactions } = held;
  return [
    {
      ...{ name: "webhook-queue-age" as const, seconds: queueAgeSeconds, firing: queueAgeSeconds > QUEUE_AGE_SECONDS },
      sentence: `A webhook that could go out has waited for ${Math.round(queueAgeSeconds)} s. See whether workers run and keep up.`,
    },
    {
      ...{ name: "oldest-snapshot" as const, seconds: held.seconds, firing: held.alert },
      sentence:
        `A transaction of ${login} (process ${pid}) is held open for ${Math.round(held.seconds)} s and keeps the dead rows ` +
        `of ${transactions} others. End it.`,
    },
  ];
}

export interface AlertWatch {
  stop(): Promise<void>;
}

/** Looks at the rules every five seconds, and tells when one begins to fire and when it ends. */
export function watchAlerts({
  tell = toLog,
  everyMs = LOOK_MS,
  snapshots = createSnapshotWatch(),
}: {
  tell?: (alert: Alert) => void;
  everyMs?: number;
  snapshots?: SnapshotWatch;
} = {}): AlertWatch {
  const firing = new Set<AlertName>();
  let looking: Promise<void> | undefined;
  const look = async () => {
    const [queueAgeSeconds, snapshot] = [await queueAge(), await snapshots.look()];
    for (const alert of alertsOf({ queueAgeSeconds, snapshot })) {
      if (alert.firing === firing.has(alert.name)) continue;
      if (alert.firing) firing.add(alert.name);
      else firing.delete(alert.name);
      tell(alert);
    }
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => log().warn({ err: error }, "The alert rules could not be looked at."))
      .finally(() => {
        looking = undefined;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

function toLog({ name, firing, seconds, sentence }: Alert): void {
  const figures = { alert: name, seconds: Math.round(seconds) };
  if (firing) log().error(figures, sentence);
  else log().info(figures, "This alert has ended.");
}
