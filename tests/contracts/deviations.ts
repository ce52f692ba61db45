/** A fault that is known and accepted, with the reason. One that is no longer seen is a fault itself: take it out. */
export interface Deviation {
  vendor: string;
  /** Fits the whole sentence of the fault. */
  fault: RegExp;
  reason: string;
}

export const deviations: readonly Deviation[] = [
  {
    vendor: "jobadder",
    fault: /GET \/webhooks\/\{webhookId\} · answer 404 is not listed/,
    reason:
      "The document lists 404 for changing and for removing a webhook that is gone and leaves it out for reading one. What else could come is not said.",
  },
  {
    vendor: "linkedin",
    fault: /answer 200 \/elements\/\*\/status must be string/,
    reason:
      "The document declares the status of an element as text and gives the number 202 as its example; LinkedIn's present pages show the number. The adapter reads both.",
  },
  {
    vendor: "lever",
    fault:
      /query (archived|updated_at_start|deleted_at_start|email|posting_id|expand|perform_as|limit) is not a parameter/,
    reason:
      "The document is a third party's outline and names three parameters in all. Recorded answers show filters by time, archiving and posting, and perform_as on writes. It has no lists of deletions, so these are taken for a record called deleted.",
  },
  {
    vendor: "lever",
    fault: /answer 200 \/data\/\*\/(categories\/level|archived) must be/,
    reason: "Recorded answers carry null here: a posting without a level, an opportunity that is not archived.",
  },
  {
    vendor: "lever",
    fault: /GET \/opportunities · answer 200 \/data\/\*\/applications\/\* must be string/,
    reason: "The document's own expand parameter puts the objects in place of their ids.",
  },
  {
    vendor: "lever",
    fault: /(GET|DELETE) \S+ · answer (400|404) is not listed/,
    reason:
      "The document lists successes only. Lever answers 404 to what is gone, and 400 to a page token it does not take.",
  },
  {
    vendor: "lever",
    fault: /PUT \/v1\/opportunities\/\*\/stage · the documents have no such call/,
    reason: "Left out of the outline; recorded with an answer that holds the opportunity.",
  },
  {
    vendor: "slack",
    fault: /oauth\.v2\.access · answer 200 \/token_type/,
    reason:
      "The descriptor's schema names a kind of token that its own examples of an answer do not use: they say bot.",
  },
  {
    vendor: "slack",
    fault: /chat\.postMessage · body \/blocks must/,
    reason:
      "The descriptor is written for forms, where blocks are a JSON text. With a JSON body Slack takes the array itself, as its guide on Web API bodies says.",
  },
];
