import { defineAdapter } from "../../contract/adapter.ts";
import { caldav } from "../../kit/caldav.server.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(
  manifest,
  caldav(manifest.auth, {
    contextPaths: ["/"],
    /** Apple adds properties of its own: the etag of its answer, if any, is outdated at once. */
    etagAfterWrite: "reread",
    deletedUids: "free",
    asksFreeBusy: false,
  }),
);
