/** A fault that is known and accepted, with the reason. One that is no longer seen is a fault itself: take it out. */
export interface Deviation {
  vendor: string;
  /** Fits the whole sentence of the fault. */
  fault: RegExp;
  reason: string;
}

export const deviations: readonly Deviation[] = [
  {
    vendor: "slack",
    fault: /chat\.postMessage · body \/blocks must/,
    reason:
      "The descriptor is written for forms, where blocks are a JSON text. With a JSON body Slack takes the array itself, as its guide on Web API bodies says.",
  },
];
