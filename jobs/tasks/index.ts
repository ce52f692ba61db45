import type { TaskModules } from "../task.server.ts";

/** The file of each task, alphabetical, loaded when its first job arrives. */
export const taskModules: TaskModules = {
  "delivery-attempt": () => import("./delivery-attempt.ts"),
  "delivery-wake": () => import("./delivery-wake.ts"),
  "make-partitions": () => import("./make-partitions.ts"),
  "tidy-queue": () => import("./tidy-queue.ts"),
};
