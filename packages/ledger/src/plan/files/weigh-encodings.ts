/** The evidence for the encoding of a text that is not valid UTF-8. */
export interface EncodingEvidence {
  /** At least 90 % of the bytes beyond ASCII are parts of UTF-8 characters: the text is damaged UTF-8. */
  isMostlyUtf8: boolean;
  /**
   * As GB18030, most characters would end with the byte of an ASCII letter. In Chinese text few do. In Western
   * encodings nearly all do, because a letter with an accent is usually followed by one without.
   */
  isUnlikeGb18030: boolean;
  /** One byte alone is not UTF-8, and nearly everything else is ASCII: a damaged byte, not an encoding. */
  isOneByte: boolean;
  /** At most 10 % of the bytes beyond ASCII begin no character of GB18030: the text is damaged GB18030. */
  isMostlyGb18030: boolean;
}

/** Collects the evidence in one pass. It is meaningful only if the whole text is not UTF-8. */
export async function weighEncodings(source: AsyncIterable<Buffer>): Promise<EncodingEvidence> {
  let beyondAscii = 0;
  let inUtf8 = 0;
  /** The bytes of the current UTF-8 character so far, and the bytes that it needs. */
  let seen = 0;
  let needed = 0;
  let pairs = 0;
  let asciiEnds = 0;
  let isSecond = false;
  let invalidPairs = 0;

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
    if (byte < 0x30 || (byte > 0x39 && byte < 0x40) || byte === 0x7f || byte === 0xff) invalidPairs++;
    // Digits do not count: they are the second bytes of four-byte characters.
    if (byte >= 0x40 && byte < 0x80) asciiEnds++;
  }

  for await (const chunk of source) {
    for (const byte of chunk) {
      if (byte >= 0x80) beyondAscii++;
      weighUtf8(byte);
      weighGb18030(byte);
    }
  }
  // A character that the end of the file cuts off counts as valid.
  if (needed > 0) inUtf8 += seen;
  return {
    isMostlyUtf8: inUtf8 >= beyondAscii * 0.9,
    isUnlikeGb18030: asciiEnds > pairs / 2,
    isOneByte: beyondAscii - inUtf8 === 1,
    isMostlyGb18030: invalidPairs <= pairs * 0.1,
  };
}
