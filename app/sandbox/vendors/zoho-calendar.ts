import { defaults } from "../dav/state.ts";
import { davVendor } from "../dav/vendor.ts";

export default davVendor({
  ...defaults,
  id: "zoho-calendar",
  name: "Zoho Calendar",
  about:
    "Zoho's calendars over CalDAV: ctags and no sync tokens, objects named by their uid, deleted uids gone for good.",
  hosts: ["calendar.zoho.com", "calendar.zoho.eu"],
  start: { field: "server", url: "https://calendar.zoho.com/" },
  wellKnown: null,
  roots: ["/caldav/"],
  principal: "/caldav/{key}/user/",
  home: "/caldav/{key}/",
  keys: "number",
  scheduling: false,
  freeBusyReport: false,
  tokenPrefix: null,
  adds: "X-ZOHO-SANDBOX:1",
  burnsUids: true,
  renames: true,
});
