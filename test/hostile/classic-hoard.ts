import { MIB } from "../../src/units.ts";
import { claim, Peer } from "./peer.ts";

/** Bytes of each pickle that come; its last ones never do. */
const HOARD_BYTES = 60 * MIB;
const PIECE = new Uint8Array(MIB);

/** A classic sender that announces the largest pickle and writes nearly all of it, as far as it is let. */
export async function hoard(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  // What a pickle of protocol 2 begins with.
  peer.write(claim(BigInt(64 * MIB), Uint8Array.of(0x80, 2)));
  await peer.pour(PIECE, () => peer.sentBytes >= HOARD_BYTES);
  return peer;
}
