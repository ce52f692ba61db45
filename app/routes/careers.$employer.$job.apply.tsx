import {
  type ActionFunctionArgs,
  data,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { ApplyForm } from "#app/components/careers/apply-form.tsx";
import { callerAddress } from "#app/platform/caller.server.ts";
import { MalformedForm } from "#app/platform/multipart.server.ts";
import { isRefusal, orExplain, orRefuse } from "#app/platform/respond.server.ts";
import { UploadTooLarge } from "#app/platform/upload.server.ts";
import { applyHere, HONEYPOT, readApplyForm } from "#app/services/apply.server.ts";
import { careerSite, publicJob, takesApplications } from "#app/services/careers.server.ts";
import { ACCEPTED, ACCEPTED_WORDS } from "#app/services/document-type.server.ts";

export const headers: HeadersFunction = ({ actionHeaders, loaderHeaders }) =>
  actionHeaders.has("cache-control") ? actionHeaders : loaderHeaders;

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: loaded ? `Apply: ${loaded.job.title} · ${loaded.site.name}` : "Apply" },
  { name: "robots", content: "noindex" },
];

async function find(params: LoaderFunctionArgs["params"]) {
  const site = await orRefuse(() => careerSite(params.employer ?? ""));
  return { site, job: await orRefuse(() => publicJob(site, params.job ?? "")) };
}

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { site, job } = await find(params);
  const src = (new URL(request.url).searchParams.get("src") ?? "").slice(0, 200);
  if (!takesApplications(job)) throw redirect(`/careers/${site.slug}/${job.slug}`);
  const body = {
    site: { name: site.name, slug: site.slug },
    job: { title: job.title, slug: job.slug },
    ...{ src, accept: ACCEPTED, acceptWords: ACCEPTED_WORDS, honeypot: HONEYPOT },
  };
  return data(body, { headers: { "cache-control": "no-store" } });
}

const TOO_LARGE = { message: "These files are larger than 25 MB together. Send smaller ones.", fields: {}, values: {} };
const closing = { "cache-control": "no-store", connection: "close" };

export async function action({ request, params }: ActionFunctionArgs) {
  const { site, job } = await find(params);
  const form = await readApplyForm(site, request).catch((error: unknown) => {
    if (error instanceof UploadTooLarge) return null;
    if (error instanceof MalformedForm) throw new Response("This form did not arrive whole.", { status: 400 });
    throw error;
  });
  if (!form) return data(TOO_LARGE, { status: 413, headers: closing });
  const token = String(form.texts.get("src") ?? "").slice(0, 200);
  const sent = await orExplain(() => applyHere(site, job, form, { token, caller: callerAddress(request) }));
  if (!isRefusal(sent)) throw redirect(`/careers/${site.slug}/${job.slug}/thanks`);
  const values = Object.fromEntries([...form.texts].map(([name, value]) => [name, String(value)]));
  return data({ ...sent, values }, { status: 400, headers: { "cache-control": "no-store" } });
}

export default function Apply() {
  const { site, job, ...form } = useLoaderData<typeof loader>();
  const refusal = useActionData<typeof action>() ?? null;
  return (
    <>
      <p>
        <Link className="link" to={`/careers/${site.slug}/${job.slug}${form.src ? `?src=${form.src}` : ""}`}>
          Back to the job
        </Link>
      </p>
      <h1 className="mt-2">Apply: {job.title}</h1>
      <ApplyForm {...form} refusal={refusal} />
    </>
  );
}
