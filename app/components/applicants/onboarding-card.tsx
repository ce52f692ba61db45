import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Time } from "#app/components/ui/time.tsx";

type Status = "open" | "done" | "cancelled";

const words: Readonly<Record<Status, string>> = { open: "Open", done: "Done", cancelled: "Cancelled" };

interface Onboarding {
  id: string;
  status: Status;
  startsOn: Date | null;
  tasks: readonly { externalId: string; name: string; status: Status; dueAt?: string | undefined }[];
}

/** How far a new hire's onboarding is; nothing for people who are not that far. */
export function OnboardingCard({ onboardings }: { onboardings: readonly Onboarding[] }) {
  if (onboardings.length === 0) return null;
  return (
    <Card labelledBy="onboarding">
      <CardHeader id="onboarding" title="Onboarding" />
      <CardBody>
        {onboardings.map((one) => (
          <div key={one.id}>
            <p>
              {words[one.status]}
              {one.startsOn && (
                <>
                  , starts <Time at={one.startsOn} show="date" />
                </>
              )}
            </p>
            <ul className="mt-2 grid gap-1">
              {one.tasks.map((task) => (
                <li key={task.externalId}>
                  {task.name}{" "}
                  <span className="text-muted text-xs">
                    {words[task.status]}
                    {task.status === "open" && task.dueAt ? (
                      <>
                        , due <Time at={new Date(task.dueAt)} show="date" />
                      </>
                    ) : null}
                  </span>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </CardBody>
    </Card>
  );
}
