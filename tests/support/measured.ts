import { TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    measured?: Readonly<Record<string, number | string>>;
  }
}

/** Tells what the running test measured, by name: `npm run check:webhooks` prints it. Later words of one name win. */
export function measured(figures: Readonly<Record<string, number | string>>): void {
  const test = TestRunner.getCurrentTest();
  if (test) test.meta.measured = { ...test.meta.measured, ...figures };
}
