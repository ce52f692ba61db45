/** What a candidate may send. The bytes decide; the name and the declared type are only claims. */
export interface DocumentType {
  contentType: string;
  extension: string;
}

const TYPES = {
  pdf: { contentType: "application/pdf", extension: "pdf" },
  doc: { contentType: "application/msword", extension: "doc" },
  docx: {
    contentType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extension: "docx",
  },
  odt: { contentType: "application/vnd.oasis.opendocument.text", extension: "odt" },
  rtf: { contentType: "application/rtf", extension: "rtf" },
  txt: { contentType: "text/plain", extension: "txt" },
} as const satisfies Record<string, DocumentType>;

/** For the `accept` attribute of a file input. */
export const ACCEPTED = Object.values(TYPES)
  .map((type) => `.${type.extension}`)
  .join(",");
export const ACCEPTED_WORDS = "PDF, Word, OpenDocument, RTF or plain text";

/** Looks at a document while it passes by, so that it is judged without being whole in memory. */
export interface Sniffer {
  push(bytes: Uint8Array): void;
  /** The kind by its bytes, after the last of them; null when it is none that we take. */
  verdict(): DocumentType | null;
}

const HEAD = 1024;
/** Where a zip's parts are named; the longest of them and a bit more is kept from one piece to the next. */
const PARTS = { word: "word/document.xml", types: "[Content_Types].xml", macros: "vbaProject.bin" } as const;
const OVERLAP = 32;

export function documentSniffer(): Sniffer {
  let head = "";
  let tail = "";
  const seen = { word: false, types: false, macros: false };
  const text = plainText();
  return {
    push(bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
      if (head.length < HEAD) head = (head + piece).slice(0, HEAD);
      const joined = tail + piece;
      seen.word ||= joined.includes(PARTS.word);
      seen.types ||= joined.includes(PARTS.types);
      seen.macros ||= joined.includes(PARTS.macros);
      tail = joined.slice(-OVERLAP);
      text.push(bytes);
    },
    verdict() {
      if (head.includes("%PDF-")) return TYPES.pdf;
      if (head.startsWith("{\\rtf")) return TYPES.rtf;
      if (head.startsWith("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return TYPES.doc;
      if (head.startsWith("PK\x03\x04")) {
        // OpenDocument names itself in the first entry; Word is known by its parts, and not taken with macros.
        if (head.includes("mimetypeapplication/vnd.oasis.opendocument.text")) return TYPES.odt;
        return seen.types && seen.word && !seen.macros ? TYPES.docx : null;
      }
      return text.holds() ? TYPES.txt : null;
    },
  };
}

/** UTF-8 without control characters, and not a web page or a script in disguise. */
function plainText() {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let opening = "";
  let fine = true;
  const check = (text: string) => {
    // Tab, line feed and carriage return are the only controls that text has.
    for (let index = 0; fine && index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 32 && code !== 9 && code !== 10 && code !== 13) fine = false;
    }
    if (opening.length < 16) opening = (opening + text).trimStart().slice(0, 16);
  };
  const decode = (work: () => string) => {
    if (!fine) return;
    try {
      check(work());
    } catch {
      fine = false;
    }
  };
  return {
    push: (bytes: Uint8Array) => decode(() => decoder.decode(bytes, { stream: true })),
    holds() {
      decode(() => decoder.decode());
      return fine && opening !== "" && !/^(<!doctype|<html|<script|<\?xml|<svg|#!)/i.test(opening);
    },
  };
}

/** A file name that is safe in a header and on any disk: no path, no control characters, the true extension. */
export function safeFileName(name: string, type: DocumentType): string {
  const base = name
    .normalize("NFC")
    .replace(/^.*[/\\]/, "")
    .replace(/[\p{Cc}\p{Cf}"*:<>?|\\/]/gu, "")
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/^\.+/, "")
    .trim()
    .slice(0, 100);
  return `${base === "" ? "document" : base}.${type.extension}`;
}
