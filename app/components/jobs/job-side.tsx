import { Form, Link } from "@remix-run/react";
import { ExternalLink, RotateCcw } from "lucide-react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { SelectField } from "#app/components/ui/field.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { JobState, type JobStatus } from "./job-state.tsx";

interface JobSideProps {
  job: {
    id: string;
    status: JobStatus;
    version: number;
    publishedAt: Date | null;
    closedAt: Date | null;
    closeReason: string | null;
    updatedAt: Date;
  };
  ats: string | null;
  publicPath: string;
  /** Postings by connections that are gone. */
  former: readonly { id: string; state: string; label: string | null; disconnectedAt: Date | null }[];
  manages: boolean;
}

const reasons = [
  { value: "filled", label: "Filled" },
  { value: "withdrawn", label: "Not needed any more" },
];

/** Facts of a job beside its editor, and opening and closing it. */
export function JobSide({ job, ats, publicPath, former, manages }: JobSideProps) {
  const pairs = [
    { label: "Status", value: <JobState status={job.status} /> },
    { label: "From", value: ats ?? "Written here" },
    { label: "Version", value: job.version },
    { label: "Changed", value: <Time at={job.updatedAt} /> },
    ...(job.publishedAt ? [{ label: "Opened", value: <Time at={job.publishedAt} show="date" /> }] : []),
    ...(job.closedAt ? [{ label: "Closed", value: <Time at={job.closedAt} show="date" /> }] : []),
    ...(job.closedAt && job.closeReason ? [{ label: "Why", value: job.closeReason }] : []),
  ];
  return (
    <div className="grid content-start gap-3">
      <Card labelledBy="job-facts">
        <CardHeader id="job-facts" title="This job" />
        <CardBody className="grid gap-4">
          <KeyValue pairs={pairs} />
          <div className="btns">
            {manages && (job.status === "open" || job.status === "draft") && (
              <ButtonLink size="sm" variant="primary" to={`/jobs/${job.id}/publish`}>
                Publish
              </ButtonLink>
            )}
            <ButtonLink size="sm" to={`/applicants?job=${job.id}`}>
              Applicants
            </ButtonLink>
            {job.status === "open" && (
              <ButtonLink size="sm" to={publicPath} icon={ExternalLink} reloadDocument>
                Public page
              </ButtonLink>
            )}
          </div>
        </CardBody>
      </Card>
      {former.length > 0 && (
        <Card labelledBy="job-former">
          <CardHeader id="job-former" title="Disconnected boards" />
          <CardBody>
            <ul className="grid gap-2">
              {former.map((one) => (
                <li key={one.id}>
                  <Link className="link" to={`/jobs/postings/${one.id}`}>
                    {one.label}
                  </Link>
                  <span className="text-muted">
                    , {stateWord("posting", one.state).word.toLowerCase()} when it was disconnected
                  </span>
                </li>
              ))}
            </ul>
          </CardBody>
        </Card>
      )}
      {manages && job.status === "open" && (
        <Card labelledBy="job-close">
          <CardHeader id="job-close" title="Close this job" />
          <CardBody>
            <Form method="post" className="grid gap-3">
              <p className="text-muted">It leaves the career site at once and comes down from every board.</p>
              <SelectField label="Reason" name="reason" options={reasons} />
              <Button name="intent" value="close" variant="danger">
                Close job
              </Button>
            </Form>
          </CardBody>
        </Card>
      )}
      {manages && job.status === "closed" && (
        <Form method="post">
          <Button name="intent" value="reopen" icon={RotateCcw}>
            Open again
          </Button>
        </Form>
      )}
      <p className="text-muted text-xs">
        Every change is in the{" "}
        <Link className="link" to="/activity">
          activity
        </Link>
        .
      </p>
    </div>
  );
}
