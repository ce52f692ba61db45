import type postgres from "postgres";

/**
 * Lets the app login read and write what the owner made and will make in `public`. Partitions are the exception: read by
 * their own name they escape the parent's policy, so every right on them is taken back. Run before the migrations (for
 * what they make, by default privileges) and again by `grantWorker` after them.
 */
export async function grantTables(owner: postgres.Sql, app: string): Promise<void> {
  await owner`select set_config('patchbay.app_role', ${app}, false)`;
  await owner.unsafe(`do $$
    declare app text := current_setting('patchbay.app_role');
    begin
      execute format('grant usage on schema public to %I', app);
      execute format('alter default privileges in schema public grant select, insert, update, delete on tables to %I', app);
      execute format('alter default privileges in schema public grant usage, select on sequences to %I', app);
      if exists (select from pg_roles where rolname = current_setting('patchbay.search_role', true) and rolname <> '') then
        execute format('alter default privileges in schema public grant select on tables to %I', current_setting('patchbay.search_role'));
      end if;
    end $$`);
}

/**
 * After the migrations: lets the app login use graphile-worker's schema, whose tables carry row-level security without a
 * policy, and closes partitions. Loops over the catalogue because new versions bring new tables.
 */
export async function grantWorker(owner: postgres.Sql, app: string): Promise<void> {
  await owner`select set_config('patchbay.app_role', ${app}, false)`;
  await owner.unsafe(`do $$
    declare
      app text := current_setting('patchbay.app_role');
      item record;
    begin
      execute format('grant usage on schema graphile_worker to %I', app);
      execute format('grant select, insert, update, delete on all tables in schema graphile_worker to %I', app);
      execute format('grant usage, select on all sequences in schema graphile_worker to %I', app);
      execute format('grant execute on all functions in schema graphile_worker to %I', app);
      for item in
        select c.oid, c.oid::regclass as name from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
      loop
        if not exists (select from pg_policy where polrelid = item.oid and polname = 'patchbay_app') then
          execute format('create policy patchbay_app on %s as permissive for all to %I using (true) with check (true)', item.name, app);
        end if;
      end loop;
      for item in
        select c.oid::regclass as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relispartition and c.relkind in ('r', 'p')
      loop
        execute format('revoke all on %s from %I', item.name, app);
      end loop;
    end $$`);
}

/**
 * After the migrations, whoever is the app login: makes the tenant policy bind the owner too, which drizzle-kit cannot
 * say, and hands the security definer functions named `search_…` to the search role where there is one, because row-level
 * security keeps their indexes out of reach of everyone else.
 */
export async function bindTenantTables(owner: postgres.Sql): Promise<void> {
  await owner.unsafe(`do $$
    declare item record;
    begin
      for item in
        select c.oid::regclass as name from pg_class c join pg_policy p on p.polrelid = c.oid and p.polname = 'tenant'
        where c.relnamespace = 'public'::regnamespace and not (c.relrowsecurity and c.relforcerowsecurity)
          and c.relowner = current_user::regrole
      loop
        execute format('alter table %s enable row level security, force row level security', item.name);
      end loop;
      if coalesce(current_setting('patchbay.search_role', true), '') <> '' then
        for item in
          select p.oid::regprocedure as name from pg_proc p
          where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.proname like 'search\\_%'
            and p.proowner = current_user::regrole
        loop
          execute format('alter function %s owner to %I', item.name, current_setting('patchbay.search_role'));
        end loop;
      end if;
    end $$`);
}
