import type { Refusal } from "#app/integrations/kit/verify.server.ts";

/** Why a request was turned away, as the deliveries page says it. The caller is told nothing of this. */
export const refusalWords: Readonly<Record<Refusal, string>> = {
  "missing-secret":
    "We hold no signing secret for this connection, so nothing can be checked. Enter it under Settings.",
  "missing-header": "It carried no signature. Either it is not from the vendor, or signing is switched off there.",
  "bad-timestamp": "Its time stamp cannot be read.",
  "too-old": "It was signed too long ago; it may be a repeat of an old request.",
  "too-new": "It was signed in the future; a clock is wrong, here or there.",
  malformed: "Its signature is not in the vendor's form.",
  mismatch:
    "Its signature does not fit. The secret here and at the vendor differ, or the request was changed on the way.",
  "keys-unavailable": "The vendor's public keys could not be fetched, so its signature could not be checked.",
};

export const otherRefusals = {
  tooBig: "It was larger than 1 MB.",
  unknownSubscription:
    "It names a subscription that this connection does not have. It may be left from an earlier one.",
  unreadable:
    "It carries the right secret, but lacks what the vendor always sends. The vendor signs no content, so it was not kept.",
  repeated: "It had been taken before, so nothing was done again.",
  flood: "More requests came than this address takes in a minute.",
};
