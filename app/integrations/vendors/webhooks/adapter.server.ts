import { defineAdapter } from "../../contract/adapter.ts";
import { manifest } from "./manifest.ts";

export default defineAdapter(manifest, {
  /** Nothing is called: endpoints are tested one by one, by a test event from their own page. */
  async test() {
    return { id: "webhooks", name: "Your own systems" };
  },
});
