import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { env, setEnvironment } from "#app/platform/env.server.ts";
import { addMember, createEmployer, createPerson } from "#app/services/employers.server.ts";
import { createSignInLink } from "#app/services/sign-in.server.ts";
import { closeDatabase, withSystem } from "#db/client.server.ts";
import { startEmbeddedPostgres } from "#db/embedded.server.ts";
import { user } from "#db/schema/people.ts";
import { explain } from "./process.server.ts";

const usage =
  'npm run sign-in-link -- ada@example.com [--name "Ada Lovelace" --employer "Analytical Engines"] [--origin https://…]';

/**
 * Prints a one-time sign-in link. With a name and an employer the person is made first: on an instance without people as
 * its administrator, which is how a new deployment gets its first owner.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: "string" },
      employer: { type: "string" },
      origin: { type: "string" },
      quiet: { type: "boolean" },
    },
  });
  const [email] = positionals;
  if (email === undefined) throw new Error(usage);
  const database =
    env().DATABASE_URL === undefined ? await startEmbeddedPostgres(resolve(env().PATCHBAY_STATE)) : undefined;
  if (database) setEnvironment({ DATABASE_URL: database.appUrl });
  try {
    if (values.name !== undefined && values.employer !== undefined)
      await makeOwner(email, values.name, values.employer);
    const link = await createSignInLink(email, values.origin);
    if (link !== null) console.log(`Sign in as ${email} (once, within 15 minutes): ${link}`);
    else if (!values.quiet) throw new Error(`Nobody here has the address ${email}. To make the first owner: ${usage}`);
  } finally {
    await closeDatabase();
    await database?.stop();
  }
}

async function makeOwner(email: string, name: string, employerName: string): Promise<void> {
  const people = await withSystem((tx) => tx.$count(user));
  const { id: userId } = await createPerson({ email, name, instanceAdmin: people === 0 });
  const employer = await createEmployer({ name: employerName });
  await withSystem((tx) => addMember(tx, employer.id, userId, "owner"));
}

await main().catch(explain);
