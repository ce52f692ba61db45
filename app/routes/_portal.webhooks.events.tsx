import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { EventCard } from "#app/components/webhooks/event-card.tsx";
import { eventDefinition, eventJsonSchema, eventTypes } from "#app/services/event-catalog.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Event catalogue · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  await requireVisitor(request, "webhooks:read");
  const events = eventTypes().map((type) => {
    const { summary, version, sample } = eventDefinition(type);
    return {
      ...{ type, summary, version },
      sample: JSON.stringify(sample, null, 2),
      schema: JSON.stringify(eventJsonSchema(type), null, 2),
    };
  });
  return { events };
}

export default function EventCatalogue() {
  const { events } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHead
        title="Event catalogue"
        sentence={`${events.length} events. Each only ever gains fields; a new meaning is a new event.`}
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Event catalogue" }]}
      />
      <div className="grid gap-4">
        {events.map((event) => (
          <EventCard key={event.type} event={event} />
        ))}
      </div>
    </>
  );
}
