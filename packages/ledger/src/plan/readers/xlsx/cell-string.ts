/** Collects the text of a string from its formatted parts, without the phonetic guides of Japanese. */
export function createTextReader() {
  let text = "";
  let isText = false;
  let aids = 0;
  return {
    open(name: string): void {
      if (name === "rPh") aids++;
      isText = name === "t" && aids === 0;
    },
    text(piece: string): void {
      if (isText) text += piece;
    },
    close(name: string): void {
      if (name === "rPh") aids--;
      isText = false;
    },
    take(): string {
      const taken = text;
      text = "";
      return decodeEscapes(taken);
    },
  };
}

/** Decodes the characters that XML cannot hold: they are written as `_x0007_`. */
export function decodeEscapes(text: string): string {
  const decoded = text.replace(/_x([0-9a-f]{4})_/giu, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return decoded.toWellFormed();
}
