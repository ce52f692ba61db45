import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { answerApi } from "#app/services/api/dispatch.server.ts";

/** The REST API: every address under /api that no file of its own answers. */
export const loader = ({ request, context }: LoaderFunctionArgs) => answerApi(request, context.requestId);
export const action = ({ request, context }: ActionFunctionArgs) => answerApi(request, context.requestId);
