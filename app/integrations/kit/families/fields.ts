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

/** The employer as a board names it. */
export const companyField = (help: string) =>
  ({ key: "companyName", label: "Company", help, kind: "text", maxLength: 200 }) as const satisfies ConfigField;

/** How jobs reach a board that takes them in more than one way; the first way is offered. */
export const wayField = <const Ways extends readonly [{ value: string; label: string }, ...unknown[]]>(
  board: string,
  help: string,
  options: Ways,
) =>
  ({ key: "way", label: `How jobs reach ${board}`, help, kind: "select", initial: options[0].value, options }) as const;
