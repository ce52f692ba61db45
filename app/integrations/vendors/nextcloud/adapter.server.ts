import { defineAdapter } from "../../contract/adapter.ts";
import { caldav, plainProfile } from "../../kit/caldav.server.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(
  manifest,
  caldav(manifest.auth, {
    ...plainProfile,
    contextPaths: ["remote.php/dav/"],
    /** Collections that Nextcloud makes itself. */
    skip: "^(app-generated--.*|contact_birthdays|trashbin)$",
    /** The trash bin keeps a deleted event's uid. */
    deletedUids: "burnt",
  }),
);
