import { MIB } from "../units.ts";
import { MAX_PAYLOAD_BYTES, ProtocolError } from "../wire.ts";
import { bodyKind, jpegOfBase64 } from "./body.ts";
import { Opcode } from "./opcodes.ts";
import type { ClassicPicture } from "./picture.ts";
import { pictureIn } from "./picture-in.ts";
import { Unpickler } from "./unpickler.ts";

/** The first protocol whose pickles begin with PROTO. */
const FIRST_NAMED_PROTOCOL = 2;
const NEWEST_PROTOCOL = 5;

/**
 * Reads one message of a classic sender: a JPEG, one in base64, or a pickle.
 * @throws ProtocolError "pickle-…" or "base64", with what was found and what is allowed
 */
export function decodePicture(body: Uint8Array): ClassicPicture {
  switch (bodyKind(body)) {
    case "jpeg":
      return { kind: "jpeg", bytes: body };
    case "base64":
      return { kind: "jpeg", bytes: jpegOfBase64(body) };
    default:
      return decodePickle(body);
  }
}

/**
 * Reads one pickle of protocol 0 to 5 that holds a picture: a uint8 numpy array or a JPEG's bytes, alone or in a list,
 * tuple or dict, or `None`. Nothing in it is executed. The picture's bytes are a view into `payload`; they are a copy only
 * when the array is not in C order, of protocols 0 to 2, or in base64.
 * @throws ProtocolError "pickle-…" or "base64", with what was found and what is allowed
 */
export function decodePickle(payload: Uint8Array): ClassicPicture {
  if (payload.length > MAX_PAYLOAD_BYTES) {
    throw new ProtocolError(
      "pickle-size",
      `a pickle has ${payload.length} bytes, at most ${MAX_PAYLOAD_BYTES} (${MAX_PAYLOAD_BYTES / MIB} MiB) are allowed`,
    );
  }
  const [start, protocol] = payload;
  if (start === undefined || protocol === undefined) {
    throw new ProtocolError("pickle-truncated", `a pickle has ${payload.length} bytes, the shortest has 2`);
  }
  if (start === Opcode.proto && (protocol < FIRST_NAMED_PROTOCOL || protocol > NEWEST_PROTOCOL)) {
    throw bodyRefused(`is a pickle of protocol ${protocol}`);
  }
  checkPickleStart(start);
  return pictureIn(new Unpickler(payload, start === Opcode.proto ? 2 : 0).run());
}

function checkPickleStart(byte: number): void {
  if (bodyKind(Uint8Array.of(byte)) !== "pickle") {
    throw bodyRefused(`begins with 0x${byte.toString(16).padStart(2, "0")}`);
  }
}

function bodyRefused(found: string): ProtocolError {
  return new ProtocolError(
    "pickle-protocol",
    `a message ${found}: pickles of protocols 0 to ${NEWEST_PROTOCOL} and JPEG are read`,
    'send pickle.dumps(frame), or what cv2.imencode(".jpg", frame) returns',
  );
}
