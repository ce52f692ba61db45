import { defaults } from "../dav/state.ts";
import { davVendor } from "../dav/vendor.ts";

export default davVendor({
  ...defaults,
  id: "caldav",
  name: "CalDAV",
  about: "A calendar server by the standards: discovery, free/busy, sync tokens, invitations that it sends itself.",
  hosts: ["dav.acme.example"],
  start: { field: "server", url: "https://dav.acme.example/" },
  wellKnown: "/dav/",
  roots: ["/dav/"],
  principal: "/dav/principals/{key}/",
  home: "/dav/calendars/{key}/",
  tokenPrefix: "https://dav.acme.example/ns/sync/",
});
