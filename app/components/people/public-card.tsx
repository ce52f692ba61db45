import type { ReactNode } from "react";
import { PublicShell } from "#app/components/shell/public-shell.tsx";
import { Card, CardBody } from "#app/components/ui/card.tsx";

/** A page before the sign-in: title, one sentence, one card. */
export function PublicCard({
  title,
  sentence,
  children,
}: {
  title: string;
  sentence?: ReactNode;
  children: ReactNode;
}) {
  return (
    <PublicShell>
      <h1>{title}</h1>
      {sentence && <p className="mt-2 text-muted">{sentence}</p>}
      <Card label={title} className="mt-5">
        <CardBody>{children}</CardBody>
      </Card>
    </PublicShell>
  );
}
