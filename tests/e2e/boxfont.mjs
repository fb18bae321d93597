// A font in which every character is the same box, made here byte by byte. With it the layout of a page is the same on every
// machine: what differs between systems is their fonts, and a reference that depends on them would fail everywhere but at home.

const EM = 1000;
/** Half an em wide, as the average of a sans serif; ascent and descent as usual. */
const [WIDTH, ASCENT, DESCENT] = [500, 900, -250];

class Bytes {
  #bytes = [];
  u8(...values) { this.#bytes.push(...values.map((value) => value & 255)); return this; }
  u16(...values) { for (const value of values) this.u8(value >> 8, value); return this; }
  u32(...values) { for (const value of values) this.u8(value >>> 24, value >>> 16, value >>> 8, value); return this; }
  text(letters) { return this.u8(...[...letters].map((letter) => letter.charCodeAt(0))); }
  add(bytes) { this.#bytes.push(...bytes); return this; }
  get done() { return this.#bytes; }
}

/** One rectangle as a simple glyph. */
const glyph = () =>
  new Bytes().u16(1, 50, 0, WIDTH - 50, 700).u16(3, 0).u8(1, 1, 1, 1).u16(50, 0, WIDTH - 100, 0).u16(0, 700, 0, -700).done;

function tables() {
  const box = glyph();
  const names = [[1, "Boxes"], [2, "Regular"], [3, "Boxes"], [4, "Boxes"], [5, "Version 1"], [6, "Boxes"]];
  const strings = names.map(([, name]) => [...name].flatMap((letter) => [0, letter.charCodeAt(0)]));
  const name = new Bytes().u16(0, names.length, 6 + 12 * names.length);
  names.forEach(([id], at) => name.u16(3, 1, 0x409, id, strings[at].length, strings.slice(0, at).flat().length));
  return {
    "OS/2": new Bytes().u16(4, WIDTH, 400, 5, 0, 500, 500, 0, 100, 500, 500, 0, 350, 50, 250, 0).u8(...Array(10).fill(0)).u32(0, 0, 0, 0).text("TEST")
      .u16(0x40, 32, 0xffff, ASCENT, DESCENT, 0, ASCENT, -DESCENT).u32(1, 0).u16(500, 700, 0, 32, 1).done,
    // Format 13: whole ranges of characters are one glyph.
    cmap: new Bytes().u16(0, 1, 3, 10).u32(12).u16(13, 0).u32(16 + 12, 0, 1, 32, 0x10ffff, 1).done,
    glyf: box,
    head: new Bytes().u16(1, 0).u32(0x10000, 0, 0x5f0f3cf5).u16(0, EM).u32(0, 0, 0, 0).u16(0, 0, WIDTH, 700, 0, 8, 2, 0, 0).done,
    hhea: new Bytes().u16(1, 0, ASCENT, DESCENT, 0, WIDTH, 0, 0, WIDTH, 1, 0, 0, 0, 0, 0, 0, 0, 2).done,
    hmtx: new Bytes().u16(WIDTH, 0, WIDTH, 50).done,
    loca: new Bytes().u16(0, 0, box.length / 2).done,
    maxp: new Bytes().u16(1, 0, 2, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0).done,
    name: name.add(strings.flat()).done,
    post: new Bytes().u16(3, 0).u32(0).u16(0, 0).u32(0, 0, 0, 0, 0).done,
  };
}

const sum = (bytes) => {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 4) total = (total + (((bytes[at] << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0)) >>> 0;
  return total;
};

/** The font's file. */
export function boxFont() {
  const parts = Object.entries(tables()).sort(([a], [b]) => (a < b ? -1 : 1));
  const directory = new Bytes().u16(1, 0, parts.length, 128, 3, parts.length * 16 - 128);
  let offset = 12 + 16 * parts.length;
  const body = new Bytes();
  for (const [tag, bytes] of parts) {
    directory.text(tag).u32(sum(bytes), offset, bytes.length);
    const padded = [...bytes, ...Array((4 - (bytes.length % 4)) % 4).fill(0)];
    body.add(padded);
    offset += padded.length;
  }
  return Uint8Array.from([...directory.done, ...body.done]);
}
