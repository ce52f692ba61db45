import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { type MetaFunction, Outlet, useLoaderData, useLocation } from "@remix-run/react";
import { ConnectionButtons, ConnectionMore } from "#app/components/connections/connection-actions.tsx";
import { tabsOf } from "#app/components/connections/connection-tabs.ts";
import { categoryWords, wordOf } from "#app/components/connections/words.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Tabs } from "#app/components/ui/tabs.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { connectionHead } from "#app/services/connection-page.server.ts";
import { steerConnection } from "#app/services/connection-steer.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.label ?? "Connection"} · Patchbay` }];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  return orRefuse(() => connectionHead(actor, params.id ?? ""));
}

/** Test, pause and resume, from any tab. */
export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  const form = await request.formData();
  const said = await orExplain(() => steerConnection(actor, id, String(form.get("intent") ?? "")));
  const flash = isRefusal(said) ? { tone: "bad" as const, title: said.message.slice(0, 300) } : said;
  return redirectWithMessage(`/integrations/${id}`, flash);
}

export default function ConnectionPage() {
  const head = useLoaderData<typeof loader>();
  const { pathname } = useLocation();
  const { vendor } = head;
  const word = wordOf({ state: head.state, stateReason: head.stateReason, signIn: head.signIn !== "none" });
  const facts = [
    categoryWords[vendor.category] ?? vendor.category,
    head.environment === "sandbox" ? "Sandbox" : null,
    head.accountName ? `account “${head.accountName}”` : null,
  ];
  return (
    <>
      <PageHead
        title={head.label}
        tile={<Tile name={vendor.name} logo={vendor.vendorId} color={vendor.color} size="lg" />}
        state={<StateLabel state={word} pill />}
        sentence={facts.filter(Boolean).join(" · ")}
        crumbs={[{ to: "/integrations", label: "Integrations" }, { label: head.label }]}
        buttons={<ConnectionButtons connection={head} />}
        more={<ConnectionMore connection={head} />}
      />
      <Tabs label={head.label} tabs={tabsOf(head.id, head.capabilities, pathname)} />
      <section aria-labelledby="how-it-stands" className="words my-4">
        <h2 id="how-it-stands" className="sr-only">
          How it stands
        </h2>
        <p>{head.sentence}</p>
      </section>
      <Outlet />
    </>
  );
}
