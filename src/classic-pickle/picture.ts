/** What a classic sender's message holds. */
export type ClassicPicture =
  | {
      /** Rows from the top, without gaps; 3 channels are BGR, 4 BGRA, 1 grey. */
      readonly kind: "pixels";
      /** Pixels, each from 1 to 65535. */
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3 | 4;
      /** width × height × channels bytes. */
      readonly bytes: Uint8Array;
    }
  | {
      /** A JPEG, of which no more was looked at than that it begins with FF D8. */
      readonly kind: "jpeg";
      readonly bytes: Uint8Array;
    }
  /** The sender's camera gave nothing, and it pickled `None`. */
  | { readonly kind: "none" };
