import { z } from "zod";
import type { Webhook } from "../../contract/capabilities.ts";
import type { InboundApplication } from "../../contract/domain.ts";
import { applicationEvent, ignored, readEvent } from "../../kit/events.server.ts";
import { personOf } from "../../kit/people.ts";

const text = z.object({ value: z.string().nullish() }).nullish();
const answer = z.object({
  questionIdentifier: z.string().nullish(),
  answer: z
    .object({
      textAnswerValue: text,
      multipleChoiceAnswerValue: z.object({ symbolicNames: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
});

/** The names come from other integrations, not from LinkedIn's own pages: everything but the id and the job may be absent. */
const payload = z.object({
  type: z.string().nullish(),
  jobApplicationId: z.string(),
  externalJobId: z.coerce.string(),
  appliedAt: z.number().nullish(),
  questionResponses: z
    .object({
      contactInformationQuestionResponses: z
        .object({
          firstNameAnswer: text,
          lastNameAnswer: text,
          emailAnswer: text,
          cellphoneNumberQuestionAnswer: z.object({ nationalNumber: z.string().nullish() }).nullish(),
        })
        .nullish(),
      resumeQuestionResponses: z
        .object({ resumeQuestionAnswer: z.object({ mediaUrl: z.string().nullish() }).nullish() })
        .nullish(),
      additionalQuestionResponses: z
        .object({
          customQuestionSetResponses: z
            .array(z.object({ customQuestionResponses: z.array(answer).nullish() }))
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

function toDomain(given: z.output<typeof payload>): InboundApplication {
  const told = given.questionResponses;
  const contact = told?.contactInformationQuestionResponses;
  const sets = told?.additionalQuestionResponses?.customQuestionSetResponses ?? [];
  return {
    postingKey: given.externalJobId,
    externalId: given.jobApplicationId,
    source: "linkedin",
    appliedAt: new Date(given.appliedAt ?? 0),
    candidate: personOf({
      ...{ firstName: contact?.firstNameAnswer?.value, lastName: contact?.lastNameAnswer?.value },
      emails: [contact?.emailAnswer?.value],
      phones: [contact?.cellphoneNumberQuestionAnswer?.nationalNumber],
      links: [told?.resumeQuestionResponses?.resumeQuestionAnswer?.mediaUrl],
    }),
    answers: sets
      .flatMap((set) => set.customQuestionResponses ?? [])
      .map((one) => ({
        question: one.questionIdentifier ?? "",
        answer:
          one.answer?.textAnswerValue?.value ?? one.answer?.multipleChoiceAnswerValue?.symbolicNames?.join(", ") ?? "",
      })),
  };
}

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha256",
    encoding: "hex",
    header: "x-li-signature",
    signed: "hmacsha256={body}",
    orUnicodeEscaped: true,
    secret: { of: "connection", field: "clientSecret" },
  },
  /** LinkedIn asks before the first application, and again every two hours. */
  handshake: {
    when: { query: "challengeCode" },
    verified: false,
    answer: {
      kind: "hmac",
      from: { query: "challengeCode" },
      hash: "sha256",
      encoding: "hex",
      plainAs: "challengeCode",
      signedAs: "challengeResponse",
    },
  },
  routing: { per: "connection" },
  parse(request) {
    const given = readEvent(request, payload, "LinkedIn sent an application");
    const application = toDomain(given);
    const { jobApplicationId: dedupeId, type } = given;
    if (type && type !== "EXPORT_JOB_APPLICATION")
      return ignored({ dedupeId, type, at: application.appliedAt }, `LinkedIn sent “${type}”.`);
    return applicationEvent(dedupeId, application);
  },
};
