import { z } from "zod";
import type { Disposition, Feedback } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { text } from "../../kit/shapes.ts";
import { call, type IndeedCtx } from "./api.server.ts";

const SEND = `mutation Tell($input: SendPartnerDispositionInput!) {
  partnerDisposition { send(input: $input) {
    numberGoodDispositions failedDispositions { identifiedBy { indeedApplyID } rationale }
  } }
}`;

const failure = z.object({
  identifiedBy: z.object({ indeedApplyID: text }).nullish(),
  rationale: text,
});
const sent = z.object({
  partnerDisposition: z.object({ send: z.object({ failedDispositions: z.array(failure).nullish() }) }),
});

/** The employer's own stage in Indeed's words; the first that fits. What fits none is told as such, with the name beside it. */
const stages: readonly (readonly [RegExp, string])[] = [
  [/offer.*(declin|reject)/i, "OFFER_DECLINED"],
  [/offer/i, "OFFER_MADE"],
  [/background|reference/i, "BACKGROUND_CHECK"],
  [/onboard/i, "ONBOARDED"],
  [/assess|test|task|challenge/i, "ASSESS_QUALIFICATIONS"],
  [/screen/i, "SCREEN"],
  [/interview|on.?site/i, "INTERVIEW"],
  [/contact|call|phone/i, "CONTACTED"],
  [/review|applied|application|inbox|new/i, "REVIEW"],
];
const endings = { hired: "HIRED", rejected: "NOT_SELECTED", withdrawn: "WITHDRAWN" } as const;

/** Indeed's word for where an application stands. */
export function statusOf({ status, stage, isNew }: Disposition): string {
  if (status !== "active") return endings[status];
  if (isNew) return "NEW";
  return stages.find(([words]) => words.test(stage ?? ""))?.[1] ?? "UNABLE_TO_MAP";
}

export const feedback: Feedback = {
  async report(ctx: IndeedCtx, dispositions) {
    const input = {
      dispositions: dispositions.map((one) => ({
        identifiedBy: { indeedApplyID: one.externalId },
        dispositionStatus: statusOf(one),
        rawDispositionStatus: one.stage ?? one.status,
        atsName: "Patchbay",
        statusChangeDateTime: one.at.toISOString(),
      })),
    };
    const { partnerDisposition } = await call(ctx, { query: SEND, variables: { input }, idempotent: true }, sent);
    const failed = partnerDisposition.send.failedDispositions ?? [];
    return dispositions.map(({ localId, externalId }) => {
      const no = failed.find((one) => one.identifiedBy?.indeedApplyID === externalId);
      if (!no) return { localId, ok: true as const };
      const why = no.rationale?.replace(/\.$/, "") ?? "no reason given";
      return { localId, ok: false as const, error: new IntegrationError("validation", `Indeed refused it: ${why}.`) };
    });
  },
};
