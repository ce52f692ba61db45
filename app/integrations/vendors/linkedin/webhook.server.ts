import { z } from "zod";
import type { Webhook } from "../../contract/capabilities.ts";
import type { InboundApplication } from "../../contract/domain.ts";
import { applicationEvent, ignored, readEvent } from "../../kit/events.server.ts";
import { listAt, textAt } from "../../kit/paths.ts";
import { personOf } from "../../kit/people.ts";
import { anyId, epochMs, text } from "../../kit/shapes.ts";

/**
 * The names of what a person answered come from other integrations, not from LinkedIn's own pages: everything but the id
 * and the job may be absent, and is read by its path.
 */
const payload = z.object({
  type: text,
  jobApplicationId: z.string(),
  externalJobId: anyId,
  appliedAt: epochMs.nullish(),
  questionResponses: z.unknown().optional(),
});

/** The employer's own questions, in sets. */
function answersOf(told: unknown): InboundApplication["answers"] {
  const sets = listAt(told, "additionalQuestionResponses.customQuestionSetResponses");
  return sets
    .flatMap((set) => listAt(set, "customQuestionResponses"))
    .map((one) => ({
      question: textAt(one, "questionIdentifier") ?? "",
      answer:
        textAt(one, "answer.textAnswerValue.value") ??
        listAt(one, "answer.multipleChoiceAnswerValue.symbolicNames").join(", "),
    }));
}

function toDomain({ questionResponses: told, ...given }: z.output<typeof payload>): InboundApplication {
  const contact = (path: string) => textAt(told, `contactInformationQuestionResponses.${path}`);
  return {
    postingKey: given.externalJobId,
    externalId: given.jobApplicationId,
    source: "linkedin",
    appliedAt: given.appliedAt ?? new Date(0),
    candidate: personOf({
      firstName: contact("firstNameAnswer.value"),
      lastName: contact("lastNameAnswer.value"),
      emails: [contact("emailAnswer.value")],
      phones: [contact("cellphoneNumberQuestionAnswer.nationalNumber")],
      links: [textAt(told, "resumeQuestionResponses.resumeQuestionAnswer.mediaUrl")],
    }),
    answers: answersOf(told),
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
