/** What the endpoint form shows: what is stored, or what was just typed. Secret values are never among it. */
export interface EndpointValues {
  url: string;
  description: string;
  eventTypes: readonly string[];
  legacySignature: boolean;
  asymmetricSignature: boolean;
  payload: string;
  template: string;
  conditions: readonly { path: string; op: string; value: string }[];
  /** `stored`: its value is kept unless another one is typed. */
  headers: readonly { name: string; stored: boolean }[];
  auth: { type: string; username: string; stored: string };
  certificate: { subject: string; expiresAt: Date } | null;
  pace: PaceValues;
}

/** As typed: empty asks for nothing. */
export interface PaceValues {
  ratePerSecond: string;
  concurrency: string;
  ordering: string;
  batchEvents: string;
  batchSeconds: string;
}

export interface PayloadPreview {
  type: string;
  /** Null where it could not be made. */
  body: string | null;
  /** Why not, or why this event would not be sent. */
  note: string | null;
}
