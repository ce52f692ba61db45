/**
 * QR codes (ISO/IEC 18004) for short texts: byte mode, error correction M, versions 1 to 10, so up to 213 bytes. That is
 * what an authenticator's address needs; nothing else here draws one.
 */

/** Per version: data codewords, error-correction codewords per block, number of blocks (level M). */
const VERSIONS = [
  { data: 16, ecc: 10, blocks: 1 },
  { data: 28, ecc: 16, blocks: 1 },
  { data: 44, ecc: 26, blocks: 1 },
  { data: 64, ecc: 18, blocks: 2 },
  { data: 86, ecc: 24, blocks: 2 },
  { data: 108, ecc: 16, blocks: 4 },
  { data: 124, ecc: 18, blocks: 4 },
  { data: 154, ecc: 22, blocks: 4 },
  { data: 182, ecc: 22, blocks: 5 },
  { data: 216, ecc: 26, blocks: 5 },
] as const;

/** Centres of the alignment patterns by version. */
const ALIGNMENT = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

type Grid = (boolean | undefined)[][];

/** The dark squares of a text's QR code as an SVG path of unit squares, and the number of squares per side. */
export function qrPath(text: string): { path: string; size: number } {
  const grid = qrSquares(text);
  const rows = grid.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join(""));
  return { path: rows.join(""), size: grid.length };
}

/** The squares, row by row; true is dark. Throws when the text is longer than 213 bytes. */
export function qrSquares(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const index = VERSIONS.findIndex(({ data }, at) => bytes.length + (at < 9 ? 2 : 3) <= data);
  const spec = VERSIONS[index];
  if (!spec) throw new Error("The text is too long for this QR code.");
  const version = index + 1;
  const grid = fixedPatterns(version);
  fill(grid, interleave(dataCodewords(bytes, version, spec.data), spec.ecc, spec.blocks));
  putFormat(grid);
  return grid.map((row) => row.map((dark) => dark === true));
}

function dataCodewords(bytes: Uint8Array, version: number, capacity: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let shift = length - 1; shift >= 0; shift -= 1) bits.push((value >> shift) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let at = 0; at < bits.length; at += 8) words.push(Number.parseInt(bits.slice(at, at + 8).join(""), 2));
  for (let pad = 0xec; words.length < capacity; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Splits into blocks (the shorter first), adds each one's correction, and takes turns over the blocks. */
function interleave(data: number[], ecc: number, count: number): number[] {
  const short = Math.floor(data.length / count);
  const longFrom = count - (data.length % count);
  let at = 0;
  const blocks = Array.from({ length: count }, (_, index) => {
    const length = short + (index >= longFrom ? 1 : 0);
    at += length;
    return data.slice(at - length, at);
  });
  const corrections = blocks.map((block) => correction(block, ecc));
  return [...takeTurns(blocks), ...takeTurns(corrections)];
}

function takeTurns(lists: number[][]): number[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, turn) => lists.flatMap((list) => list.slice(turn, turn + 1))).flat();
}

/** Product in GF(256) with the polynomial 0x11d. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product >> 7 ? 0x11d : 0);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** Remainder of the block by the generator polynomial of this degree: Reed-Solomon. */
function correction(block: number[], degree: number): number[] {
  let generator = [1];
  for (let power = 1, n = 0; n < degree; n += 1, power = times(power, 2)) {
    generator = [...generator, 0].map((value, at) => value ^ times(generator[at - 1] ?? 0, power));
  }
  let rest: number[] = Array(degree).fill(0);
  for (const value of block) {
    const factor = value ^ (rest[0] ?? 0);
    rest = [...rest.slice(1), 0].map((word, at) => word ^ times(generator[at + 1] ?? 0, factor));
  }
  return rest;
}

function set(grid: Grid, x: number, y: number, dark: boolean): void {
  const row = grid[y];
  if (row && x >= 0 && x < row.length) row[x] = dark;
}

/** Finders, timing, alignment, version; the places of the format bits are kept free by `false`. */
function fixedPatterns(version: number): Grid {
  const size = 17 + 4 * version;
  const grid: Grid = Array.from({ length: size }, () => Array<boolean | undefined>(size).fill(undefined));
  for (let i = 8; i < size - 8; i += 1) {
    set(grid, 6, i, i % 2 === 0);
    set(grid, i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(grid, cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = ALIGNMENT[version - 1] ?? [];
  const last = centres.length - 1;
  for (const [row, cy] of centres.entries()) {
    for (const [column, cx] of centres.entries()) {
      const inFinder = (row === 0 && (column === 0 || column === last)) || (row === last && column === 0);
      if (inFinder) continue;
      for (let dy = -2; dy <= 2; dy += 1) {
        for (let dx = -2; dx <= 2; dx += 1) set(grid, cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    }
  }
  for (let i = 0; i < 9; i += 1) {
    if (i !== 6) {
      set(grid, 8, i, false);
      set(grid, i, 8, false);
    }
    if (i < 8) {
      set(grid, size - 1 - i, 8, false);
      set(grid, 8, size - 1 - i, false);
    }
  }
  if (version >= 7) {
    const bits = (version << 12) | remainder(version << 12, 0x1f25, 12);
    for (let i = 0; i < 18; i += 1) {
      const dark = ((bits >> i) & 1) === 1;
      set(grid, size - 11 + (i % 3), Math.floor(i / 3), dark);
      set(grid, Math.floor(i / 3), size - 11 + (i % 3), dark);
    }
  }
  return grid;
}

function remainder(value: number, polynomial: number, degree: number): number {
  let rest = value;
  while (rest >= 1 << degree) rest ^= polynomial << (31 - Math.clz32(rest) - degree);
  return rest;
}

/**
 * The codewords in their zigzag over the free squares, under mask 0 (a chess board). The standard lets a reader take any
 * mask; choosing among them only helps with texts that draw large even areas, which a random key does not.
 */
function fill(grid: Grid, codewords: number[]): void {
  const size = grid.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= right === 8 ? 3 : 2) {
    const upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (grid[y]?.[x] !== undefined) continue;
        const dark = (((codewords[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
        set(grid, x, y, dark !== ((x + y) % 2 === 0));
        bit += 1;
      }
    }
  }
}

/** Level M and mask 0, twice, and the one square that is always dark. */
function putFormat(grid: Grid): void {
  const size = grid.length;
  const bits = 0x5412;
  const bit = (at: number) => ((bits >> at) & 1) === 1;
  for (let i = 0; i < 15; i += 1) {
    if (i < 8) set(grid, 8, i < 6 ? i : i + 1, bit(i));
    else set(grid, i === 8 ? 7 : 14 - i, 8, bit(i));
    if (i < 8) set(grid, size - 1 - i, 8, bit(i));
    else set(grid, 8, size - 15 + i, bit(i));
  }
  set(grid, 8, size - 8, true);
}
