import { data, type HeadersFunction, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { OpenJobs } from "#app/components/careers/open-jobs.tsx";
import { ownUrl } from "#app/platform/caller.server.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { careerSite, openJobs } from "#app/services/careers.server.ts";
import { idOf } from "#app/services/search-text.ts";

export const headers: HeadersFunction = ({ loaderHeaders }) => loaderHeaders;

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) =>
  loaded
    ? [
        { title: `Jobs at ${loaded.site.name}` },
        {
          name: "description",
          content: `${loaded.found.total} open jobs at ${loaded.site.name}. Read and apply here.`,
        },
        { tagName: "link", rel: "canonical", href: loaded.canonical },
      ]
    : [];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const query = new URL(request.url).searchParams;
  const text = (name: string) => (query.get(name) ?? "").slice(0, 200);
  const search = { q: text("q"), department: text("department"), place: text("place"), src: text("src") };
  const site = await orRefuse(() => careerSite(params.employer ?? ""));
  const after = idOf(query.get("after"));
  const found = await openJobs(site, { ...search, ...(after ? { after } : {}) });
  const canonical = `${ownUrl(request)}/careers/${site.slug}`;
  const body = { site: { name: site.name, slug: site.slug, about: site.about }, found, search, canonical };
  return data(body, { headers: { "cache-control": "private, max-age=60" } });
}

export default function CareerIndex() {
  const { site, found, search } = useLoaderData<typeof loader>();
  return (
    <>
      <h1>Jobs at {site.name}</h1>
      {site.about && <p className="mt-2 max-w-[76ch] text-muted">{site.about}</p>}
      <div className="mt-5">
        <OpenJobs site={site} found={found} search={search} />
      </div>
    </>
  );
}
