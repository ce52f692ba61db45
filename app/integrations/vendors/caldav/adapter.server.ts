import { defineAdapter } from "../../contract/adapter.ts";
import { caldav } from "../../kit/caldav.server.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(manifest, caldav(manifest.auth));
