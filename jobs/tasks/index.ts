import type { TaskModules } from "../task.server.ts";

/** The file of each task, alphabetical, loaded when its first job arrives. */
export const taskModules: TaskModules = {
  "make-partitions": () => import("./make-partitions.ts"),
  "tidy-queue": () => import("./tidy-queue.ts"),
};
