import { defaults } from "../dav/state.ts";
import { davVendor } from "../dav/vendor.ts";

export default davVendor({
  ...defaults,
  id: "nextcloud",
  name: "Nextcloud",
  about: "Calendars of a Nextcloud in a folder of its host, without a well-known address, with a trash bin.",
  hosts: ["cloud.acme.example"],
  start: { field: "server", url: "https://cloud.acme.example/nextcloud/" },
  wellKnown: null,
  roots: ["/nextcloud/remote.php/dav/"],
  principal: "/nextcloud/remote.php/dav/principals/users/{key}/",
  home: "/nextcloud/remote.php/dav/calendars/{key}/",
  keys: "name",
  tokenPrefix: "http://sabre.io/ns/sync/",
  burnsUids: true,
  extraCollections: [
    { id: "contact_birthdays", name: "Contact birthdays", kind: "calendar" },
    { id: "app-generated--deck--board-1", name: "Deck: Hiring", kind: "calendar" },
    { id: "holidays", name: "Holidays", kind: "subscribed" },
  ],
});
