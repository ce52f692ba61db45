import { Form } from "@remix-run/react";
import { roleWords } from "#app/components/shell/shell-data.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Select } from "#app/components/ui/input.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { Role } from "#app/platform/permissions.ts";

interface MemberRow {
  id: string;
  userId: string;
  name: string;
  email: string;
  role: Role;
  twoFactor: boolean;
  since: Date;
}

export const roleOptions = (["owner", "admin", "recruiter", "viewer"] as const).map((value) => ({
  value,
  label: roleWords[value],
}));

/** The team; who may manage it changes roles and takes people out, each by a form of its own. */
export function MembersTable({
  members,
  mayManage,
  ownId,
}: {
  members: readonly MemberRow[];
  mayManage: boolean;
  ownId: string;
}) {
  return (
    <Table
      labelledBy="members"
      rows={members}
      rowKey={(row) => row.id}
      empty="Nobody yet."
      columns={[
        {
          head: "Name",
          cell: (row) => (
            <>
              {row.name}
              {row.userId === ownId && " (you)"}
            </>
          ),
        },
        { head: "Mail address", cell: (row) => row.email },
        { head: "Two-factor", cell: (row) => (row.twoFactor ? "On" : "Off") },
        { head: "Since", cell: (row) => <Time at={row.since} show="date" /> },
        { head: "Role", cell: (row) => (mayManage ? <RoleForm row={row} /> : roleWords[row.role]) },
        {
          head: "Actions",
          quiet: true,
          cell: (row) => (mayManage || row.userId === ownId) && <RemoveForm row={row} own={row.userId === ownId} />,
        },
      ]}
    />
  );
}

function RoleForm({ row }: { row: MemberRow }) {
  return (
    <Form method="post" className="flex flex-wrap items-center gap-2">
      <input type="hidden" name="memberId" value={row.id} />
      <Select
        name="role"
        defaultValue={row.role}
        key={row.role}
        options={roleOptions}
        aria-label={`Role of ${row.name}`}
      />
      <Button size="sm" name="intent" value="role" aria-label={`Change the role of ${row.name}`}>
        Change
      </Button>
    </Form>
  );
}

function RemoveForm({ row, own }: { row: MemberRow; own: boolean }) {
  return (
    <RowAction
      field="memberId"
      id={row.id}
      intent="remove"
      variant="ghost"
      aria-label={own ? "Leave this team" : `Remove ${row.name}`}
    >
      {own ? "Leave" : "Remove"}
    </RowAction>
  );
}

interface InvitationRow {
  id: string;
  email: string;
  role: Role;
  expiresAt: Date;
}

/** Invitations that wait for an answer. */
export function InvitationsTable({ invitations }: { invitations: readonly InvitationRow[] }) {
  return (
    <Table
      labelledBy="invitations"
      rows={invitations}
      rowKey={(row) => row.id}
      empty="No invitation waits for an answer."
      columns={[
        { head: "Mail address", cell: (row) => row.email },
        { head: "Role", cell: (row) => roleWords[row.role] },
        { head: "Ends", cell: (row) => <Time at={row.expiresAt} show="date" /> },
        {
          head: "Actions",
          quiet: true,
          cell: (row) => (
            <RowAction
              field="invitationId"
              id={row.id}
              intent="withdraw"
              variant="ghost"
              aria-label={`Withdraw the invitation of ${row.email}`}
            >
              Withdraw
            </RowAction>
          ),
        },
      ]}
    />
  );
}
