import type { TaskModules } from "../task.server.ts";

/** The file of each task, alphabetical, loaded when its first job arrives. */
export const taskModules: TaskModules = {
  "calendar-pull": () => import("./calendar-pull.ts"),
  "connection-activate": () => import("./connection-activate.ts"),
  "connection-disconnect": () => import("./connection-disconnect.ts"),
  "disposition-send": () => import("./disposition-send.ts"),
  "document-scan": () => import("./document-scan.ts"),
  "document-wake": () => import("./document-wake.ts"),
  "due-work": () => import("./due-work.ts"),
  "expire-records": () => import("./expire-records.ts"),
  "feed-crawled": () => import("./feed-crawled.ts"),
  "files-pull": () => import("./files-pull.ts"),
  "inbound-process": () => import("./inbound-process.ts"),
  "inbound-silence": () => import("./inbound-silence.ts"),
  "inbound-wake": () => import("./inbound-wake.ts"),
  "interview-write": () => import("./interview-write.ts"),
  "make-partitions": () => import("./make-partitions.ts"),
  "notification-send": () => import("./notification-send.ts"),
  "posting-reconcile": () => import("./posting-reconcile.ts"),
  "subscription-renew": () => import("./subscription-renew.ts"),
  "sync-page": () => import("./sync-page.ts"),
  "sync-push": () => import("./sync-push.ts"),
  "sync-start": () => import("./sync-start.ts"),
  "tidy-people": () => import("./tidy-people.ts"),
  "tidy-queue": () => import("./tidy-queue.ts"),
  "token-refresh": () => import("./token-refresh.ts"),
};
