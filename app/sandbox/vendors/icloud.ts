import { defaults } from "../dav/state.ts";
import { davVendor } from "../dav/vendor.ts";

export default davVendor({
  ...defaults,
  id: "icloud",
  name: "iCloud Calendar",
  about: "Apple's calendars: the home is on a numbered host, stored events are changed, no free/busy report.",
  hosts: ["caldav.icloud.com", "*.icloud.com"],
  start: { field: null, url: "https://caldav.icloud.com/" },
  wellKnown: null,
  roots: ["/"],
  principal: "/{key}/principal/",
  home: "/{key}/calendars/",
  homeHost: "p52-caldav.icloud.com",
  keys: "number",
  tokenPrefix: "HwoQEgwAAHZ1cAAB",
  deadToken: { status: 410, element: false },
  etagOnPut: "never",
  adds: "X-APPLE-CREATOR-IDENTITY:com.apple.calendar",
  freeBusyReport: false,
  extraCollections: [{ id: "holidays", name: "Holidays", kind: "subscribed" }],
});
