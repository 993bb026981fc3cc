import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { ROOT } from "./packages.ts";

/** What is used of `resedit`. Its own types bring in those of browsers, which then hold for all of our files. */
interface ResEdit {
  readonly NtExecutable: { from(file: Uint8Array, options: { ignoreCert: boolean }): { generate(): ArrayBuffer } };
  readonly NtExecutableResource: { from(program: object): ResourceTable };
  readonly Data: {
    readonly IconFile: { from(file: ArrayBuffer): { readonly icons: readonly { readonly data: object }[] } };
  };
  readonly Resource: {
    readonly IconGroupEntry: {
      fromEntries(entries: object[]): { readonly id: number | string }[];
      replaceIconsForResource(entries: object[], group: number | string, lang: number, icons: readonly object[]): void;
    };
    readonly VersionInfo: {
      fromEntries(entries: object[]): { readonly lang: number | string }[];
      createEmpty(): VersionInfo;
    };
  };
}

interface ResourceTable {
  readonly entries: object[];
  removeResourceEntry(type: number, id: number, lang: number): void;
  outputResource(program: object): void;
}

interface VersionInfo {
  setFileVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
  setProductVersion(major: number, minor: number, micro: number, revision: number, lang: number): void;
  setStringValues(language: typeof LANGUAGE, values: Readonly<Record<string, string>>): void;
  outputToResourceEntries(entries: object[]): void;
}

const RESEDIT: string = "resedit";
/** The resource type RT_VERSION. */
const VERSION_RESOURCE = 16;
/** English (United States), Unicode. */
const LANGUAGE = { lang: 1033, codepage: 1200 } as const;
const ICON_SIZES = [16, 32, 48, 256];

/** A copy of a Windows program with lanvid's icon and version. Its signature goes, since it no longer fits. */
export async function withResources(path: string): Promise<Uint8Array> {
  const { version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    version: string;
    description: string;
  };
  const { Data, NtExecutable, NtExecutableResource, Resource } = (await import(RESEDIT)) as ResEdit;
  const program = NtExecutable.from(readFileSync(path), { ignoreCert: true });
  const resources = NtExecutableResource.from(program);
  const group = Resource.IconGroupEntry.fromEntries(resources.entries)[0]?.id ?? 1;
  Resource.IconGroupEntry.replaceIconsForResource(
    resources.entries,
    group,
    LANGUAGE.lang,
    Data.IconFile.from(iconFile()).icons.map(({ data }) => data),
  );
  for (const old of Resource.VersionInfo.fromEntries(resources.entries)) {
    resources.removeResourceEntry(VERSION_RESOURCE, 1, Number(old.lang));
  }
  const info = Resource.VersionInfo.createEmpty();
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  info.setFileVersion(major, minor, patch, 0, LANGUAGE.lang);
  info.setProductVersion(major, minor, patch, 0, LANGUAGE.lang);
  info.setStringValues(LANGUAGE, {
    ProductName: "lanvid",
    FileDescription: description,
    OriginalFilename: "lanvid.exe",
    InternalName: "lanvid",
    LegalCopyright: "MIT licence",
    FileVersion: version,
    ProductVersion: version,
  });
  info.outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return new Uint8Array(program.generate());
}

/** An .ico file: a header, a directory, and a PNG for each size. */
function iconFile(): ArrayBuffer {
  const images = ICON_SIZES.map((size) => ({ size, png: encode(drawIcon(size)) }));
  const header = 6 + 16 * images.length;
  const bytes = new Uint8Array(header + images.reduce((sum, { png }) => sum + png.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint16(2, 1, true);
  view.setUint16(4, images.length, true);
  let offset = header;
  images.forEach(({ size, png }, index) => {
    const entry = 6 + 16 * index;
    // 256 is written as 0.
    bytes.set([size & 0xff, size & 0xff], entry);
    view.setUint16(entry + 4, 1, true);
    view.setUint16(entry + 6, 32, true);
    view.setUint32(entry + 8, png.length, true);
    view.setUint32(entry + 12, offset, true);
    bytes.set(png, offset);
    offset += png.length;
  });
  return bytes.buffer;
}

/** A dark tile with a triangle that points to the right, and a red dot: live. */
function drawIcon(size: number): { width: number; height: number; data: Uint8Array; channels: 4 } {
  const data = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      data.set(colourAt((x + 0.5) / size, (y + 0.5) / size), (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data, channels: 4 };
}

/** Red, green, blue and alpha at a place, from 0 to 1 each way. */
function colourAt(x: number, y: number): readonly [number, number, number, number] {
  const radius = 0.2;
  const outside = (value: number) => Math.max(radius - value, value - (1 - radius), 0);
  if (Math.hypot(outside(x), outside(y)) > radius) {
    return [0, 0, 0, 0];
  }
  if (Math.hypot(x - 0.76, y - 0.24) < 0.1) {
    return [0xff, 0x45, 0x3a, 0xff];
  }
  const isInTriangle = x > 0.32 && x < 0.76 && Math.abs(y - 0.54) < ((0.76 - x) / 0.44) * 0.27;
  return isInTriangle ? [0xff, 0xff, 0xff, 0xff] : [0x1c, 0x22, 0x2e, 0xff];
}
