/** What speaks for and against the encodings of a text that is not all UTF-8. */
export interface EncodingEvidence {
  /** Nine in ten bytes beyond ASCII are parts of characters of UTF-8: a damaged file of it. */
  isMostlyUtf8: boolean;
  /**
   * Most characters would end in an ASCII letter. In Chinese text few do; in Western encodings, where a letter with an
   * accent is followed by one without, nearly all.
   */
  isUnlikeGb18030: boolean;
}

/** Weighs in one pass. Both are guesses for the case only that the whole is not UTF-8. */
export async function weighEncodings(source: AsyncIterable<Buffer>): Promise<EncodingEvidence> {
  let beyondAscii = 0;
  let inUtf8 = 0;
  /** Bytes of the character of UTF-8 so far, and those it needs. */
  let seen = 0;
  let needed = 0;
  let pairs = 0;
  let asciiEnds = 0;
  let isSecond = false;

  function weighUtf8(byte: number): void {
    if (needed > 0 && byte >= 0x80 && byte < 0xc0) {
      if (++seen === needed) {
        inUtf8 += needed;
        needed = 0;
      }
      return;
    }
    seen = 1;
    needed = byte < 0xc2 || byte > 0xf4 ? 0 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
  }

  function weighGb18030(byte: number): void {
    if (!isSecond) {
      isSecond = byte > 0x80;
      return;
    }
    isSecond = false;
    pairs++;
    // Digits are second bytes of the four-byte characters.
    if (byte >= 0x40 && byte < 0x80) asciiEnds++;
  }

  for await (const chunk of source) {
    for (const byte of chunk) {
      if (byte >= 0x80) beyondAscii++;
      weighUtf8(byte);
      weighGb18030(byte);
    }
  }
  // A character cut off by the end of the file is whole as far as it goes.
  if (needed > 0) inUtf8 += seen;
  return { isMostlyUtf8: inUtf8 >= beyondAscii * 0.9, isUnlikeGb18030: asciiEnds > pairs / 2 };
}
