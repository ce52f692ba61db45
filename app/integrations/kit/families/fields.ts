import type { ConfigField } from "../../contract/manifest.ts";

/** What a mail address in a form must look like. */
export const mailPattern = { source: "[^@\\s]+@[^@\\s]+\\.[^@\\s]+", message: "Enter a mail address." } as const;

/** Client id and secret of a sign-in by client credentials, with where to find each, for one choice of the form. */
export const clientFields = <const When extends { field: string; is: string }>(
  when: When,
  help: { id: string; secret: string },
) =>
  [
    { key: "clientId", label: "Client id", help: help.id, kind: "text", when, maxLength: 200 },
    { key: "clientSecret", label: "Client secret", help: help.secret, kind: "secret", when, maxLength: 500 },
  ] as const satisfies readonly ConfigField[];
