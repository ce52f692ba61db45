import { FileText } from "lucide-react";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Icon } from "#app/components/ui/icon.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Timeline, type TimelineEntry } from "#app/components/ui/timeline.tsx";

interface PersonProps {
  person: { emails: readonly string[]; phones: readonly string[]; links: readonly string[]; headline: string | null };
}

const list = (items: readonly string[], href: (item: string) => string) =>
  items.map((item) => (
    <a key={item} className="link mr-3" href={href(item)} rel="noopener nofollow">
      {item}
    </a>
  ));

/** How to reach a person. */
export function PersonCard({ person }: PersonProps) {
  const pairs = [
    ...(person.headline ? [{ label: "Headline", value: person.headline }] : []),
    {
      label: "E-mail",
      value: person.emails.length > 0 ? list(person.emails, (item) => `mailto:${item}`) : "Not given",
    },
    ...(person.phones.length > 0
      ? [{ label: "Phone", value: list(person.phones, (item) => `tel:${item.replace(/[^+\d]/g, "")}`) }]
      : []),
    ...(person.links.length > 0 ? [{ label: "Links", value: list(person.links, (item) => item) }] : []),
  ];
  return (
    <Card labelledBy="person">
      <CardHeader id="person" title="Person" />
      <CardBody>
        <KeyValue pairs={pairs} />
      </CardBody>
    </Card>
  );
}

interface AnswersProps {
  coverLetter: string | null;
  answers: readonly { question: string; answer: string }[];
}

/** What a person wrote with the application. */
export function AnswersCard({ coverLetter, answers }: AnswersProps) {
  if (!coverLetter && answers.length === 0) return null;
  return (
    <Card labelledBy="answers">
      <CardHeader id="answers" title="What they wrote" />
      <CardBody className="grid gap-4">
        {coverLetter && <p className="prose whitespace-pre-line">{coverLetter}</p>}
        {answers.map(({ question, answer }) => (
          <div key={question}>
            <h3>{question}</h3>
            <p className="prose whitespace-pre-line">{answer || "No answer"}</p>
          </div>
        ))}
      </CardBody>
    </Card>
  );
}

interface DocumentsProps {
  documents: readonly {
    id: string;
    fileName: string;
    kind: string;
    bytes: number;
    held: string | null;
    createdAt: Date;
  }[];
}

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** A person's files, to download. */
export function DocumentsCard({ documents }: DocumentsProps) {
  return (
    <Card labelledBy="documents">
      <CardHeader id="documents" title="Documents" beside={<span className="text-muted">{documents.length}</span>} />
      <CardBody>
        {documents.length === 0 && <p className="text-muted">No file came with this application.</p>}
        <ul className="grid gap-2">
          {documents.map((file) => (
            <li key={file.id} className="flex items-center gap-2">
              <Icon icon={FileText} />
              {file.held === null ? (
                <a className="link" href={`/resources/documents/${file.id}`} download={file.fileName}>
                  {file.fileName}
                </a>
              ) : (
                <span>{file.fileName}</span>
              )}
              <span className="text-muted text-xs">
                {file.held === null ? "" : `${file.held}, `}
                {file.kind === "resume" ? "Résumé, " : ""}
                {size(file.bytes)}, <Time at={file.createdAt} show="date" />
              </span>
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}

interface HistoryProps {
  days: readonly { label: string; entries: readonly (Omit<TimelineEntry, "text"> & { who: string; what: string })[] }[];
}

/** What happened to an application, by day. */
export function HistoryCard({ days }: HistoryProps) {
  const shown = days.map((day) => ({
    label: day.label,
    entries: day.entries.map(({ who, what, ...entry }) => ({
      ...entry,
      text: (
        <>
          <b>{who}</b> {what}
        </>
      ),
    })),
  }));
  return (
    <Card labelledBy="history">
      <CardHeader id="history" title="What happened" />
      <CardBody>
        {days.length === 0 ? (
          <p className="text-muted">Nothing yet. Moves, interviews and messages appear here.</p>
        ) : (
          <Timeline days={shown} />
        )}
      </CardBody>
    </Card>
  );
}
