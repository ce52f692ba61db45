import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { createRequestHandler, type RequestHandler } from "@remix-run/express";
import type { AppLoadContext, ServerBuild } from "@remix-run/node";
import compression from "compression";
import express, { type Express } from "express";
import { manifestOf } from "#app/integrations/catalog.ts";
import { noteCaller } from "#app/platform/caller.server.ts";
import { problem } from "#app/platform/respond.server.ts";

const YEAR = "1y";

/** What each request brings to its loaders and actions. */
export function loadContext(): AppLoadContext {
  return { nonce: randomBytes(18).toString("base64"), requestId: requestId() };
}

/** Seven letters and digits that cannot be misread, in two parts: "7F2-K9QW". */
function requestId(): string {
  const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  const letters = [...randomBytes(7)].map((byte) => alphabet.charAt(byte % alphabet.length)).join("");
  return `${letters.slice(0, 3)}-${letters.slice(3)}`;
}

function remix(build: ServerBuild | (() => Promise<ServerBuild>), mode: string): RequestHandler {
  return createRequestHandler({ build, mode, getLoadContext: loadContext });
}

/** Why nothing can live at an address, or null. */
function flawOf(url: string): string | null {
  // No text in Postgres can hold NUL, so that such an address names nothing and no search could be asked for it.
  if (url.includes("%00")) return "This address holds a NUL.";
  try {
    decodeURIComponent(url.split("?")[0] ?? "");
    return null;
  } catch {
    return "This address has a percent sign that encodes no character.";
  }
}

/** The app without its pages: what production and development share. */
export function bareApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use((request, _response, next) => {
    noteCaller(request);
    next();
  });
  app.use(async (request, response, next) => {
    const flaw = flawOf(request.url);
    if (flaw === null) return next();
    const isApi = request.url.startsWith("/api/");
    const body = isApi ? await problem(400, "Not an address", flaw).text() : `${flaw}\n`;
    response
      .status(400)
      .type(isApi ? "application/problem+json" : "text/plain")
      .send(body);
  });
  app.get("/healthz", (_request, response) => {
    response.set("cache-control", "no-store").type("text/plain").send("ok\n");
  });
  return app;
}

/**
 * Hands requests at vendors' addresses to the build's own function before anything else looks at them. The pages about
 * webhooks share the first part of the address: whatever names no vendor goes on to them.
 */
export function takeWebhooks(app: Express, { entry }: ServerBuild): void {
  const { takeWebhook } = entry.module;
  if (!takeWebhook) return;
  app.all("/webhooks/:vendor/:token?", (request, response, next) => {
    const { vendor: vendorId = "", token = null } = request.params;
    if (!manifestOf(vendorId)) return next();
    takeWebhook(request, response, { vendorId, token, url: request.originalUrl }).catch(next);
  });
}

/** The production app: built assets for a year, other public files for an hour, everything else to Remix. */
export function productionApp(build: ServerBuild, clientFolder: string): Express {
  const app = bareApp();
  takeWebhooks(app, build);
  app.use(compression());
  app.use("/assets", express.static(`${clientFolder}/assets`, { immutable: true, maxAge: YEAR, fallthrough: false }));
  app.use("/fonts", express.static(`${clientFolder}/fonts`, { immutable: true, maxAge: YEAR }));
  app.use(express.static(clientFolder, { maxAge: "1h" }));
  app.all("*", remix(build, "production"));
  return app;
}

/** The development app's last handler: the build is asked for anew on each request. */
export function developmentHandler(load: () => Promise<ServerBuild>): RequestHandler {
  return remix(load, "development");
}

/** Starts listening and answers with the port, which is the chosen one when 0 was asked for. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

/**
 * Lets running requests end, for at most `grace` milliseconds, then cuts what is left (event streams never end by
 * themselves).
 */
export function drain(server: Server, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), grace);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
