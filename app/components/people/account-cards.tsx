import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { errorsFor, type RefusalShown } from "./refusal-note.tsx";

interface Refused {
  refusal: RefusalShown | null;
}

/** Change the password, or set the first one. */
export function PasswordCard({ hasPassword, refusal }: Refused & { hasPassword: boolean }) {
  return (
    <Card labelledBy="password-title">
      <CardHeader id="password-title" title="Password" />
      <CardBody>
        <Form method="post" className="grid max-w-sm gap-4">
          {hasPassword && (
            <TextField
              label="Present password"
              id="current"
              name="current"
              type="password"
              autoComplete="current-password"
              required
              errors={errorsFor(refusal, "current")}
            />
          )}
          <TextField
            label="New password"
            hint="At least 10 characters. All other sessions end."
            id="next"
            name="next"
            type="password"
            autoComplete="new-password"
            required
            errors={errorsFor(refusal, "next")}
          />
          <div>
            <Button name="intent" value="password">
              {hasPassword ? "Change password" : "Set password"}
            </Button>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

export interface SetupShown {
  uri: string;
  key: string;
  /** The address as a picture: the path of its dark squares, and how many squares a side has. */
  qr: { path: string; size: number };
  backupCodes: readonly string[];
}

interface TwoFactorCardProps extends Refused {
  enabled: boolean;
  hasPassword: boolean;
  /** Just begun: shown this once. */
  setup: SetupShown | null;
  /** A code was tried and did not fit. */
  confirming: boolean;
}

/** The second step: begin, confirm by a code, end. */
export function TwoFactorCard({ enabled, hasPassword, setup, confirming, refusal }: TwoFactorCardProps) {
  return (
    <Card labelledBy="two-factor-title">
      <CardHeader
        id="two-factor-title"
        title="Two-factor"
        beside={<span className="text-muted">{enabled ? "On" : "Off"}</span>}
      />
      <CardBody>
        {!hasPassword && <p>Set a password first; two-factor is asked for together with it.</p>}
        {setup && <Setup setup={setup} />}
        {(setup || confirming) && <ConfirmForm refusal={refusal} />}
        {hasPassword && !setup && !confirming && <SwitchForm enabled={enabled} refusal={refusal} />}
      </CardBody>
    </Card>
  );
}

function Setup({ setup }: { setup: SetupShown }) {
  return (
    <div className="mb-4 grid gap-4">
      <p>
        Scan this with your authenticator, or{" "}
        <a className="link" href={setup.uri}>
          open it in one on this device
        </a>
        .
      </p>
      <svg
        viewBox={`-4 -4 ${setup.qr.size + 8} ${setup.qr.size + 8}`}
        className="size-48 rounded-md bg-white"
        role="img"
        aria-label="QR code with the key below"
        shapeRendering="crispEdges"
      >
        <path d={setup.qr.path} fill="#000" />
      </svg>
      <CodeBlock label="Key" code={setup.key.replaceAll(/(.{4})(?=.)/g, "$1 ")} />
      <Note tone="warn">
        Keep these backup codes where you keep important papers. Each replaces one code, once, and they are not shown
        again.
      </Note>
      <CodeBlock label="Backup codes" code={setup.backupCodes.join("\n")} />
    </div>
  );
}

function ConfirmForm({ refusal }: Refused) {
  return (
    <Form method="post" className="grid max-w-sm gap-4">
      <TextField
        label="Code of the authenticator"
        hint="Two-factor is on once a code fits."
        id="code"
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        errors={errorsFor(refusal, "code")}
      />
      <div>
        <Button variant="primary" name="intent" value="two-factor-confirm">
          Switch on
        </Button>
      </div>
    </Form>
  );
}

function SwitchForm({ enabled, refusal }: Refused & { enabled: boolean }) {
  return (
    <Form method="post" className="grid max-w-sm gap-4">
      <TextField
        label="Your password"
        id="password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        errors={errorsFor(refusal, "password")}
      />
      <div>
        <Button name="intent" value={enabled ? "two-factor-end" : "two-factor-begin"}>
          {enabled ? "Switch off" : "Set up"}
        </Button>
      </div>
    </Form>
  );
}

interface SessionRow {
  id: string;
  current: boolean;
  since: Date;
  ipAddress: string | null;
  userAgent: string | null;
}

/** Where the person is signed in. */
export function SessionsCard({ sessions }: { sessions: readonly SessionRow[] }) {
  return (
    <Card labelledBy="sessions-title">
      <CardHeader id="sessions-title" title="Signed in at" />
      <Table
        labelledBy="sessions-title"
        rows={sessions}
        rowKey={(row) => row.id}
        empty="Nowhere."
        columns={[
          {
            head: "Browser",
            cell: (row) => (
              <>
                {row.userAgent?.slice(0, 80) || "Unknown"}
                {row.current && " (this one)"}
              </>
            ),
          },
          { head: "Address", cell: (row) => row.ipAddress || "Unknown" },
          { head: "Since", cell: (row) => <Time at={row.since} /> },
          {
            head: "Actions",
            quiet: true,
            cell: (row) =>
              !row.current && (
                <RowAction field="sessionId" id={row.id} intent="end-session" variant="ghost">
                  End
                </RowAction>
              ),
          },
        ]}
      />
    </Card>
  );
}
