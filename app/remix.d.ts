import "@remix-run/node";
import "@remix-run/server-runtime";

/** What the web server hands to every loader and action. */
interface PatchbayLoadContext {
  /** One per response; scripts carry it. */
  nonce: string;
  /** Short name of the request; an error page shows it and the log holds it. */
  requestId: string;
}

declare module "@remix-run/node" {
  interface AppLoadContext extends PatchbayLoadContext {}
}
declare module "@remix-run/server-runtime" {
  interface ServerEntryModule {
    takeWebhook?: typeof import("#app/services/inbound-http.server.ts").takeWebhook;
  }
  interface Future {
    v3_singleFetch: true;
  }
  interface AppLoadContext extends PatchbayLoadContext {}
}
