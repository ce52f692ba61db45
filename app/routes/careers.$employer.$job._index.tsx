import { data, type HeadersFunction, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { isbot } from "isbot";
import { CircleMinus } from "lucide-react";
import { JobFacts } from "#app/components/careers/job-facts.tsx";
import { RichText } from "#app/components/jobs/rich-text.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { ownUrl } from "#app/platform/caller.server.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { careerSite, countView, publicJob, shownOf, takesApplications } from "#app/services/careers.server.ts";
import { htmlToText } from "#app/services/rich-text.server.ts";
import { jobPostingData } from "#app/services/structured-data.ts";

export const headers: HeadersFunction = ({ loaderHeaders }) => loaderHeaders;

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => {
  if (!loaded) return [];
  const { job, site, summary, canonical, markup } = loaded;
  return [
    { title: `${job.title} · ${site.name}` },
    { name: "description", content: summary },
    { tagName: "link", rel: "canonical", href: canonical },
    ...(markup ? [{ "script:ld+json": markup }] : []),
    ...(job.open ? [] : [{ name: "robots", content: "noindex" }]),
  ];
};

export async function loader({ request, params }: LoaderFunctionArgs) {
  const site = await orRefuse(() => careerSite(params.employer ?? ""));
  const row = await orRefuse(() => publicJob(site, params.job ?? ""));
  const src = (new URL(request.url).searchParams.get("src") ?? "").slice(0, 200);
  const open = takesApplications(row);
  if (src !== "" && open && !isbot(request.headers.get("user-agent") ?? "")) await countView(site, row.id, src);
  const origin = ownUrl(request);
  const canonical = `${origin}/careers/${site.slug}/${row.slug}`;
  const logo = site.logo ? new URL(site.logo, origin).href : null;
  const body = {
    site: { name: site.name, slug: site.slug },
    job: { ...shownOf(row), open },
    summary: htmlToText(row.descriptionHtml).replace(/\s+/g, " ").slice(0, 155),
    markup: open ? jobPostingData(row, { ...site, logo }, canonical) : null,
    canonical,
    query: src === "" ? "" : `?src=${encodeURIComponent(src)}`,
  };
  const cache = open && src === "" ? "private, max-age=60" : "no-store";
  return data(body, { status: open ? 200 : 410, headers: { "cache-control": cache } });
}

export default function CareerJob() {
  const { site, job, query } = useLoaderData<typeof loader>();
  return (
    <article>
      <h1>{job.title}</h1>
      <JobFacts job={job} />
      {job.open ? (
        <ButtonLink className="mt-5" variant="primary" to={`/careers/${site.slug}/${job.slug}/apply${query}`}>
          Apply for this job
        </ButtonLink>
      ) : (
        <Note tone="idle" icon={CircleMinus} className="mt-5">
          This job no longer takes applications.{" "}
          <Link className="link" to={`/careers/${site.slug}`}>
            See what is open
          </Link>
        </Note>
      )}
      <RichText html={job.descriptionHtml} className="prose mt-6" />
    </article>
  );
}
