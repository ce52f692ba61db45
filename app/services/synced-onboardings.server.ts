import { and, eq, sql } from "drizzle-orm";
import type { EmployerTx } from "#db/client.server.ts";
import { onboarding } from "#db/schema/hiring.ts";
import { localIds } from "./synced-jobs.server.ts";
import { asJson, linkInput, linkOf, pageWriter } from "./synced-page.server.ts";

/**
 * Writes a page of onboardings with their tasks in one statement. One that names an application we hold hangs on it; one
 * that names none, or one we have not copied, is kept all the same: not every hire applied here.
 */
export const upsertSyncedOnboardings = pageWriter("onboardings", async (scope, todo) => {
  const { tx, employerId, connectionId } = scope;
  const applications = await localIds(
    scope,
    "applications",
    todo.map(({ row }) => row.data.applicationExternalId ?? ""),
  );
  const values = todo.map((item) => {
    const { person, status, startsOn, tasks, applicationExternalId } = item.row.data;
    return {
      ...linkOf(item),
      application_id: applications.get(applicationExternalId ?? "") ?? null,
      first_name: person.firstName,
      last_name: person.lastName,
      email: person.email?.trim().toLowerCase() || null,
      ...{ status, tasks, starts_on: startsOn ?? null },
    };
  });
  await tx.execute(sql`
    with input as (
      select * from jsonb_to_recordset(${asJson(values)}) as r(
        external_id text, version text, hash text, local_id uuid, application_id uuid, first_name text, last_name text,
        email text, status text, tasks jsonb, starts_on timestamptz)
    ), links as (${linkInput(scope)})
    insert into onboarding (employer_id, id, connection_id, application_id, first_name, last_name, email, status, tasks,
      starts_on)
    select ${employerId}, local_id, ${connectionId}, application_id, first_name, last_name, email, status, tasks, starts_on
    from input
    on conflict (employer_id, id) do update set
      application_id = excluded.application_id, first_name = excluded.first_name, last_name = excluded.last_name,
      email = excluded.email, status = excluded.status, tasks = excluded.tasks, starts_on = excluded.starts_on,
      updated_at = now()`);
  return { written: todo };
});

/** The onboardings of one application, newest first; ask inside a transaction whose actor was checked. */
export function onboardingsOf(tx: EmployerTx, employerId: string, applicationId: string) {
  return tx
    .select()
    .from(onboarding)
    .where(and(eq(onboarding.employerId, employerId), eq(onboarding.applicationId, applicationId)))
    .orderBy(sql`${onboarding.id} desc`);
}
