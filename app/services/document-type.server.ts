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

/** The kind of a document by its first bytes; null when it is none that we take. */
export function sniffDocument(bytes: Uint8Array): DocumentType | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString("latin1");
  if (head.includes("%PDF-")) return TYPES.pdf;
  if (head.startsWith("{\\rtf")) return TYPES.rtf;
  if (head.startsWith("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return TYPES.doc;
  if (head.startsWith("PK\x03\x04")) return sniffZip(bytes, head);
  return isPlainText(bytes) ? TYPES.txt : null;
}

/** OpenDocument names itself in the first entry; Word is known by the folder of its parts in the zip's directory. */
function sniffZip(bytes: Uint8Array, head: string): DocumentType | null {
  if (head.includes("mimetypeapplication/vnd.oasis.opendocument.text")) return TYPES.odt;
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.includes("[Content_Types].xml") && all.includes("word/document.xml") && !all.includes("vbaProject.bin")) {
    return TYPES.docx;
  }
  return null;
}

/** UTF-8 without control characters, and not a web page or a script in disguise. */
function isPlainText(bytes: Uint8Array): boolean {
  if (bytes.byteLength === 0) return false;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // Tab, line feed and carriage return are the only controls that text has.
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 32 && code !== 9 && code !== 10 && code !== 13) return false;
    }
    return !/^\s*(<!doctype|<html|<script|<\?xml|<svg|#!)/i.test(text);
  } catch {
    return false;
  }
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
