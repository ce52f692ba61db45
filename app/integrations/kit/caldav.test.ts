import { describe, expect, it } from "vitest";
import { classifyDav, resolveHref } from "./caldav-http.server.ts";
import { parseMultistatus, parseXml, preconditions } from "./caldav-xml.server.ts";

describe("XML", () => {
  it("is read by full names, whatever prefixes the server chose", () => {
    const same = [
      '<multistatus xmlns="DAV:"><response><href>/a</href><status>HTTP/1.1 404 Not Found</status></response></multistatus>',
      '<x:multistatus xmlns:x="DAV:"><x:response><x:href>/a</x:href><x:status>HTTP/1.1 404 Gone</x:status></x:response></x:multistatus>',
    ];
    for (const text of same)
      expect(parseMultistatus(text).responses.map(({ href, status }) => [href, status])).toEqual([["/a", 404]]);
  });
  it("keeps text as it came: no numbers, CDATA and character references undone", () => {
    const root = parseXml("<a><t>0041</t><c><![CDATA[x<y]]></c><d>1&#13;\n2&amp;</d></a>");
    expect(root.children.map(({ text }) => text)).toEqual(["0041", "x<y", "1\r\n2&"]);
  });
  it.each(["<a><b>", "not xml", "", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])(
    "that is broken or brings entities is refused: %s",
    (text) => {
      expect(() => parseXml(text)).toThrow("cut or no XML");
    },
  );
  it("names several links under one status, and properties only where they were found", () => {
    const { responses, syncToken } = parseMultistatus(
      `<multistatus xmlns="DAV:"><response><href>/a</href><href>/b</href><status>HTTP/1.1 403 No</status></response>
       <response><href>/c</href><propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>
       <propstat><prop><displayname/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
       <sync-token>41</sync-token></multistatus>`,
    );
    expect(responses.map(({ href, status, props }) => [href, status, [...props.keys()]])).toEqual([
      ["/a", 403, []],
      ["/b", 403, []],
      ["/c", null, ["{DAV:}getetag"]],
    ]);
    expect(syncToken).toBe("41");
  });
});

describe("a link", () => {
  const base = "https://dav.example.com:8443/dav/rosa%40acme.example/";
  it.each([
    ["/dav/rosa@acme.example/a b.ics", "https://dav.example.com:8443/dav/rosa%40acme.example/a%20b.ics"],
    ["/dav/rosa%40acme.example/a%20b.ics", "https://dav.example.com:8443/dav/rosa%40acme.example/a%20b.ics"],
    ["c.ics", "https://dav.example.com:8443/dav/rosa%40acme.example/c.ics"],
    ["https://p52.example.com:443/x/", "https://p52.example.com/x/"],
    ["http://dav.example.com/dav/x/", "https://dav.example.com:8443/dav/x/"],
    ["https://rosa:secret@dav.example.com/x#y", "https://dav.example.com/x"],
    ["/a%2Fb/", "https://dav.example.com:8443/a%2Fb/"],
  ])("%s has one spelling", (href, expected) => expect(resolveHref(href, base)).toBe(expected));
  it("to another host does not lose its http, so that it is refused", () =>
    expect(resolveHref("http://elsewhere.example/x", base)).toBe("http://elsewhere.example/x"));
});

describe("an error body", () => {
  const error = (inner: string) =>
    `<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:error>`;
  it.each([
    [403, "<d:valid-sync-token/>", "cursor-expired"],
    [409, "<d:valid-sync-token/>", "cursor-expired"],
    [403, "<c:valid-calendar-data/>", "validation"],
    [403, "<c:max-attendees-per-instance/>", "validation"],
    [403, "<d:need-privileges/>", null],
    [403, "<c:unique-scheduling-object-resource><d:href>/x</d:href></c:unique-scheduling-object-resource>", "conflict"],
    [401, "<d:valid-sync-token/>", null],
  ] as const)("%i %s is %s", (status, inner, kind) => expect(classifyDav({ status, text: error(inner) })).toBe(kind));
  it("that is a web page says nothing", () => {
    expect(preconditions("<!doctype html><h1>error</h1>").size).toBe(0);
    expect(classifyDav({ status: 423, text: "" })).toBe("unavailable");
  });
  it("names where the uid is already", () =>
    expect(
      preconditions(error("<c:no-uid-conflict><d:href>/cal/x.ics</d:href></c:no-uid-conflict>")).get("no-uid-conflict"),
    ).toBe("/cal/x.ics"));
});
