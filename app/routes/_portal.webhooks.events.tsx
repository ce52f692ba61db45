import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Section } from "#app/components/ui/card.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { EventCard } from "#app/components/webhooks/event-card.tsx";
import { eventGroups } from "#app/services/event-page.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Event catalogue · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  await requireVisitor(request, "webhooks:read");
  return { groups: eventGroups() };
}

export default function EventCatalogue() {
  const { groups } = useLoaderData<typeof loader>();
  const count = groups.reduce((sum, { events }) => sum + events.length, 0);
  return (
    <>
      <PageHead
        title="Event catalogue"
        sentence={`${count} events. Each only ever gains fields, and its version counts them; a new meaning is a new event.`}
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Event catalogue" }]}
      />
      <nav aria-label="Events" className="chips mb-4">
        {groups.map(({ subject, title, events }) => (
          <a key={subject} href={`#events-${subject}`}>
            {title}
            <span className="n">{events.length}</span>
          </a>
        ))}
      </nav>
      {groups.map(({ subject, title, events }) => (
        <Section key={subject} id={`events-${subject}`} title={title} count={events.length}>
          <div className="grid gap-4">
            {events.map((event) => (
              <EventCard key={event.type} event={event} />
            ))}
          </div>
        </Section>
      ))}
    </>
  );
}
