import { defaults } from "../dav/state.ts";
import { davVendor } from "../dav/vendor.ts";

export default davVendor({
  ...defaults,
  id: "fastmail",
  name: "Fastmail",
  about: "Calendars on the server family that Fastmail runs: invitations by the server, one uid over all calendars.",
  hosts: ["caldav.fastmail.com", "caldav.messagingengine.com"],
  start: { field: null, url: "https://caldav.fastmail.com/" },
  wellKnown: "/dav/calendars",
  roots: ["/dav/calendars/"],
  principal: "/dav/principals/user/{key}/",
  home: "/dav/calendars/user/{key}/",
  tokenPrefix: "data:,1700000000-",
  uidScope: "account",
  uidConflict: { status: 403, element: "unique-scheduling-object-resource" },
  refusesMethod: true,
});
